"""What can be decided of somebody on a list, in the words that people choose from, and what follows from it."""

from dataclasses import dataclass

ACCEPTED, ALREADY, DECLINED, WRONG = "accepted", "already", "declined", "record_wrong"
# An undo is an event too, and no decision.
UNDO = "undo"


@dataclass(frozen=True)
class Kind:
    """One decision: the words to choose, what it does, and for how many months where it is a set time.

    does: {hide_for} is filled in. says: what `why` tells of it; {day}, {reason} and {until} are filled in.
    """

    label: str
    does: str
    says: str
    months: int | None = None


KINDS = {
    ACCEPTED: Kind(
        "Accepted",
        "off the list for 12 months; takes a place of the month in which it was decided",
        "Accepted for a link worker on {day}",
    ),
    ALREADY: Kind(
        "Already with a link worker",
        "off the list for 12 months; takes no place",
        "Already with a link worker, as said on {day}",
    ),
    DECLINED: Kind(
        "Offered and declined",
        "off the list for {hide_for}; needs a reason",
        "Declined social prescribing on {day}: {reason}",
    ),
    "not_suitable": Kind(
        "Not suitable now",
        "off the list for 3 months",
        "Not suitable now, as said on {day}; back from {until}",
        3,
    ),
    WRONG: Kind(
        "The record is wrong",
        "off the list until what the rules find in the record changes; the data lead is told",
        "The record is wrong, as said on {day}; back when what the rules find changes",
    ),
    "back_in_1_month": Kind(
        "Bring back in 1 month",
        "off the list until the same day of the next month",
        "To be brought back on {until}, as said on {day}",
        1,
    ),
    "back_in_3_months": Kind(
        "Bring back in 3 months",
        "off the list until the same day three months later",
        "To be brought back on {until}, as said on {day}",
        3,
    ),
}
REASONS = {
    "waiting": "Waiting",
    "transport": "Transport",
    "language": "Language or literacy",
    "confidentiality": "Confidentiality",
    "not_wanted": "Not wanted",
}
