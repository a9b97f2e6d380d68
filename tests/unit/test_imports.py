"""Which way the imports point: pipelines to stages to contracts, and one door per heavy library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import reachwell
from reachwell.plugs import SUFFIXES, shipped

PACKAGE = Path(reachwell.__file__).parent
PLUG_FOLDERS = sorted({folder.split("/")[0] for folder in SUFFIXES})
# The plugs of a built wheel lie inside the package; here they are looked at as plugs only.
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if "_plugs" not in path.parts
}
PLUGS = {
    path.relative_to(shipped()).as_posix(): path
    for folder in PLUG_FOLDERS
    for path in sorted((shipped() / folder).rglob("*.py"))
}
STAGES = ["pull", "extract", "validate", "lake", "measure", "match", "shortlist", "publish"]
ABOVE_STAGES = ["cli", "report", "now", "serve", "demo"]
DOORS = {
    "duckdb": ("reachwell/engine.py",),
    "prefect": ("pipelines/",),
    "mlflow": ("reachwell/registry.py",),
    "fastapi": ("reachwell/review/",),
    "fsspec": ("reachwell/pull.py",),
}


def _imports_of(tree: ast.AST, package: str) -> Iterator[str]:
    """The modules that are imported anywhere in a file, in functions and by name too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -node.level + 1 or None] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


@cache
def _imports(path: Path) -> frozenset[str]:
    names = {each: name for name, each in MODULES.items()}
    name = names.get(path, "")
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return frozenset(_imports_of(ast.parse(path.read_text(encoding="utf-8")), package))


def _is_of(imported: str, module: str) -> bool:
    return imported == module or imported.startswith(f"{module}.")


def _reached(module: str) -> set[str]:
    """The modules of ours that one imports, and those that these import."""
    found: set[str] = set()
    left = [module]
    while left:
        name = left.pop()
        inside = {each for each in MODULES if any(_is_of(imported, each) for imported in _imports(MODULES[name]))}
        left += sorted(inside - found - {"reachwell"})
        found |= inside - {"reachwell"}
    return found


def test_there_is_something_to_look_at() -> None:
    assert {f"reachwell.{stage}" for stage in STAGES} <= MODULES.keys()
    assert "pipelines/nightly.py" in PLUGS
    assert any(_is_of(each, "duckdb") for each in _imports(MODULES["reachwell.engine"]))
    assert any(_is_of(each, "prefect") for each in _imports(PLUGS["pipelines/nightly.py"]))
    assert "reachwell.engine" in _reached("reachwell.measure")
    source = (
        "import a.b\nfrom c import d\nfrom . import e\nfrom .f import g\nimport_module('h')\ndef i():\n    import j"
    )
    assert {*_imports_of(ast.parse(source), "p")} == {"a.b", "c.d", "p.e", "p.f.g", "h", "j"}


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_has_one_door(library: str) -> None:
    files = {f"reachwell/{path.relative_to(PACKAGE).as_posix()}": path for path in MODULES.values()} | PLUGS
    users = [name for name, path in files.items() if any(_is_of(each, library) for each in _imports(path))]
    assert not [name for name in users if not name.startswith(DOORS[library])]


@pytest.mark.parametrize("module", MODULES)
def test_the_engine_imports_no_plug(module: str) -> None:
    imported = _imports(MODULES[module])
    assert not [
        each for each in imported if any(_is_of(each, folder) for folder in [*PLUG_FOLDERS, "reachwell._plugs"])
    ]


@pytest.mark.parametrize("plug", PLUGS)
def test_a_plug_imports_no_plug(plug: str) -> None:
    others = [*PLUG_FOLDERS, "reachwell._plugs", *{Path(each).stem for each in PLUGS}]
    assert not [each for each in _imports(PLUGS[plug]) if any(_is_of(each, other) for other in others)]
    assert not [each for each in _imports(PLUGS[plug]) if each.startswith(".")]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_knows_nothing_of_who_calls_it(stage: str) -> None:
    assert not _reached(f"reachwell.{stage}") & {f"reachwell.{each}" for each in ABOVE_STAGES}


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = ("prefect", "mlflow", "sklearn", "polars", "duckdb")
    code = f"import sys, reachwell.cli; print(*[each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []
