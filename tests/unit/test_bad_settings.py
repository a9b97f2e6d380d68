"""A wrong settings, criteria or other file: every mistake told together, exit code 2, before anything is changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reachwell import criteria
from reachwell.area import Area
from reachwell.criteria import Programme
from reachwell.errors import FileMistakes, UsageError
from reachwell.features import catalogue
from reachwell.plugs import shipped

SHIPPED = shipped() / "criteria" / "social_prescribing.toml"
NAME = "social_prescribing.toml"

# Each line of the shipped criteria that is made wrong, and what is said of it.
FIVE_MISTAKES = {
    ("minimum_age = 18", "minimum_age = 300"): "population.minimum_age: should be less than or equal to 120",
    ('feature = "lives_alone"\n', 'feature = "lives_alome"\n'): (
        "rule 'lives_alone': no feature is called 'lives_alome'. Did you mean 'lives_alone'?"
    ),
    ('within    = "24 months"\npoints    = 3', 'within    = "24 moons"\npoints    = 3'): (
        "rule 'low_activation': within: write a period such as '12 months', '12 weeks' or '90 days'"
    ),
    ("at_least = 20 ", 'at_least = "twenty" '): "rule 'medicine_cost': at_least: should be a valid number",
    ("threshold         = 5", "threshhold = 5\nthreshold = 5"): (
        "list.threshhold: is not a known setting. Did you mean 'threshold'?"
    ),
}


def write(folder: Path, text: str) -> None:
    (folder / "criteria" / NAME).write_text(text, encoding="utf-8")


def refused(settled) -> FileMistakes:
    """The mistakes for which a run is refused; fails where anything was changed."""
    before = settled.everything()
    with pytest.raises(FileMistakes) as told:
        settled.night()
    assert settled.everything() == before
    assert told.value.exit_code == 2
    return told.value


def test_five_mistakes_of_a_criteria_file_are_told_together(settled) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in FIVE_MISTAKES:
        assert text.count(old) == 1
        text = text.replace(old, new)
    write(settled.folder, text)

    told = refused(settled)

    assert len(told.mistakes) == 5
    for words in FIVE_MISTAKES.values():
        assert len([mistake for mistake in told.mistakes if mistake.startswith(words)]) == 1, words
    lines = str(told).splitlines()
    assert all(line.startswith(f"{NAME}: ") for line in lines[:5])
    assert lines[5:] == [f"5 mistakes in {NAME}. Nothing was changed."]


RULE = '[[rule]]\nid = "mine"\nlabel = "Mine"\n'
SMALL = 'name = "Mine"\nversion = "1"\nowner = "me"\nreviewed = 2026-11-01\nreview_due = 2027-11-01\n'
DECLINED = '[[exclude]]\nid = "declined"\nbecause = "x"\nfeature = "care_home"\nis = true\n'
END = "[list]\nthreshold = 5\n"
ONE_MISTAKE = {
    "no comparison": ('feature = "pam_level"\npoints = 1\n', "rule 'mine': write one comparison with the feature: is,"),
    "two comparisons": (
        'feature = "pam_level"\nat_least = 1\nat_most = 2\npoints = 1\n',
        "rule 'mine': write one comparison with the feature",
    ),
    "neither feature nor all nor any": ("points = 1\n", "rule 'mine': write one of feature, all or any"),
    "points and bands": (
        'feature = "phq9"\npoints = 1\nbands = [{ at_least = 5, points = 1 }]\n',
        "rule 'mine': write either points or bands",
    ),
    "neither points nor bands": ('feature = "phq9"\nat_least = 5\n', "rule 'mine': write either points or bands"),
    "between the wrong way round": (
        'feature = "phq9"\nbetween = [14, 5]\npoints = 1\n',
        "rule 'mine': between should have its lower end first",
    ),
    "an operand of a nested condition": (
        'points = 1\nall = [{ any = [{ feature = "phq", at_least = 5 }] }]\n',
        "rule 'mine': no feature is called 'phq'. Did you mean 'phq9'?",
    ),
    "an id twice": (
        'points = 1\nfeature = "phq9"\nat_least = 5\n' + RULE + 'points = 1\nfeature = "gad7"\nat_least = 5\n',
        "id 'mine' is used more than once",
    ),
    "the id of the exclusion that follows from hide_for": (
        'points = 1\nfeature = "phq9"\nis = 5\n' + DECLINED,
        "id 'declined' is used more than once",
    ),
    "bands out of order": (
        'feature = "phq9"\nbands = [{ at_least = 15, points = 3 }, { at_least = 5, points = 1 }]\n',
        "rule 'mine': bands are out of order: 15, 5. Write the lowest first",
    ),
    "a band twice": (
        'feature = "phq9"\nbands = [{ at_least = 5, points = 3 }, { at_least = 5, points = 1 }]\n',
        "rule 'mine': bands are out of order: 5, 5",
    ),
    "a percentage over 1": (
        'points = 1\nfeature = "contact_rank"\nat_most = 10\n',
        "rule 'mine': at_most: contact_rank is a share: write 10% as 0.10",
    ),
    "a percentage over 1 at one end": (
        'points = 1\nall = [{ feature = "contact_rank", between = [0.1, 50] }]\n',
        "rule 'mine': between: contact_rank is a share",
    ),
    "a number asked of a yes or no": (
        'points = 1\nfeature = "lives_alone"\nat_least = 1\n',
        "rule 'mine': lives_alone is yes or no: write is = true or is = false",
    ),
    "a yes asked of a number": (
        'points = 1\nfeature = "phq9"\nis = true\n',
        "rule 'mine': phq9 is a number (",
    ),
    "a look-back of what looks at everything": (
        'points = 1\nfeature = "lives_alone"\nis = true\nwithin = "12 months"\n',
        "rule 'mine': lives_alone looks at the whole record: leave out within",
    ),
    "points that are no whole number": (
        'points = 1.5\nfeature = "phq9"\nat_least = 5\n',
        "rule 'mine': points: should be a whole number",
    ),
}


def read_small(folder: Path, rule: str) -> Programme:
    path = folder / "mine.toml"
    path.write_text(SMALL + RULE + rule + END, encoding="utf-8")
    return criteria.read(path, catalogue())


@pytest.mark.parametrize(("rule", "words"), ONE_MISTAKE.values(), ids=ONE_MISTAKE)
def test_a_mistake_of_a_rule_names_the_rule_and_what_was_expected(tmp_path: Path, rule: str, words: str) -> None:
    with pytest.raises(FileMistakes) as told:
        read_small(tmp_path, rule)
    (mistake,) = told.value.mistakes
    assert mistake.startswith(words)


def test_the_small_criteria_file_that_the_mistakes_are_put_into_is_right(tmp_path: Path) -> None:
    programme = read_small(tmp_path, 'points = 1\nfeature = "phq9"\nat_least = 5\n')
    assert [rule.id for rule in programme.rule] == ["mine"]


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "criteria that are not TOML": (lambda area: write(area, "threshold: 5"), "is not TOML"),
    "criteria that are not UTF-8": (
        lambda area: (area / "criteria" / NAME).write_bytes(b'name = "\xe9"'),
        "is not UTF-8 text; save it as UTF-8",
    ),
    "a feature without a header": (
        lambda area: (area / "features" / "mine.sql").write_text("SELECT 1"),
        "header line '-- title:' is missing",
    ),
    "a feature with a look-back that is none": (
        lambda area: (area / "features" / "phq9.sql").write_text(
            "-- title: x\n-- says: x\n-- unit: x\n-- absent: 0\n-- within: soon\nSELECT 1"
        ),
        "within: write a period such as",
    ),
}


@pytest.mark.parametrize(("spoil", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_file_of_the_area_stops_the_run(settled, spoil: Callable[[Path], object], words: str) -> None:
    spoil(settled.folder)
    assert words in str(refused(settled))


def test_a_programme_that_is_not_there_is_told_with_those_that_are(settled) -> None:
    settled.set("programmes", "x")
    path = settled.folder / "reachwell.toml"
    path.write_text(path.read_text().replace('programmes = "x"', 'programmes = ["social_prescribng"]'))
    before = settled.everything()
    with pytest.raises(UsageError, match=r"called 'social_prescribng'. There are: social_prescribing") as told:
        settled.night()
    assert told.value.exit_code == 2
    assert settled.everything() == before


def test_every_mistake_of_the_settings_is_told_together(settled) -> None:
    settled.set("link_workers", "many")
    settled.set("ods", "b83001")
    settled.set("nightly", "0 2 * *")
    settled.set("timezone", "Europe/Lundun")
    settled.set("max_bad_rows", 5)
    path = settled.folder / "reachwell.toml"
    path.write_text(path.read_text().replace("max_age_days", "max_age_day"))

    with pytest.raises(FileMistakes) as told:
        Area.load(settled.folder)

    assert told.value.exit_code == 2
    found = "\n".join(told.value.mistakes)
    expected = [
        "practice.1.ods: ",
        "practice.1.link_workers: ",
        "practice.2.ods: ",
        "practice.2.link_workers: ",
        "schedule.nightly: write a cron line of five fields, such as '0 2 * * *'",
        "schedule.timezone: no such time zone",
        "validation.max_bad_rows: should be less than or equal to 1",
        "validation.max_age_day: is not a known setting",
    ]
    assert [words for words in expected if words not in found] == []
    assert len(told.value.mistakes) == len(expected)
    assert str(told.value).endswith("8 mistakes in reachwell.toml. Nothing was changed.")


def practice_twice(folder: Path) -> None:
    path = folder / "reachwell.toml"
    path.write_text(path.read_text().replace("B83017", "B83001"))


SETTINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "not there": (lambda folder: (folder / "reachwell.toml").unlink(), "reachwell.toml is not there"),
    "empty": (lambda folder: (folder / "reachwell.toml").write_text(""), "area: is missing"),
    "not TOML": (lambda folder: (folder / "reachwell.toml").write_text("area: x"), "is not TOML"),
    "not UTF-8": (
        lambda folder: (folder / "reachwell.toml").write_bytes('[area]\nname = "Zoë"\n'.encode("cp1252")),
        "is not UTF-8 text; save it as UTF-8",
    ),
    "a practice twice": (practice_twice, "practice B83001 is listed more than once"),
}


@pytest.mark.parametrize(("spoil", "words"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_cannot_be_used_are_told_in_one_message(
    town, spoil: Callable[[Path], object], words: str
) -> None:
    spoil(town.folder)
    with pytest.raises(UsageError) as told:
        Area.load(town.folder)
    assert told.value.exit_code == 2
    assert words in str(told.value)


def test_a_practice_needs_a_place(town) -> None:
    # An empty one would be read as the folder that the command happens to be started in.
    path = town.folder / "reachwell.toml"
    path.write_text(path.read_text().replace(f'"{town.place("B83001")}"', '""'))
    with pytest.raises(FileMistakes, match=r"practice\.1\.from: "):
        Area.load(town.folder)


def test_a_setting_that_no_feature_has_is_a_mistake(settled) -> None:
    path = settled.folder / "reachwell.toml"
    path.write_text(path.read_text() + "\n[setting]\npam_level_4_form = 72.5\n")
    assert "pam_level_4_from" in str(refused(settled))


def test_a_code_list_with_mistakes_is_told_and_changes_nothing(settled) -> None:
    (settled.folder / "sql" / "codelists" / "pam.csv").write_text(
        "code,system,term\n962851000000104,snomed,Level\n925431000000109,snomd,Score\n925431000000109,snomed,\n"
    )
    before = settled.kept()
    outcome = settled.night(lists=False)
    assert outcome.exit_code == 2
    message = outcome.fates["B83001"].detail
    for words in (
        "pam.csv: line 2: '962851000000104' is no SNOMED CT code",
        "pam.csv: line 3: system 'snomd' is none of",
        "pam.csv: line 4: code or term is empty",
        "3 mistakes in pam.csv",
    ):
        assert words in message
    assert settled.kept() == before


def test_mistakes_of_names_and_numbers_are_told_beside_those_of_structure(tmp_path: Path) -> None:
    with pytest.raises(FileMistakes) as told:
        read_small(tmp_path, 'pionts = 1\nfeature = "contact_rank"\nat_most = 10\n')
    assert [each.split(": ")[1] for each in told.value.mistakes] == [
        "pionts",
        "at_most",
    ]


def test_a_file_of_a_newer_form_is_told_as_such_and_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("format = 2\nwhatever = true\n", encoding="utf-8")
    with pytest.raises(FileMistakes) as told:
        criteria.read(path, catalogue())
    assert told.value.mistakes == ["is of format 2, and this version of reachwell reads 1. Use a newer reachwell"]


@pytest.mark.parametrize("text", ["format = true\n", 'format = "2"\n', "format = 0\n", "", "rule = 1\n", "[rule]\n",
                                  "rule = [1, 2]\n", "[[rule]]\nid = 3\nfeature = 4\nbands = 5\nall = 6\n",
                                  '[[rule]]\nfeature = "phq9"\nat_least = [1, "a"]\nbands = [1, {}]\n'])  # fmt: skip
def test_whatever_a_file_holds_it_is_told_as_mistakes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileMistakes) as told:
        criteria.read(path, catalogue())
    assert told.value.mistakes
