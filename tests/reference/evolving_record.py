"""An EMIS practice whose raw rows change at random from night to night, told in full or as changes."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from random import Random

from tests.sources.emis_delivery import AGREED, ORGANISATION, emis, patient
from tests.sources.raw_delivery import RawDelivery

Row = dict[str, str]
Rows = dict[str, dict[str, Row]]
DAY = date(2026, 11, 21)
KEYS = {
    "Admin_Patient": "PatientGuid", "Admin_Organisation": "OrganisationGuid", "Admin_UserInRole": "UserInRoleGuid",
    "Agreements_SharingOrganisation": "OrganisationGuid", "Appointment_Session": "AppointmentSessionGuid",
    "Appointment_Slot": "SlotGuid", "CareRecord_Consultation": "ConsultationGuid",
    "CareRecord_Observation": "ObservationGuid", "CareRecord_ObservationReferral": "ObservationGuid",
    "CareRecord_Problem": "ObservationGuid", "Coding_ClinicalCode": "CodeId", "Coding_DrugCode": "CodeId",
    "Prescribing_DrugRecord": "DrugRecordGuid", "Prescribing_IssueRecord": "IssueRecordGuid",
}  # fmt: skip
# Rows of these are never deleted: the format has no column for it.
NEVER_DELETED = {"Admin_Organisation", "Admin_UserInRole", "CareRecord_ObservationReferral", "Coding_ClinicalCode",
                 "Coding_DrugCode", "Agreements_SharingOrganisation"}  # fmt: skip
CHANGING = [name for name in KEYS if name not in ("Admin_Organisation", "Agreements_SharingOrganisation")]
# A change of one of these touches patients of whom nothing is sent.
OF_MANY = ["Coding_ClinicalCode", "Coding_DrugCode", "Appointment_Session", "Admin_UserInRole"]


class EvolvingRecord:
    """The raw rows as of a night, and as they were the night before."""

    def __init__(self, random: Random) -> None:
        self.random, self.on = random, DAY
        self.gone: set[str] = set()
        self.rows: Rows = {name: {} for name in KEYS}
        self.rows["Admin_Organisation"]["elm tree"] = ORGANISATION
        self.rows["Agreements_SharingOrganisation"]["elm tree"] = AGREED
        # One patient stays, as a practice that has none is refused.
        self.rows["Admin_Patient"]["stays"] = patient("stays")
        self.before: Rows = deepcopy(self.rows)
        for table in CHANGING:
            for _ in range(random.randint(6, 20)):
                self._write(table)

    def next_night(self) -> None:
        """A day passes: rows come, change and go, or are sent again as they were."""
        self.before, self.on = deepcopy(self.rows), self.on + timedelta(days=1)
        for _ in range(self.random.randint(1, 5)):
            table = self.random.choice([*CHANGING, *OF_MANY * 3])
            if table in NEVER_DELETED or self.random.random() < 0.7 or not self.rows[table]:
                self._write(table)
            else:
                self._delete(table, self.random.choice(sorted(self.rows[table])))

    def full(self, folder: Path) -> RawDelivery:
        """All rows as of the night."""
        told = {table: list(rows.values()) for table, rows in self.rows.items()}
        return emis("5.4").deliver(folder, told, extracted_on=self.on)

    def changes(self, folder: Path) -> RawDelivery:
        """What the night changed, as EMIS tells it, and some rows that it did not."""
        told = {table: list(self._changes_of(table)) for table in KEYS}
        return emis("5.4").deliver(folder, told, is_delta=True, extracted_on=self.on)

    def _changes_of(self, table: str) -> Iterable[Row]:
        for key, row in self.rows[table].items():
            if self.before[table].get(key) != row or self.random.random() < 0.1:
                yield row
        gone = self.before[table].keys() - self.rows[table].keys()
        patients = self.before["Admin_Patient"].keys() - self.rows["Admin_Patient"].keys()
        for key in sorted(gone):
            # A patient who is deleted comes without the deletions of what is theirs.
            if table == "Admin_Patient" or self.before[table][key].get("PatientGuid") not in patients:
                yield {KEYS[table]: key, "Deleted": "true"}

    def _delete(self, table: str, key: str) -> None:
        if key == "stays":
            return
        del self.rows[table][key]
        if table == "Admin_Patient":
            # Nobody comes back under the same id: of the old rows then nobody would tell.
            self.gone.add(key)
            for rows in self.rows.values():
                for each in [each for each, row in rows.items() if row.get("PatientGuid") == key]:
                    del rows[each]

    def _write(self, table: str) -> None:
        """A new row, or one that is there with other cells."""
        draw = self.random
        row = {name: cell for name, cell in self._cells(table).items() if cell}
        number = draw.randint(1, 14 if table == "CareRecord_Observation" else 6)
        key = row.setdefault(KEYS[table], f"{table[-3:].lower()}{number}")
        if key in self.gone:
            return
        self.rows[table][key] = row

    def _cells(self, table: str) -> Row:
        draw = self.random
        whose = draw.choice([*(f"ent{number}" for number in range(1, 9)), "nobody"])
        day = str(self.on - timedelta(days=draw.choice([*[0, 1, 5, 40, 400, 4000] * 6, -1, -2])))
        flag = draw.choice(["", "", "", "false", "true"])
        mine: Row = {
            "PatientGuid": whose, "EffectiveDate": day, "EnteredDate": draw.choice(["", day]),
            "EffectiveDatePrecision": draw.choice(["", "YMD", "YMDT", "Y", "U"]), "IsConfidential": flag,
        }  # fmt: skip
        code, drug = draw.choice(["1", "2", "3", "9", ""]), draw.choice(["11", "12", ""])
        return {
            "Admin_Patient": {
                "OrganisationGuid": "elm tree", "Sex": draw.choice("FMU"), "DateOfBirth": "1950-03-14",
                "DateOfRegistration": "2012-05-01",
                "PatientTypeDescription": draw.choice(["Regular"] * 5 + ["Private"]),
                "DateOfDeactivation": draw.choice(["", "", "", day]), "SpineSensitive": draw.choice(["", "", flag]),
            },
            "Admin_UserInRole": {"JobCategoryName": draw.choice(["GP", "Practice Nurse", ""])},
            "Appointment_Session": {"SessionTypeDescription": draw.choice(["Nurse", "GP telephone", "Video"])},
            "Appointment_Slot": {
                "PatientGuid": draw.choice([whose, whose, ""]), "AppointmentDate": day,
                "LeftTime": draw.choice(["", "10:00:00"]), "DidNotAttend": flag,
                "SessionGuid": f"ion{draw.randint(1, 6)}",
            },
            "CareRecord_Consultation": {
                **mine, "ConsultationSourceTerm": draw.choice(["GP Surgery", "Home visit", "Administration note", ""]),
                "ClinicianUserInRoleGuid": f"ole{draw.randint(1, 6)}",
            },
            "CareRecord_Observation": {**mine, "CodeId": code, "Value": draw.choice(["", "5", "145/92"])},
            "CareRecord_ObservationReferral": {
                "ObservationGuid": f"ion{draw.randint(1, 14)}", "PatientGuid": whose, "ReferralReasonCodeId": code,
            },
            "CareRecord_Problem": {
                "ObservationGuid": f"ion{draw.randint(1, 14)}", "PatientGuid": whose,
                "ProblemStatusDescription": draw.choice(["Past Problem", "Active"]),
            },
            "Coding_ClinicalCode": {
                "CodeId": draw.choice("123"), "ReadTermId": draw.choice(["H33", "XY", "EMISNQ1"]),
                "SnomedCTConceptId": draw.choice(["195967001", "38341003", ""]),
            },
            "Coding_DrugCode": {"CodeId": draw.choice(["11", "12"]), "Term": draw.choice(["Sertraline", "Lithium"])},
            "Prescribing_DrugRecord": {**mine, "CodeId": drug},
            "Prescribing_IssueRecord": {
                **mine, "CodeId": drug, "DrugRecordGuid": f"ord{draw.randint(1, 6)}",
                "EstimatedNhsCost": draw.choice(["", "1.25", "x"]),
            },
        }[table]  # fmt: skip
