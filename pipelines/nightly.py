"""The nightly flow: a task for each practice's delivery, then the lists of the whole area."""

from datetime import date
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.futures import wait
from prefect.schedules import Cron
from prefect.states import Completed, Failed

from reachwell import lists, night, report
from reachwell.area import Area
from reachwell.errors import Unreachable


def _may_help(_task: object, _run: object, state: State) -> bool:
    """Trying again helps where a practice's place did not answer, and nowhere else."""
    return isinstance(state.result(raise_on_failure=False), Unreachable)


@task(task_run_name="deliver-{ods}", retries=3, retry_delay_seconds=[5, 30, 120], retry_condition_fn=_may_help)
def deliver(folder: Path, run_id: str, ods: str, today: date) -> None:
    """Pull, validate and load one practice's newest delivery."""
    night.deliver(Area.load(folder), run_id, ods, today)


@task(task_run_name="lists")
def make_lists(folder: Path, run_id: str, on: date | None) -> bool:
    """Measure, match, shortlist and publish every practice."""
    return lists.make_lists(Area.load(folder), run_id, on)


@task(task_run_name="artifact")
def tell(folder: Path, run_id: str) -> None:
    """Keep the run's summary, in counts only, beside the run."""
    create_markdown_artifact(report.markdown(Area.load(folder), run_id), key="nightly", description="The night")


@flow(name="nightly", validate_parameters=False)
def nightly(
    folder: Path, today: date | None = None, on: date | None = None, practices: list[str] | None = None
) -> State:
    """One night of an area: every practice's delivery, then every list; one practice's fault stays its own."""
    area = Area.load(Path(folder))
    day = today or date.today()
    with night.run(area) as run_id:
        chosen = practices or [practice.ods for practice in area.settings.practice]
        wait([deliver.submit(area.folder, run_id, ods, day) for ods in chosen])
        current = make_lists(area.folder, run_id, on)
        outcome = night.finish(area, run_id, current, chosen)
        tell(area.folder, run_id)
    if outcome.exit_code:
        return Failed(name="PartiallyFailed", message=report.one_line(outcome))
    return Completed(message=report.one_line(outcome))


def serve(area: Area) -> None:
    """Serve the flow by the area's schedule: one run at a time, and the schedule survives a stop."""
    schedule = Cron(area.settings.schedule.nightly, timezone=area.settings.schedule.timezone)
    nightly.serve(
        name="nightly",
        schedules=[schedule],
        parameters={"folder": str(area.folder)},
        limit=1,
        global_limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )
