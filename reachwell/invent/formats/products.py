"""Products: what an extract says of a medicine besides its name: a code, a form and how many are in a pack."""

from dataclasses import dataclass
from functools import cache

import polars as pl

from reachwell.codelists import is_snomed
from reachwell.invent.formats.row_ids import word
from reachwell.invent.formulary import ACUTE, REPEATS

# What dm+d's codes end with, before the check digit: its namespace, and what kind of thing is named.
_DMD = "100000110"
# By a word of the name: the form, in the singular, and how many are in a pack.
_FORMS = {"tablet": ("tablet", 28), "capsule": ("capsule", 28), "pens": ("pre-filled disposable injection", 5),
          "inhaler": ("dose", 200), "drops": ("ml", 10), "spray": ("dose", 120), "cream": ("gram", 500),
          "sachet": ("sachet", 30), "patch": ("patch", 8), "strips": ("strip", 50), "shake": ("ml", 5600)}  # fmt: skip
_OTHER_FORM = ("unit", 10)
_PRICES = {each.name: each.pence for each in REPEATS} | dict(ACUTE)


@dataclass(frozen=True)
class Product:
    """A medicine: its name, the codes of the product and of a pack (dm+d's VMP and VMPP), form, and units in a pack.

    pence: the price of a pack, or None where it is in no list.
    """

    name: str
    code: str
    pack_code: str
    form: str
    pack: int
    pence: int | None


@cache
def product(name: str, code: str | None = None) -> Product:
    """The product of a name; its codes are invented, past the numbers that dm+d has given out, unless given."""
    form, pack = next((form for part, form in _FORMS.items() if part in name.lower()), _OTHER_FORM)
    return Product(name, code or _invented(name), _invented(f"{name}, pack of {pack}"), form, pack, _PRICES.get(name))


def priced() -> list[Product]:
    """Every product that has a price."""
    return [product(name) for name in sorted(_PRICES)]


def with_products(medicine: pl.DataFrame) -> pl.DataFrame:
    """Issues with the code that each lacks, and with two more columns: form, and quantity, which makes up the cost."""
    names = medicine.select("name", "code").unique().drop_nulls("name")
    found = [(name, code, product(name, code)) for name, code in names.rows()]
    rows = [(name, code, each.code, each.form, each.pack, each.pence) for name, code, each in found]
    schema = dict.fromkeys(("name", "code", "known", "form"), pl.String) | dict.fromkeys(("pack", "pence"), pl.Int64)
    there = pl.DataFrame(rows, schema=schema, orient="row")
    joined = medicine.join(there, on=["name", "code"], how="left", nulls_equal=True, maintain_order="left")
    units = (pl.col("pack") * pl.col("cost_pence") / pl.col("pence")).round().cast(pl.Int64).clip(lower_bound=1)
    return joined.with_columns(code=pl.coalesce("known", "code"), quantity=pl.coalesce(units, "pack")).drop(
        "known", "pack", "pence"
    )


def _invented(text: str) -> str:
    stem = f"9{int(word(text)) % 10**6:06}{_DMD}"
    return next(stem + digit for digit in "0123456789" if is_snomed(stem + digit))
