"""The contract of a pipeline: one thin Python file in pipelines/ that says when, and nothing more."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from reachwell.plugs import find

FILES = find("pipelines")
every_pipeline = pytest.mark.parametrize("path", FILES.values(), ids=FILES)
LONGEST = 100


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@every_pipeline
def test_it_does_not_loop_over_patients(path: Path) -> None:
    loops = [node for node in _nodes(path) if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)]
    heads = [f"for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}" for loop in loops]
    assert not [head for head in heads if "patient" in head.lower()]
    assert not [node for node in _nodes(path) if isinstance(node, ast.While)]


@every_pipeline
def test_it_leaves_the_data_to_the_stages(path: Path) -> None:
    imported = {
        name.split(".")[0]
        for node in _nodes(path)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert "reachwell" in imported
    assert not imported & {"polars", "duckdb", "pandas", "numpy", "pyarrow", "sqlite3"}


@every_pipeline
def test_it_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@every_pipeline
def test_it_and_its_functions_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert ast.get_docstring(tree)
    assert functions
    assert not [function.name for function in functions if not ast.get_docstring(function)]
