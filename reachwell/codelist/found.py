"""Where an area's data have the codes of a list: in how many patients, and what its deliveries call them."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from reachwell import lake
from reachwell.area import Area
from reachwell.codelist.columns import Entry
from reachwell.engine import engine, identifier
from reachwell.extract import NO_CODES
from reachwell.lake import Snapshot
from reachwell.load import mirror_of
from reachwell.mirror import Mirror
from reachwell.place import Place
from reachwell.small_numbers import for_area
from reachwell.source import Source
from reachwell.sql_file import SqlFile

# As sql/tables/coded_event.sql and coded_medicine.sql find them.
_EVENTS = "SELECT DISTINCT code, system, practice_id, patient_id FROM ({rows}) SEMI JOIN wanted USING (code, system)"
_SUBSTANCES = (
    "SELECT DISTINCT regexp_extract(lower(name), '^[a-z]+') AS code, 'substance' AS system, practice_id, patient_id "
    "FROM ({rows}) WHERE (regexp_extract(lower(name), '^[a-z]+'), 'substance') IN (SELECT (code, system) FROM wanted)"
)


def patients_of(area: Area, entries: Sequence[Entry]) -> list[int | None] | None:
    """In how many patients of the area each code is found, ever, as an area user may see it (None: 7 or fewer).

    None where the area has loaded no data.
    """
    folders = [snapshot.path for snapshot in _snapshots(area)]
    if not folders:
        return None
    with engine(*folders, scratch=area.scratch) as db:
        db.offer("wanted", _codes(entries))
        events = _EVENTS.format(rows=lake.rows_of(folders, "event"))
        medicines = _SUBSTANCES.format(rows=lake.rows_of(folders, "medicine"))
        sql = f"SELECT code, system, count(*) AS patients FROM ({events} UNION ALL {medicines}) GROUP BY code, system"
        found = {(code, system): int(count) for code, system, count in db.rows(sql)}
    exact = pl.DataFrame({"patients": [found.get((each.code, each.system), 0) for each in entries]})
    told: list[int | None] = for_area(exact, ["patients"])["patients"].to_list()
    return told


def delivered_terms(area: Area, entries: Sequence[Entry]) -> dict[tuple[str, str], set[str]]:
    """By code and system, what the code tables of the area's deliveries call it, where their format has such tables."""
    place, found = Place.of(area), dict[tuple[str, str], set[str]]()
    formats = {practice.ods: practice.format for practice in area.settings.practice}
    for snapshot in _snapshots(area):
        source = place.source(formats[snapshot.practice_id])
        mirror = mirror_of(place, source, snapshot) if "term" in source.selects else None
        for code, system, term in _terms(mirror, source, entries) if mirror else ():
            found.setdefault((code, system), set()).add(term)
    return found


def _terms(mirror: Mirror, source: Source, entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
    with engine(mirror.path) as db:
        db.offer("wanted", _codes(entries))
        db.offer("sensitive_code", NO_CODES)
        for table in source.reads:
            db.run(f"CREATE VIEW {identifier(table.name)} AS {mirror.rows(table)}")
        needed = _reads(source, source.selects["term"])
        for name, sql in source.shared.items():
            if name in needed:
                db.run(f"CREATE TEMP TABLE {identifier(name)} AS {sql}")
        rows = db.rows(
            f"SELECT DISTINCT code, system, trim(term) FROM ({source.selects['term']}) AS t(code, system, term) "
            "SEMI JOIN wanted USING (code, system) WHERE trim(term) <> ''"
        )
    return [(str(code), str(system), str(term)) for code, system, term in rows]


def _reads(source: Source, sql: str) -> set[str]:
    """What a SELECT of a source reads, and what those shared SELECTs read that it rests on."""
    found: set[str] = set()
    left = [sql]
    while left:
        reads = SqlFile(Path(f"{source.name}.sql"), {}, left.pop()).reads - found
        found |= reads
        left += [source.shared[name] for name in reads if name in source.shared]
    return found


def _codes(entries: Sequence[Entry]) -> pl.DataFrame:
    rows = [(entry.code, entry.system) for entry in entries]
    return pl.DataFrame(rows, schema={"code": pl.String, "system": pl.String}, orient="row")


def _snapshots(area: Area) -> list[Snapshot]:
    each = (lake.current(area.lake, practice.ods) for practice in area.settings.practice)
    return [snapshot for snapshot in each if snapshot]
