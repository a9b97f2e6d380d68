"""Loading: one delivery on its way, and its good rows, a part of the patients at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from reachwell import codelists, lake, mirror
from reachwell.atomic import new_file
from reachwell.chain import Received
from reachwell.engine import engine
from reachwell.extract import Tables, extract
from reachwell.lake import Snapshot
from reachwell.manifest import Manifest
from reachwell.mirror import Mirror
from reachwell.opt_out import OptOuts, opt_out_codes
from reachwell.place import Place
from reachwell.pseudonym_key import KnownPatients
from reachwell.sensitive import sensitive_codes, stripped
from reachwell.source import Source
from reachwell.validate import Checked, check, refuse_if_fallen, refuse_if_unfit

TOUCHED = "touched"
_LEFT_OUT = "left out"


@dataclass(frozen=True)
class Loading:
    """One delivery on its way: where to, how it is read, what it says of itself, and what is found in it.

    opt_outs: who is left out. before: of a full extract, the practice's snapshot until now. sensitive: once the rows
    are read, the ids of the supplier's rows that hold a sensitive code, by raw table.
    """

    place: Place
    source: Source
    manifest: Manifest
    delivery: str
    checked: Checked
    opt_outs: OptOuts
    before: Snapshot | None = None
    sensitive: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, place: Place, each: Received, checked: Checked, opt_outs: OptOuts, before: Snapshot | None = None
    ) -> "Loading":
        """The loading of a delivery that was received."""
        return cls(place, place.source(each.manifest.format), each.manifest, each.path.name, checked, opt_outs, before)

    def next_state(self, digest: str, applied: tuple[str, ...] = ()) -> Mirror:
        """The state of the mirror after this delivery."""
        chain = (*applied, f"{self.manifest.extracted_on} {digest}")
        reads = self.source.reads_digest
        name = mirror.name_of(self.manifest.extracted_on, reads, chain)
        return Mirror(self.place.mirror / self.manifest.practice / name, self.manifest.extracted_on, reads, chain)

    def digest(self, data: str) -> str:
        """The digest of rows and of all that makes our tables of them."""
        return self.place.source_digest(self.source, data)


def opt_outs_of(place: Place, on: date, before: Snapshot | None, may_return: bool = False) -> OptOuts:
    """Who has opted out as far as a practice's data say. on: the extract's day. may_return: see OptOuts."""
    return OptOuts(opt_out_codes(place.plugs), on, lake.opted_out(before), may_return, place.erases_opted_out)


def good_parts(
    loading: Loading, folder: Path, raw: Mapping[str, str], touched: pl.Series | None = None
) -> Iterator[Tables]:
    """A delivery's good rows, a part at a time; at the end the whole is refused if it is not fit.

    Whoever has opted out is left out, and sensitive codes are stripped, before anything else looks at the rows.
    folder: where the files that `raw` reads are. touched: the patients that it is limited to, or None for everybody.
    """
    place, checked, known = loading.place, loading.checked, KnownPatients(loading.before)
    lists, codes = codelists.read_all(place.plugs), sensitive_codes(place.plugs)
    with place.a_folder() as spill, engine(folder, scratch=spill) as db:
        if touched is not None:
            db.offer(TOUCHED, touched.alias("patient_id").to_frame())
        extracted = extract(db, loading.source, raw, loading.manifest, place.tariff(loading.source), codes,
                            loading.opt_outs.lists.select("code", "system"), few=touched is not None)  # fmt: skip
        loading.sensitive.update(extracted.sensitive)
        loading.opt_outs.add(extracted.opt_outs)
        for what, rows in extracted.left_out.items():
            checked.note(_LEFT_OUT, what, rows)
        for part in extracted.parts():
            known.add(part["patient"])
            yield check(_permitted(part, loading, codes), loading.manifest, lists, checked)
    _quarantine(loading, codes)
    known.refuse_if_all_are_new(loading.manifest, loading.delivery, place.accepted_keys)
    refuse_if_unfit(checked, place.max_bad_rows, loading.delivery, is_full=touched is None)
    if loading.before:
        refuse_if_fallen(checked.good, loading.before.rows, place.max_fall, loading.delivery)


def _permitted(part: Tables, loading: Loading, codes: pl.DataFrame) -> Tables:
    kept, patients = loading.opt_outs.leave_out(part)
    events = stripped(kept["event"], codes)
    if patients:
        loading.checked.note(_LEFT_OUT, "patients with a type 1 opt-out", patients)
    if sensitive := kept["event"].height - events.height:
        loading.checked.note(_LEFT_OUT, "events of a sensitive code", sensitive)
    return {**kept, "event": events}


def _quarantine(loading: Loading, codes: pl.DataFrame) -> None:
    place, rows = loading.place, loading.checked.quarantine
    if not (place.quarantine and rows.height):
        return
    never = pl.Series([*sorted(loading.opt_outs.standing), *(f'"{code}"' for code in codes["code"])], dtype=pl.String)
    with new_file(place.quarantine / loading.manifest.practice / f"{loading.delivery}.parquet") as aside:
        rows.filter(~pl.col("content").str.contains_any(pl.lit(never).implode())).write_parquet(aside)
