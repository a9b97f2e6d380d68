"""Serve: the nightly flow on its schedule, on a local Prefect server of the area's own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reachwell import environment
from reachwell.area import Area
from reachwell.criteria import Criteria
from reachwell.errors import RunFailed
from reachwell.plugs import load_python
from reachwell.terminal import say

_START_SECONDS = 180


def serve(folder: Path) -> None:
    """Serve an area's nightly flow until stopped.

    A Prefect server of one's own is used where PREFECT_API_URL names one; otherwise one is started on this
    machine only, with its database in the area's folder, and stopped with this command.
    """
    area = Area.load(folder)
    Criteria.of(area)
    environment.settle(area, quiet=False)
    line, zone = area.settings.schedule.nightly, area.settings.schedule.timezone
    with _server() as url:
        os.environ["PREFECT_API_URL"] = url
        say(f"serving the night of {area.settings.area.name}: '{line}' {zone}; stop with Ctrl-C. Server: {url}")
        # Imported only now: Prefect reads its server's address when it is imported.
        load_python("pipelines", "nightly").serve(area)


@contextmanager
def _server() -> Iterator[str]:
    if url := os.environ.get("PREFECT_API_URL"):
        yield url
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    say("starting a Prefect server on this machine (about 20 seconds the first time)")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    log = Path(os.environ["PREFECT_HOME"]) / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written)
    try:
        url = f"http://127.0.0.1:{port}/api"
        _wait_for(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RunFailed(f"the Prefect server did not start; its own words are in {log}")
