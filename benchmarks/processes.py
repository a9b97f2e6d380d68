"""Measuring a job in a process of its own: seconds after its imports, and its peak of memory."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def measured(script: str, job: str, folder: Path) -> dict[str, float]:
    """CPU and wall seconds, and peak memory in MB, of one job of a script in a process of its own."""
    command = [sys.executable, script, "--job", job, "--folder", str(folder)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def measure_here(job: Callable[[Path], None], folder: Path) -> None:
    """Run a job and print what `measured` reads."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    job(folder)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu": cpu, "wall": wall, "peak": peak()}))


def peak() -> float:
    # Not getrusage's: a process inherits the peak of the one that started it.
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
