"""Derive: the tables of sql/tables that do not depend on the index date, made once when a delivery is loaded."""

from pathlib import Path

import polars as pl

from reachwell import codelists
from reachwell.engine import Engine, engine, parquet
from reachwell.errors import FileMistakes
from reachwell.lake import patient_names, patient_view, rows_of, table_view
from reachwell.layers import base_file, write_parquet
from reachwell.plugs import digest, find
from reachwell.sql_file import SqlFile, in_order
from reachwell.tables import TABLES

_OURS = [name for name in TABLES if name != "patient"]


def derived_tables(area: Path | None, made: str) -> list[SqlFile]:
    """The tables of sql/tables in the order their reads imply.

    made: "delivery" for those made once, when a delivery is loaded, which keep each row's day so that
    they can be cut at any index date; "night" for those that speak for one index date.
    """
    files = [SqlFile.read(path, ("title", "made", "grain")) for path in find("sql/tables", area).values()]
    if wrong := [file.path.name for file in files if file.header["made"] not in ("delivery", "night")]:
        raise FileMistakes(wrong[0], ["header line '-- made:' should be delivery or night"])
    return [file for file in in_order(files) if file.header["made"] == made]


def derived_digest(area: Path | None) -> str:
    """The digest of all that the once-a-delivery tables are made from: their SQL and the code lists."""
    return digest([*(file.path for file in derived_tables(area, "delivery")), *find("sql/codelists", area).values()])


def derive(folder: Path, area: Path | None, scratch: Path | None) -> None:
    """Make every once-a-delivery table of a snapshot's folder."""
    with engine(writable=folder, scratch=scratch) as db:
        db.offer("codelist", codelists.read_all(area))
        patients = parquet([base_file(folder, "patient")])
        db.run(f"CREATE VIEW patient AS {patient_view(patients)}")
        for name in _OURS:
            db.run(f"CREATE VIEW {name} AS {table_view(rows_of([folder], name), patients)}")
        for file in derived_tables(area, "delivery"):
            target = base_file(folder, file.name)
            write_parquet(db, file.sql, target)
            db.run(f"CREATE VIEW {file.name} AS SELECT * FROM {parquet([target])}")


def derive_changes(
    before: Path, folder: Path, touched: pl.Series, tables: dict[str, pl.DataFrame], area: Path | None, scratch: Path
) -> None:
    """Make every once-a-delivery table from the one before it and the tables of the patients touched.

    A table's row follows from its own patient's rows, so that everybody else's stay as they were; only patients'
    numbers may have moved.
    """
    with engine(before, writable=folder, scratch=scratch) as db:
        db.offer("codelist", codelists.read_all(area))
        db.offer("touched", touched.alias("patient_id").to_frame())
        patients = parquet([base_file(folder, "patient")])
        names = patient_names(patients)
        db.run(f"CREATE TEMP TABLE moved AS SELECT old.number AS old, new.number AS new "
               f"FROM ({patient_names(parquet([base_file(before, 'patient')]))}) AS old "
               f"JOIN ({names}) AS new USING (practice_id, patient_id) "
               "ANTI JOIN touched USING (patient_id)")  # fmt: skip
        mine = f"SELECT number FROM ({names}) SEMI JOIN touched USING (patient_id)"
        db.run(f"CREATE VIEW patient AS FROM ({patient_view(patients)}) WHERE patient_id IN ({mine})")
        for name in _OURS:
            db.offer(f"new_{name}", tables[name])
            db.run(f"CREATE VIEW {name} AS {table_view(f'SELECT * FROM new_{name}', patients)}")
        for file in derived_tables(area, "delivery"):
            _renew(db, file, base_file(before, file.name), base_file(folder, file.name))


def _renew(db: Engine, file: SqlFile, before: Path, target: Path) -> None:
    db.run(f"CREATE TEMP TABLE {file.name} AS {file.sql}")
    rows = f"{parquet([before])} AS d JOIN moved AS m ON m.old = d.patient_id"
    kept = f"SELECT d.* REPLACE (m.new AS patient_id) FROM {rows}"
    order = f" ORDER BY {', '.join(file.order)}" if file.order else ""
    write_parquet(db, f"SELECT * FROM ({kept} UNION ALL BY NAME SELECT * FROM {file.name}){order}", target)
