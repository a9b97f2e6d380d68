"""Last good: the data that the current lists were made of, measured, for whoever asks what another programme would do.

What the run measured is read again where nothing has changed of what it was measured by; otherwise it is measured anew.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from reachwell import lake
from reachwell.area import Area
from reachwell.batches import batches
from reachwell.criteria import Programme, wanted_by
from reachwell.decisions.standing import decided
from reachwell.derive import derived_digest
from reachwell.dry_run import a_folder_beside
from reachwell.errors import UsageError
from reachwell.features import Feature, catalogue
from reachwell.judge import Judge
from reachwell.match import Matcher
from reachwell.measure import KEY, Measured, Wanted, measure
from reachwell.places import taken_this_month
from reachwell.published import NO_LIST, current_run, read_run
from reachwell.run_facts import measured_by
from reachwell.state import State
from reachwell.store import derive_again


class LastGood:
    """The data behind the current lists.

    snapshots, dates: each practice's snapshot and index date, as the run pinned them. features: the catalogue as it
    stands now. kept: the files of what the run measured, none where they no longer hold.
    up_to: the day after which no decision counts, if any.
    """

    def __init__(
        self,
        area: Area,
        snapshots: Sequence[lake.Snapshot],
        dates: Mapping[str, date],
        kept: Iterable[Path],
        up_to: date | None = None,
    ) -> None:
        self.area = area
        self.snapshots = snapshots
        self.dates = dates
        self.features: Mapping[str, Feature] = catalogue(area.folder)
        self._kept = list(kept)
        self._up_to = up_to
        self._judge: Judge | None = None

    def at(self, on: date) -> "LastGood":
        """The same data cut at another day, no practice's later than its extract's; everything is measured anew."""
        dates = {each.practice_id: min(on, each.extracted_on) for each in self.snapshots}
        return LastGood(self.area, self.snapshots, dates, (), on)

    def judge(self, programmes: Sequence[Programme], also: Iterable[Wanted] = ()) -> Judge:
        """A judge who knows all that the programmes ask for; what is known already is not measured again.

        also: what else its matcher is to know.
        """
        if self._judge is None:
            self._judge = self._first_judge()
        matcher = self._judge.matcher
        more = {feature.key(within): (feature, within) for feature, within in also}
        wanted = wanted_by(programmes, self.features) | more
        if missing := [pair for key, pair in wanted.items() if key not in matcher.features]:
            matcher.add(self.measured(missing))
        return self._judge

    def measured(self, wanted: Iterable[Wanted]) -> list[Measured]:
        """Measure features of everybody, a batch of practices with the same index date at a time."""
        wanted, settings = list(wanted), self.area.settings.setting
        return [
            measure(batch, self.dates[batch[0].practice_id], wanted, settings, self.area.folder)
            for batch in batches(self.snapshots, self.dates)
        ]

    def _first_judge(self) -> Judge:
        referrals = self.measured(wanted_by([], self.features).values())
        state = State(self.area.state)
        standing = decided(state, self.dates, self._up_to)
        matcher = Matcher(referrals, standing)
        known = self._kept_values()
        if known is not None:
            of_patients = matcher.patients.select(*KEY).join(known, on=KEY, how="inner", maintain_order="left")
            # Only what was measured of exactly these people is theirs.
            if of_patients.height == matcher.patients.height:
                keys = [name for name in known.columns if name not in KEY and not name.endswith(" at least")]
                features = {key: self.features[key.partition(" within ")[0]] for key in keys}
                matcher.add_known(of_patients.drop(KEY), features)
        taken = {ods: count for each in referrals for ods, count in taken_this_month(each, standing).items()}
        flagged = state.first_flagged(self.dates)
        return Judge(matcher, self.area.settings.practice, flagged, taken)

    def _kept_values(self) -> pl.DataFrame | None:
        """What the run measured; None where nothing of it holds or a file is not whole."""
        try:
            return pl.concat(pl.read_parquet(file) for file in self._kept) if self._kept else None
        except (OSError, pl.exceptions.PolarsError):
            return None


@contextmanager
def last_good(area: Area, practices: Sequence[str] | None = None) -> Iterator[LastGood]:
    """The data behind the current lists; practices: of these only, by ODS code.

    Raises UsageError where nothing is published yet, or where a practice, or every one, has no list.
    """
    run_id = current_run(area)
    facts = read_run(area, run_id)
    known = [one.ods for one in area.settings.practice if one.ods in facts["practices"]]
    for ods in practices or ():
        area.practice(ods)
        if ods not in known:
            raise UsageError(NO_LIST.format(ods=ods))
    if not known:
        raise UsageError("no practice has a list yet: no delivery has been loaded. See: reachwell status")
    chosen = {ods: facts["practices"][ods] for ods in practices or known}
    with ExitStack() as stack:
        snapshots = [_pinned(area, ods, each["snapshot"], stack) for ods, each in chosen.items()]
        dates = {ods: date.fromisoformat(each["index_date"]) for ods, each in chosen.items()}
        holds = facts.get("measured_by") == measured_by(area)
        yield LastGood(area, snapshots, dates, sorted((area.features / run_id).glob("*.parquet")) if holds else ())


def _pinned(area: Area, ods: str, name: str, stack: ExitStack) -> lake.Snapshot:
    """The snapshot that a list was made of; where code lists or SQL differ now, derived anew until the stack ends."""
    try:
        snapshot = lake.Snapshot.read(area.lake / ods / name)
    except (OSError, ValueError):
        told = f"the data that the list of {ods} was made of are gone from {area.lake / ods}"
        raise UsageError(f"{told}. Publish anew with: reachwell run") from None
    if snapshot.derived_digest == derived_digest(area.folder):
        return snapshot
    # Beside the data, not where anybody's temporary files lie: these are patients' rows.
    aside = stack.enter_context(a_folder_beside(area.data))
    return derive_again(snapshot, aside, area.folder, None, area.erases_opted_out)
