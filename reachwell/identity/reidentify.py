"""Reidentify: a list of pseudonyms turned back into one of NHS numbers, in the practice."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from reachwell.atomic import new_file
from reachwell.errors import UsageError
from reachwell.identity.key import create_private, writing
from reachwell.identity.patient_map import Person, reading
from reachwell.identity.pseudonym import is_pseudonym

PATIENT, NUMBER = "patient_id", "nhs_number"
FORMATS = (".parquet", ".csv", ".xlsx")


@dataclass(frozen=True)
class Reidentified:
    """How many rows were written, and how many people of the list have no NHS number."""

    rows: int
    without_number: int


def reidentify(list_file: Path, map_file: Path, out: Path, numbers_only: bool = False) -> Reidentified:
    """Write a list with each row's NHS number in front, for its owner only.

    Both files are Parquet, CSV or Excel, by their endings. numbers_only: one column, each NHS number once, in the
    order of the list. Raises UsageError, and writes nothing, where the list is none, or is another practice's or key's.
    """
    if out.exists():
        raise UsageError(f"{out} is there already. Nothing was changed; name another file.")
    if out.suffix.lower() not in FORMATS:
        raise UsageError(f"{out} ends in none of {', '.join(FORMATS)}, so nothing says what to write")
    rows = _read(list_file)
    with reading(map_file) as known:
        about, people = known.about, {each.pseudonym: each for each in known.people().values()}
    if about is None:
        raise UsageError(f"map {map_file} is empty. Name the one that 'reachwell pseudonymise' wrote.")
    practices = set(rows["practice_id"].drop_nulls()) if "practice_id" in rows.columns else set()
    if others := sorted(practices - {about.practice}):
        raise UsageError(f"{list_file} is of practice {', '.join(others)}, and map {map_file} is of {about.practice}.")
    _refuse_unknown(rows, people, list_file)
    number = pl.col(PATIENT).replace_strict({name: each.nhs_number for name, each in people.items()},
                                            return_dtype=pl.String).alias(NUMBER)  # fmt: skip
    found = rows.select(number, pl.all())
    without = found.filter(pl.col(NUMBER).is_null())[PATIENT].n_unique()
    if numbers_only:
        found = found.select(NUMBER).drop_nulls().unique(maintain_order=True)
    _write(found, out)
    return Reidentified(found.height, without)


def _read(file: Path) -> pl.DataFrame:
    readers = {
        ".parquet": lambda: pl.read_parquet(file),
        # As text: a code of eighteen digits is no number.
        ".csv": lambda: pl.read_csv(file, infer_schema=False),
        ".xlsx": lambda: pl.read_excel(file, infer_schema_length=0),
    }
    if file.suffix.lower() not in readers:
        raise UsageError(f"{file} ends in none of {', '.join(FORMATS)}, so nothing says how to read it")
    if not file.is_file():
        raise UsageError(f"list {file} is not there")
    try:
        rows = readers[file.suffix.lower()]()
    except Exception:
        # Each reader has errors of its own, and their texts may quote a cell.
        raise UsageError(f"{file} cannot be read as {file.suffix.lower()[1:]}. Take it from its place again.") from None
    if PATIENT not in rows.columns:
        raise UsageError(
            f"{file} has no column {PATIENT}, so it is no list of reachwell's. It has: {', '.join(rows.columns)}"
        )
    if NUMBER in rows.columns:
        raise UsageError(f"{file} has a column {NUMBER} already. Name a list that holds pseudonyms only")
    if rows.is_empty():
        raise UsageError(f"{file} lists nobody")
    # As people write them down: "x883 hmqq 6h4k".
    return rows.with_columns(pl.col(PATIENT).cast(pl.String).str.replace_all(r"[\s-]", "").str.to_uppercase())


def _refuse_unknown(rows: pl.DataFrame, people: Mapping[str, Person], file: Path) -> None:
    unknown = [each for each in rows[PATIENT].unique() if each not in people]
    if not unknown:
        return
    wrong = sum(not is_pseudonym(each or "") for each in unknown)
    if wrong:
        told = f"{wrong:,} pseudonyms are not whole or were mistyped: their check character does not fit"
    elif len(unknown) == rows[PATIENT].n_unique():
        told = "none of its pseudonyms is in the map: it was made with another key, or of another practice"
    else:
        told = f"{len(unknown):,} of its pseudonyms are not in the map, which is older than the list"
    raise UsageError(f"{file}: {told}. Nothing was written.")


def _write(rows: pl.DataFrame, out: Path) -> None:
    flat = rows.with_columns(pl.col(name).list.join("; ") for name, kind in rows.schema.items() if kind == pl.List)
    with writing(out), new_file(out) as aside:
        aside.unlink(missing_ok=True)
        create_private(aside)
        if out.suffix.lower() == ".parquet":
            rows.write_parquet(aside)
        elif out.suffix.lower() == ".csv":
            flat.write_csv(aside)
        else:
            _write_excel(flat, aside)
        os.chmod(aside, 0o600)


def _write_excel(rows: pl.DataFrame, file: Path) -> None:
    from xlsxwriter import Workbook

    # NHS numbers are text, and a text that begins with "=" stays one.
    with file.open("wb") as raw, Workbook(raw, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        rows.write_excel(book, "list", autofit=True)
