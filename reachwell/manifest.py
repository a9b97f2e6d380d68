"""A delivery's manifest.toml: who sent what, when, under which key and legal basis."""

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reachwell.errors import DeliveryRejected
from reachwell.mistakes import in_words

MANIFEST_FILE = "manifest.toml"
# What a received delivery has beside what was sent: the checksums of its files.
CHECKSUMS = "SHA256SUMS"
ODS_CODE = r"^[A-Z][0-9A-Z]{2,7}$"


class Manifest(BaseModel):
    """What a delivery says of itself; a delivery without one is rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practice: Annotated[str, Field(description="the practice's ODS code", pattern=ODS_CODE)]
    format: Annotated[str, Field(description="a file name in sql/sources", min_length=1)]
    version: Annotated[str, Field(description="the format's version")] = ""
    kind: Annotated[Literal["full", "delta"], Field(description="a full extract, or changes")]
    extracted_on: Annotated[date, Field(description="the day the extract speaks for")]
    changes_since: Annotated[date | None, Field(description="of a delta: the day of the extract it continues")] = None
    covers_from: Annotated[date, Field(description="no contact or medicine before this day is in it")]
    migrated_on: Annotated[date | None, Field(description="the day the practice changed its system, if it did")] = None
    key_id: Annotated[str, Field(description="the id of the pseudonymisation key", min_length=1)]
    national_data_opt_out: Literal["applied", "not_applied", "not_required"]
    legal_basis: Annotated[str, Field(description="as stated by the controller", min_length=1)]
    invented: Annotated[bool, Field(description="true only for invented people")] = False


def as_toml(manifest: Manifest) -> str:
    """A manifest as it is written in a delivery; what is not set is left out."""
    lines = []
    for name, value in manifest.model_dump(exclude_defaults=True).items():
        # A JSON string is a TOML string too.
        told = str(value).lower() if isinstance(value, bool) else str(value)
        lines.append(f"{name} = {json.dumps(value, ensure_ascii=False) if isinstance(value, str) else told}\n")
    return "".join(lines)


def read(delivery: Path, **given: str) -> Manifest:
    """Read a delivery's manifest; DeliveryRejected says what is wrong with it. given: what it does not say yet."""
    path = delivery / MANIFEST_FILE
    where = f"delivery {delivery.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DeliveryRejected(
            f"{where} has no {MANIFEST_FILE}, so nothing says whose extract it is. Send it again with one."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise DeliveryRejected(f"{where}: {MANIFEST_FILE} cannot be read as UTF-8 text. Send it again.") from None
    try:
        manifest = Manifest.model_validate({**given, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise DeliveryRejected(f"{where}: {MANIFEST_FILE} is not TOML: {error}. Send it again.") from None
    except ValidationError as error:
        mistakes = "; ".join(in_words(error, names=Manifest.model_fields))
        raise DeliveryRejected(f"{where}: {MANIFEST_FILE}: {mistakes}. Correct it and send it again.") from None
    if manifest.covers_from > manifest.extracted_on:
        raise DeliveryRejected(
            f"{where}: {MANIFEST_FILE}: covers_from {manifest.covers_from} is after extracted_on "
            f"{manifest.extracted_on}. Correct it and send it again."
        )
    if told := _of_kind(manifest):
        raise DeliveryRejected(f"{where}: {MANIFEST_FILE}: {told}. Correct it and send it again.")
    return manifest


def _of_kind(manifest: Manifest) -> str:
    since = manifest.changes_since
    if manifest.kind == "full":
        return "changes_since belongs to a delta only" if since else ""
    if since is None:
        return "a delta needs changes_since, the day of the extract whose changes it holds"
    if since >= manifest.extracted_on:
        return f"changes_since {since} is not before extracted_on {manifest.extracted_on}"
    return ""
