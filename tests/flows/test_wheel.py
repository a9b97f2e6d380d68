"""The wheel in an empty environment, from another folder: its plugs, and a scheduled run that really fires."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reachwell.state import State

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FIRES_WITHIN = 240


def run(*words: object, cwd: Path, **more: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env={**plain, **more}, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command of an environment that holds nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "build", "--wheel", "--out-dir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(*uv, "venv", "--python", sys.executable, folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    run(*uv, "pip", "install", "--compile-bytecode", "--python", python, "-c", constraints, wheel, cwd=folder)
    return folder / "env" / "bin" / "reachwell"


def test_the_wheel_brings_its_plugs(command: Path, tmp_path: Path) -> None:
    assert "frequent_attendance" in run(command, "rules", "--json", cwd=tmp_path)
    assert "pam_level" in run(command, "features", "--json", cwd=tmp_path)
    where = run(command.parent / "python", "-c", "import reachwell.plugs as p; print(p.shipped())", cwd=tmp_path)
    assert where.strip().endswith("_plugs")
    assert str(ROOT) not in where


def test_a_scheduled_run_fires_on_a_real_prefect_server(command: Path, tmp_path: Path) -> None:
    python = command.parent / "python"
    invent = (
        "from datetime import date; from pathlib import Path; from reachwell.invent import *;"
        "write_delivery(invent_practice('B83001', 200, 1, date.today()), Path('extracts'), 'B83001', date.today())"
    )
    run(python, "-c", invent, cwd=tmp_path)
    run(command, "init", "area", cwd=tmp_path)
    settings = tmp_path / "area" / "reachwell.toml"
    text = settings.read_text().replace("file:///srv/extracts/B83001", (tmp_path / "extracts").as_uri())
    settings.write_text(text.replace("0 2 * * *", "* * * * *"))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen(
            [str(command), "schedule", "--dir", "area"],
            cwd=tmp_path, env=plain, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        pointer = tmp_path / "area" / "data" / "published" / "current"
        until = time.monotonic() + FIRES_WITHIN
        while not pointer.exists() and time.monotonic() < until and serving.poll() is None:
            time.sleep(1)
        assert pointer.exists(), (tmp_path / "log").read_text()[-3000:]
        assert State(tmp_path / "area" / "data" / "state.sqlite").index_dates(pointer.read_text()).keys() == {"B83001"}
    finally:
        os.killpg(serving.pid, signal.SIGTERM)
        try:
            serving.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(serving.pid, signal.SIGKILL)
            serving.wait()
        shutil.rmtree(tmp_path / "area" / "data" / "prefect", ignore_errors=True)
