"""Init: a new area's folder with a commented reachwell.toml."""

from collections.abc import Iterable
from pathlib import Path

from reachwell.area import SETTINGS_FILE
from reachwell.atomic import write_text
from reachwell.errors import UsageError

_TEMPLATE = """\
# The settings of one area. Read from top to bottom; every line can be changed.

[area]
name = "{name}"
programmes = ["social_prescribing"]   # file names in criteria/; the first is served first

# One block for each practice.
{practices}
[schedule]
nightly  = "0 2 * * *"                # minute hour day month weekday
timezone = "Europe/London"

[validation]
max_bad_rows = 0.005                  # share of rows; more rejects the delivery
max_age_days = 3                      # an older extract is late
max_fall     = 0.5                    # share of a table's rows; a full extract that loses more is refused

[privacy]
type_1_opt_out = "erase"              # or "exclude": kept in the data, and on no list
keep_nights    = 90                   # older runs, snapshots and refused rows are removed

# What medicines cost, where the system does not say (SystmOne): Part VIIIA of the Drug Tariff, as CSV.
# [prices]
# drug_tariff = "Part VIIIA Nov 26.csv"

# Settings of features; 'reachwell features' names them.
# [setting]
# pam_level_4_from = 72.5
"""
_PRACTICE = """\
[[practice]]
ods          = "{ods}"
name         = "{name}"
format       = "{format}"             # emis, systmone, native, synthea or omop
from         = "{place}"              # any fsspec URL; one sub-folder per delivery
link_workers = {link_workers}                    # full-time equivalents
"""
_IGNORED = "# What people are in must not be in version control.\ndata/\n"


def init(
    folder: Path,
    name: str = "North Borough",
    practices: Iterable[dict[str, object]] = (
        {
            "ods": "B83001",
            "name": "Elm Tree Surgery",
            "format": "native",
            "place": "file:///srv/extracts/B83001",
            "link_workers": 0.8,
        },
    ),
) -> Path:
    """Make an area's folder; returns the path of its settings. UsageError where there is one already."""
    path = folder / SETTINGS_FILE
    if path.exists():
        raise UsageError(f"{path} is there already; nothing was changed. Edit it, or choose another folder.")
    blocks = "\n".join(_PRACTICE.format(**practice) for practice in practices)
    try:
        for inside in ("criteria", "features", "sql/codelists"):
            (folder / inside).mkdir(parents=True, exist_ok=True)
        (folder / "data").mkdir(mode=0o700, exist_ok=True)
        write_text(folder / ".gitignore", _IGNORED)
        write_text(path, _TEMPLATE.format(name=name, practices=blocks))
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}. Choose a folder you may write to.") from None
    return path
