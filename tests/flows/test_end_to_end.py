"""The whole product as a user runs it: the command, Prefect's own server, two nights, files and a bad delivery."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

pytestmark = pytest.mark.slow

PRACTICES = ["B83001", "B83017", "B83020"]
TABLES = {"candidates", "rules", "matches", "please_ask", "other_routes", "changes"}


def reachwell(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command from another folder than the checkout, as a user would."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "MLFLOW"))}
    command = [sys.executable, "-m", "reachwell", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A small demo area after its two nights, and what the command printed."""
    folder = tmp_path_factory.mktemp("demo")
    yesterday = date.today() - timedelta(days=1)
    done = reachwell("demo", "--dir", folder / "area", "--patients", 600, "--on", yesterday, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "area", done


def current(area: Path) -> Path:
    return area / "data" / "published" / (area / "data" / "published" / "current").read_text()


def test_the_demo_shows_what_a_data_lead_looks_for(demo) -> None:
    _, done = demo
    for word in ("Elm Tree Surgery", "no fault", "Left after", "5 points or more", "still there", "reachwell.duckdb"):
        assert word in done.stdout
    assert "This list is a prompt, not a decision" in done.stdout
    assert "these people do not exist" in done.stdout
    assert "Prefect" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_exactly_the_promised_files_are_published(demo) -> None:
    area, _ = demo
    run = current(area)
    found = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    lists = {f"practice/{ods}/{table}.parquet" for ods in PRACTICES for table in TABLES}
    assert found == lists | {"area/attrition.parquet", "run.json"}


def test_every_row_carries_the_run_and_the_tables_agree(demo) -> None:
    area, _ = demo
    run = current(area)
    for ods in PRACTICES:
        read = {table: pl.read_parquet(run / "practice" / ods / f"{table}.parquet") for table in TABLES}
        for frame in read.values():
            assert set(frame["run_id"].unique()) <= {run.name}
        candidates, matches = read["candidates"], read["matches"]
        assert candidates.height > 0
        over = matches.filter(pl.col("points") >= 5)
        assert set(over["patient_id"]) == set(candidates["patient_id"])
        met = read["rules"].filter(pl.col("result") == "met").group_by("patient_id").agg(pl.col("points").sum())
        together = candidates.join(met, on="patient_id", suffix="_by_rule")
        assert together.height == candidates.height
        assert (together["points"] == together["points_by_rule"]).all()


def test_the_area_sees_no_small_number(demo) -> None:
    area, _ = demo
    patients = pl.read_parquet(current(area) / "area" / "attrition.parquet")["patients"].drop_nulls()
    assert all(count == 0 or (count > 7 and count % 5 == 0) for count in patients)


def test_the_second_night_tells_new_gone_and_still_there(demo) -> None:
    area, _ = demo
    changes = pl.concat([pl.read_parquet(current(area) / "practice" / ods / "changes.parquet") for ods in PRACTICES])
    assert set(changes["change"]) == {"new", "gone", "still there"}
    assert changes.filter(pl.col("change") == "gone")["reason"].null_count() == 0


def test_why_list_and_status_answer_from_the_published_run(demo) -> None:
    area, _ = demo
    listed = json.loads(reachwell("list", "B83001", "--json", "--dir", area, folder=area.parent).stdout)
    answer = reachwell("why", "B83001", listed[0]["patient_id"], "--json", "--dir", area, folder=area.parent)
    (why,) = json.loads(answer.stdout)
    assert why["on_list"] is True
    assert why["points"] == listed[0]["points"]
    status = reachwell("status", "--json", "--dir", area, folder=area.parent)
    assert status.returncode == 0
    assert {row["state"] for row in json.loads(status.stdout)["practices"]} == {"loaded"}


def test_the_warehouse_opens_in_a_plain_duckdb_client(demo) -> None:
    area, _ = demo
    with duckdb.connect(str(area / "data" / "reachwell.duckdb"), read_only=True) as client:
        runs = client.execute("SELECT count(*) FROM run").fetchall()
        kept = client.execute("SELECT count(DISTINCT feature) FROM feature").fetchall()
        people = client.execute("SELECT count(*) FROM patient").fetchall()
    assert runs == [(2,)]
    assert kept[0][0] > 20
    assert people[0][0] >= 1700


def test_nothing_of_a_patient_reaches_prefect(demo) -> None:
    area, _ = demo
    candidates = pl.read_parquet(current(area) / "practice" / "B83001" / "candidates.parquet")
    kept = b"".join(path.read_bytes() for path in (area / "data" / "prefect").rglob("*") if path.is_file())
    assert b"nightly" in kept
    assert not [pseudonym for pseudonym in candidates["patient_id"] if pseudonym.encode() in kept]


def test_prefect_keeps_one_artifact_in_counts_for_each_run(demo) -> None:
    area, _ = demo
    with sqlite3.connect(area / "data" / "prefect" / "prefect.db") as kept:
        texts = [text for (text,) in kept.execute("SELECT data FROM artifact WHERE key = 'nightly'")]
    kept.close()
    assert len(texts) == 2
    assert all("over the threshold" in text for text in texts)


def test_one_practices_fault_leaves_the_others_whole_and_the_night_red(demo, tmp_path: Path) -> None:
    area = shutil.copytree(demo[0], tmp_path / "area")
    settings = (area / "reachwell.toml").read_text()
    (area / "reachwell.toml").write_text(settings.replace(demo[0].as_uri(), area.as_uri()))
    newest = max((area / "extracts" / "B83020").iterdir())
    # The next day's extract, cut off on the way.
    broken = shutil.copytree(newest, newest.parent / date.today().isoformat())
    (broken / "event.parquet").write_bytes((newest / "event.parquet").read_bytes()[:5000])
    manifest = (broken / "manifest.toml").read_text()
    (broken / "manifest.toml").write_text(manifest.replace(newest.name, broken.name))
    before = current(area).name

    done = reachwell("run", "--dir", area, folder=tmp_path)

    assert done.returncode == 4, done.stderr
    assert "cannot be read to its end" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert current(area).name > before
    assert (current(area) / "practice" / "B83001" / "candidates.parquet").exists()
    with sqlite3.connect(area / "data" / "prefect" / "prefect.db") as kept:
        names = [name for (name,) in kept.execute("SELECT state_name FROM flow_run ORDER BY created")]
    kept.close()
    assert names[-1] == "PartiallyFailed"
    assert reachwell("status", "--dir", area, folder=tmp_path).returncode == 4


def test_a_dry_run_changes_nothing(demo) -> None:
    area, _ = demo
    before = {path: path.stat().st_mtime_ns for path in (area / "data" / "published").rglob("*")}
    done = reachwell("run", "--dry-run", "--dir", area, folder=area.parent)
    assert done.returncode == 0, done.stderr
    assert "nothing was changed" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in (area / "data" / "published").rglob("*")} == before
