"""Invent practices, measure them as the published figures were measured, and write docs/calibration.md.

Run: python docs/calibration.py (make docs runs it); about half a minute.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from reachwell.invent import figures, invent_practice
from reachwell.invent.calibration import measured
from reachwell.invent.calibration.outcomes import OUTCOMES, discrimination

PAGE = Path(__file__).parent / "calibration.md"
PRACTICES, PATIENTS, ON = 24, 5000, date(2026, 11, 20)
GUESS, UNNAMED = "guess", "published, source not named"
MANCHESTER = "Greater Manchester, EMIS practices"
CENSUS, ISLINGTON = "ONS, Census 2021", "Islington"
CASSELL, HOBBS, KONTOPANTELIS = "Cassell 2018", "Hobbs 2016", "Kontopantelis 2021"
SMITS, BRISTOL, HSCIC = "Smits 2009", "Bristol, 7 practices", "HSCIC, 2014-15"
NOTES = {
    "women": "more among the old, as in life",
    "adults with 2 conditions or more": "16 kinds of condition here, 36 there; each one's prevalence is as published",
    "their share of GP consultations": "follows from the row above; the next row is what can be compared",
    "their consultations, times the mean": "the two figures above it, divided",
    "consultations, under 5": "published as the highest with those over 85; here highest of those under 65",
    "PAM recorded, adults with conditions": "of 35,000 forms sent 12,270 came back; how many people were asked is a "
    "guess",
    "type 1 opt-out": "no figure was found that counts people",
    "coded in the last 5 years, of those": "of those whose status is coded",
    "people with an antidepressant in a year": "too few on purpose: with as many as in life, which was tried, the "
    "usual criteria list about 5% of adults instead of 3%",
    "GP consultations of the top tenth": "published for those face to face; about four in ten of any kind",
    "women over 65 living alone": "judged by who else on the list has the address, as the next two",
    "consultations": "attended contacts with the practice, whoever in it was seen",
    "contacts a year at PAM level 1": "published as GP contacts; here all with the practice, GPs having 56%",
    "emergencies": "attendances of every type; a practice is not told of all of them",
    "deaths in a year": "against the people who are left",
    "carer": "no code list for carers is shipped",
    "most deprived fifth of areas": "practices differ: each has a mean of its own",
}
Row = tuple[str, str, float | None]


def _age(low: int, high: int) -> float:
    return sum(figures.AGE_BANDS[low // 5 : high // 5]) / sum(figures.AGE_BANDS)


def published() -> dict[str, list[Row]]:
    """By section, each figure's name, its source and its value; None where no source gives one."""
    ratio = figures.MULTIMORBID_CONSULTATIONS / figures.MULTIMORBID_ADULTS
    levels = zip(figures.PAM_LEVELS, figures.PAM_CONTACTS, strict=True)
    return {
        "Who they are": [
            ("aged 65 to 84", CENSUS, _age(65, 85)),
            ("aged 85 and over", CENSUS, _age(85, 95)),
            ("women", CENSUS, figures.WOMEN),
            ("most deprived fifth of areas", "by definition", 0.2),
            ("deaths in a year", "ONS, England and Wales, 2019", figures.DEATHS_A_YEAR),
            ("women over 65 living alone", UNNAMED, figures.ALONE_WOMEN),
            ("men over 65 living alone", UNNAMED, figures.ALONE_MEN),
            ("people living alone", UNNAMED, figures.ALONE),
            ("living status coded, over 65", GUESS, None),
            ("coded in the last 5 years, of those", UNNAMED, figures.LIVING_STATUS_FRESH),
        ],
        "Ever coded": [
            *((name, MANCHESTER, share) for name, share in figures.EVER_CODED.items()),
            *((name, GUESS, None) for name in ("type 1 diabetes", "peripheral arterial disease", "osteoporosis")),
            ("rheumatoid arthritis", GUESS, None),
            ("social prescribing declined", GUESS, None),
            ("social need coded in 2 years", GUESS, None),
            ("type 1 opt-out", GUESS, None),
        ],
        "Patient activation, people with conditions": [
            row
            for place, (share, contacts) in enumerate(levels, start=1)
            for row in (
                (f"PAM level {place}", ISLINGTON, share),
                (f"contacts a year at PAM level {place}", ISLINGTON, contacts),
            )
        ]
        + [("PAM recorded, adults with conditions", GUESS, None)],
        "Contacts a year": [
            ("consultations", HOBBS, figures.CONSULTATIONS),
            *((f"consultations, {age}", HOBBS, None) for age in ("under 5", "5 to 17", "18 to 64", "65 to 84")),
            ("consultations, over 85", HOBBS, None),
            ("consultations, women", HOBBS, None),
            ("consultations, men", HOBBS, None),
            ("adults with 2 conditions or more", CASSELL, figures.MULTIMORBID_ADULTS),
            ("their share of GP consultations", CASSELL, figures.MULTIMORBID_CONSULTATIONS),
            ("their consultations, times the mean", CASSELL, ratio),
            ("GP consultations of the top tenth", KONTOPANTELIS, figures.TOP_TENTH_CONSULTATIONS),
            ("frequent attenders for 3 years", SMITS, figures.PERSISTENT_ATTENDERS),
            ("top 3% attending less in 6 months", BRISTOL, figures.FALL_BACK),
            ("appointments missed", GUESS, None),
            ("emergencies", HSCIC, figures.EMERGENCIES),
            ("people with any emergency", GUESS, None),
            ("emergencies on Mondays", HSCIC, figures.EMERGENCIES_ON_MONDAY),
            ("admissions", HSCIC, figures.ADMISSIONS),
        ],
        "Medicines": [
            ("pounds of medicines a week", "England", figures.MEDICINES_A_WEEK),
            ("pounds an item", "England", figures.MEDICINES_AN_ITEM),
            ("people with an antidepressant in a year", "NHSBSA, 2024/25", figures.ANTIDEPRESSANTS),
        ],
    }


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name.startswith("pounds"):
        return f"£{value:.2f}"
    if "contacts a year" in name or name == "consultations" or name.startswith(("consultations,", "their cons")):
        return f"{value:.2f}"
    return f"{value:.3f}" if name in ("emergencies", "admissions") else f"{value:.2%}"


def page(found: Mapping[str, float], outcomes: Mapping[str, tuple[float, float, float]]) -> str:
    """The page, as Markdown."""
    lines = [
        "<!-- Written by docs/calibration.py; change what it is made from, then: make docs -->\n",
        "# How like life the invented practices are\n",
        f"Measured from the tables of {PRACTICES} invented practices of {PATIENTS:,} patients on {ON}, as the",
        "published figures were measured, and not taken from what they were made with. Practices differ, as real ones",
        "do: one alone lies further off. Where a source says *guess* there is no published figure.\n",
    ]
    for section, rows in published().items():
        lines += [f"## {section}\n", "| figure | source | published | invented | |", "|---|---|---|---|---|"]
        lines += [
            f"| {name} | {source} | {_shown(name, value)} | {_shown(name, found.get(name))} | {NOTES.get(name, '')} |"
            for name, source, value in rows
        ]
        lines.append("")
    lines += [
        "## What a model can find\n",
        "Adults a year before: how many had each outcome in the year after, and how well a logistic regression tells",
        "them apart on people whom it was not fitted on, as the area under the curve: 0.5 is chance, 1 would be",
        "foresight, which nothing here allows. Known are age, sex, deprivation, conditions, contacts, emergencies,",
        "admissions, missed appointments and medicines.\n",
        "| outcome | people | age and sex | all that is known |",
        "|---|---|---|---|",
        *(f"| {name} | {share:.1%} | {age:.2f} | {known:.2f} |" for name, (share, age, known) in outcomes.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Invent, measure and write."""
    practices = [invent_practice(f"X{seed:05d}", PATIENTS, seed, ON, noted_each=0.1) for seed in range(PRACTICES)]
    outcomes = discrimination(practices, ON - timedelta(days=365))
    PAGE.write_text(page(measured(practices, ON), {name: outcomes[name] for name in OUTCOMES}), encoding="utf-8")


if __name__ == "__main__":
    main()
