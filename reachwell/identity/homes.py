"""Homes: addresses as they are written in a file, made into household tokens and deciles of deprivation."""

from collections.abc import Mapping

import polars as pl

from reachwell.engine import Engine, identifier
from reachwell.identity.deprivation import normalised
from reachwell.identity.key import Key
from reachwell.identity.pseudonym import of_address
from reachwell.identity.raw_cells import cell
from reachwell.raw_files import RawFile
from reachwell.source import RawTable, Source

# An address as as_written() has it, the household's token, and the decile of its postcode.
HOMES = {"written": pl.String, "token": pl.String, "decile": pl.Int64}


def address_of(source: Source, table: RawTable, raw: RawFile) -> dict[str, str]:
    """The columns of a file that make up an address, by name, and what each holds: address or postcode.

    None where the file has a household of its own already.
    """
    if any(name.lower() in raw.columns for name in names_of_home(table)):
        return {}
    known = source.identifying.get(table.name, {})
    return {name: kind for name, kind in known.items()
            if kind in ("address", "postcode") and name.lower() in raw.columns}  # fmt: skip


def names_of_home(table: RawTable) -> tuple[str, str]:
    """What a table's columns for the household and the decile are called."""
    is_ours = any(column.name == "household_id" for column in table.columns)
    return ("household_id", "imd_decile") if is_ours else ("HouseholdToken", "DeprivationDecile")


def as_written(raw: RawFile, parts: Mapping[str, str]) -> str:
    """The SQL of an address as it is written, to find it again."""
    return f"concat_ws(chr(31), {', '.join(f'coalesce({cell(raw, name)}, chr(30))' for name in parts)})"


def homes(db: Engine, raw: RawFile, parts: Mapping[str, str], key: Key, deciles: Mapping[str, int]) -> pl.DataFrame:
    """Each address of a file once, with the columns of HOMES.

    parts: as address_of() gives them. deciles: by normalised postcode.
    """
    cells = ", ".join(f"{cell(raw, name)} AS {identifier(name)}" for name in parts)
    found = db.frame(f"SELECT DISTINCT {as_written(raw, parts)} AS _written, {cells} FROM {raw.relation} AS raw")
    address = [name for name, kind in parts.items() if kind == "address"]
    rows = []
    for row in found.iter_rows(named=True):
        postcode = next((row[name] for name, kind in parts.items() if kind == "postcode"), None)
        token = of_address(key, [row[name] for name in address], postcode)
        rows.append((row["_written"], token, deciles.get(normalised(postcode or ""))))
    return pl.DataFrame(rows, schema=HOMES, orient="row")
