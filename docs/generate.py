"""Write the generated pages anew, or say that they are not current: python docs/generate.py [--check]."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from reachwell import codelists
from reachwell.catalogue import feature_rows, rule_rows
from reachwell.criteria import json_schema
from reachwell.derive import derived_tables
from reachwell.errors import EXIT_CODES
from reachwell.plugs import find
from reachwell.published import TABLES as PUBLISHED
from reachwell.source import Source
from reachwell.tables import SQL_TYPES, TABLES

ROOT = Path(__file__).parent.parent
COMMANDS = [
    "init", "demo", "invent", "run", "schedule", "status", "validate", "list", "why", "audit", "features", "rules",
    "export", "decisions", "decisions import", "decisions list", "decisions undo", "decisions wrong",
    "criteria", "criteria check", "criteria explain", "criteria schema", "criteria plan", "criteria apply",
    "criteria history", "criteria rollback", "tune", "attrition", "overlap", "backtest", "assure", "coverage",
    "codelists", "codelists list", "codelists show", "codelists diff", "codelists import", "codelists history",
    "codelists rollback",
    "new-key", "pseudonymise", "reidentify",
]  # fmt: skip
ATTRITION = (
    "`run_id`, `programme`, `practice_id`, `place`, `step` and `patients`: how many are left after each step; "
    "7 or fewer are null, others are rounded to 10, and 0 beside 7 or fewer is null too.\n"
)
NOTE = "<!-- Written by docs/generate.py; change what it is made from, then: make docs -->\n"


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def tables_page() -> str:
    """Our tables, the derived ones, and what a run publishes."""
    parts = [NOTE, "# Tables\n", "## Our tables\n", "Every source fills these; every feature reads them.\n"]
    for name, schema in TABLES.items():
        rows = [
            (
                f"`{column}`",
                SQL_TYPES[spec.dtype.type].lower(),
                "may be empty" if spec.nullable else "needed",
                spec.description,
                "; ".join(str(check.error) for check in spec.checks if check.error),
            )
            for column, spec in schema.columns.items()
        ]
        head = ("column", "type", "", "meaning", "a row is refused where it")
        parts += [f"### {name}\n", f"{schema.description}.\n", table(head, rows)]
    parts.append("## Derived tables\n")
    for made, when in (("delivery", "once, when a delivery is loaded"), ("night", "each night, for its index date")):
        parts.append(f"Made {when}:\n")
        rows = [(f"`{file.name}`", file.header["title"], file.header["grain"]) for file in derived_tables(None, made)]
        parts.append(table(("table", "what", "grain"), rows))
    parts += ["## Published tables\n", "`data/published/<run_id>/practice/<ODS>/<table>.parquet`\n"]
    for name, columns in PUBLISHED.items():
        rows = [(f"`{column}`", str(kind).split("(")[0], meaning) for column, (kind, meaning) in columns.items()]
        if name == "matches":
            rows.append(("one per rule id", "Enum", "met, not_met or not_known"))
        parts += [f"### {name}\n", table(("column", "type", "meaning"), rows)]
    parts += [
        "### area/attrition\n",
        ATTRITION,
    ]
    return "\n".join(parts)


def catalogue_page() -> str:
    """Features, rules, code lists and sources."""
    features = [[f"`{row['feature']}`", *list(row.values())[1:]] for row in feature_rows()]
    rules = [[f"`{row['id']}`", row["kind"], row["label"], row["who"], row["points"]] for row in rule_rows()]
    lists = codelists.read_all()
    counts = lists.group_by("list").len().sort("list").rows()
    sources = [Source.read(path) for path in find("sql/sources").values()]
    return "\n".join(
        [
            NOTE,
            "# Features, rules, code lists, sources\n",
            "## Features\n",
            table(("feature", "title", "unit", "look-back", "no row means", "settings", "source"), features),
            "## The default programme\n",
            table(("id", "kind", "label", "who", "points"), rules),
            "## Code lists\n",
            table(("list", "codes"), [(f"`{name}`", count) for name, count in counts]),
            "## Sources\n",
            table(
                ("format", "what", "files it reads (those with ? may be absent)"),
                [
                    (
                        f"`{source.name}`",
                        source.title,
                        ", ".join(f"{raw.name}{'?' if raw.optional else ''}" for raw in source.reads),
                    )
                    for source in sources
                ],
            ),
        ]
    )


def commands_page() -> str:
    """Each command's help, as it prints it, and the exit codes."""
    parts = [NOTE, "# Commands\n", "Data goes to stdout, messages to stderr.\n"]
    for command in COMMANDS:
        parts += [f"## reachwell {command}\n", f"```\n{help_of(command)}\n```\n"]
    parts += [
        "## Exit codes\n",
        "Of several, the lowest that applies.\n",
        table(("code", "meaning"), EXIT_CODES.items()),
    ]
    return "\n".join(parts)


def help_of(command: str) -> str:
    """What a command's --help prints at a width of 100."""
    plain = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    asked = [sys.executable, "-m", "reachwell", *command.split(), "--help"]
    text = subprocess.run(asked, env=plain, capture_output=True, text=True, check=True).stdout
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


PAGES = {
    "docs/reference/tables.md": tables_page,
    "docs/reference/catalogue.md": catalogue_page,
    "docs/reference/commands.md": commands_page,
    "criteria/criteria.schema.json": json_schema,
}


def stale() -> list[str]:
    """The generated files that are not what would be written now."""
    return [
        name
        for name, page in PAGES.items()
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != page()
    ]


def main() -> int:
    """Write the pages, or with --check only compare them."""
    if "--check" in sys.argv:
        found = stale()
        if found:
            print(f"not current: {', '.join(found)}. Write them with: make docs", file=sys.stderr)
        return 1 if found else 0
    for name, page in PAGES.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
