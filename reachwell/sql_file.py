"""An SQL plug: a comment header of "key: value" lines and one statement, read once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Self

import sqlglot
from sqlglot import exp

from reachwell.errors import FileMistakes

_HEADER = re.compile(r"--\s*([a-z]+):\s*(.*)")
_MORE = re.compile(r"--\s{2,}(\S.*)")


@dataclass(frozen=True)
class SqlFile:
    """An SQL file's name, header and statement."""

    path: Path
    header: dict[str, str]
    sql: str

    @classmethod
    def read(cls, path: Path, required: Iterable[str] = (), optional: Iterable[str] = ()) -> Self:
        """Read a plug; FileMistakes names header lines that are missing or unknown."""
        header, body = split_header(path.read_text(encoding="utf-8"))
        mistakes = [f"header line '-- {each}:' is missing" for each in required if not header.get(each)]
        mistakes += [
            f"header line '-- {each}:' is not known"
            for each in header
            if each not in {*required, *optional, "source", "note"}
        ]
        if not body:
            mistakes.append("has no SELECT after its header")
        if mistakes:
            raise FileMistakes(str(path.name), mistakes)
        # A comment at its end must not reach what the statement is put into.
        return cls(path, header, f"{body}\n")

    @classmethod
    def of(cls, path: Path) -> Self:
        """A plug whatever its header says."""
        return cls(path, *split_header(path.read_text(encoding="utf-8")))

    @property
    def name(self) -> str:
        """The plug's name: the file's, without its ending."""
        return self.path.stem

    @property
    def _parsed(self) -> exp.Expr:
        try:
            return _parse(self.sql)
        except sqlglot.ParseError as error:
            raise FileMistakes(
                self.path.name, [f"is not one SQL statement: {error.errors[0]['description']}"]
            ) from None

    @cached_property
    def reads(self) -> frozenset[str]:
        """The tables the statement reads, without those it makes for itself."""
        own = {cte.alias for cte in self._parsed.find_all(exp.CTE)}
        named = list(self._parsed.find_all(exp.Table))
        # Inside a WITH of its own name a table is the one outside.
        return frozenset(table.name for table in named if table.name not in own or _inside(table, table.name))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The columns the statement's rows are ordered by, by name."""
        order = self._parsed.args.get("order")
        return tuple(each.this.name for each in order.expressions) if order else ()

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names of the $parameters in the statement."""
        return frozenset(str(each.this) for each in self._parsed.find_all(exp.Placeholder))

    def compared_with(self, column: str) -> frozenset[str]:
        """The texts that the statement compares a column of this name with."""
        named = [each for each in self._parsed.find_all(exp.Column) if each.name == column]
        return frozenset(text for each in named for text in _beside(each))


def _beside(column: exp.Column) -> list[str]:
    parent = column.parent
    if isinstance(parent, exp.Binary):
        beside = [parent.this, parent.expression]
    elif isinstance(parent, exp.In):
        beside = parent.expressions
    elif isinstance(parent, exp.Case):
        beside = [branch.this for branch in parent.args["ifs"]]
    else:
        beside = []
    return [str(each.this) for each in beside if isinstance(each, exp.Literal) and each.is_string]


@lru_cache(maxsize=512)
def _parse(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="duckdb")


def _inside(table: exp.Table, name: str) -> bool:
    around = table.find_ancestor(exp.CTE)
    while around is not None and around.alias != name:
        around = around.find_ancestor(exp.CTE)
    return around is not None


def split_header(text: str) -> tuple[dict[str, str], str]:
    """The "-- key: value" lines a text opens with, and what follows them.

    A header line that is indented goes on from the one before it.
    """
    header: dict[str, str] = {}
    key = ""
    lines = text.splitlines()
    for count, line in enumerate(lines):
        if found := _HEADER.fullmatch(line.rstrip()):
            key = found[1]
            header[key] = found[2].strip()
        elif key and (more := _MORE.fullmatch(line.rstrip())):
            header[key] = f"{header[key]} {more[1].strip()}".strip()
        else:
            return header, "\n".join(lines[count:]).strip().rstrip(";")
    return header, ""


def in_order(files: Iterable[SqlFile]) -> list[SqlFile]:
    """The files in the order their reads imply; FileMistakes if they read one another in a circle."""
    by_name = {file.name: file for file in files}
    graph = {name: sorted(file.reads & by_name.keys()) for name, file in sorted(by_name.items())}
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise FileMistakes(f"{error.args[1][0]}.sql", [f"reads itself in a circle: {circle}"]) from None
