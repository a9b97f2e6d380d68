"""What is prescribed: for what, to which share, and at what price.

Shares are guesses, set so that a head's items and pounds a week come to England's mean. Prices are in pence an issue,
about those of the Drug Tariff.
"""

from typing import NamedTuple


class Product(NamedTuple):
    """A product: `share` of those with a condition take it, or of all adults as they grow old where it is ""."""

    name: str
    condition: str
    share: float
    pence: int


# By condition, "" for what belongs to none: name, share, pence.
_TAKEN = {
    "hypertension": [
        ("Amlodipine 5mg tablets", 0.45, 110), ("Ramipril 5mg capsules", 0.45, 140),
        ("Indapamide 2.5mg tablets", 0.2, 130), ("Losartan 50mg tablets", 0.25, 150),
    ],
    "type 2 diabetes": [
        ("Metformin 500mg tablets", 0.75, 250), ("Gliclazide 80mg tablets", 0.25, 140),
        ("Empagliflozin 10mg tablets", 0.25, 3650), ("Semaglutide 1mg pens", 0.1, 7300),
        ("Insulin glargine pens", 0.14, 4900), ("Atorvastatin 40mg tablets", 0.6, 160),
    ],
    "type 1 diabetes": [
        ("Insulin glargine pens", 0.9, 4900), ("Glucose testing strips", 0.9, 2500),
        ("Insulin aspart pens", 0.9, 3000), ("Glucose sensors", 0.6, 7000),
    ],
    "asthma": [("Salbutamol inhaler", 0.45, 240), ("Beclometasone and formoterol inhaler", 0.4, 3000)],
    "COPD": [("Salbutamol inhaler", 0.7, 240), ("Tiotropium capsules", 0.6, 4400)],
    "coronary heart disease": [
        ("Bisoprolol 2.5mg tablets", 0.6, 120), ("Atorvastatin 20mg tablets", 0.8, 150),
        ("Aspirin 75mg tablets", 0.7, 110), ("Isosorbide mononitrate tablets", 0.2, 350),
    ],
    "atrial fibrillation": [("Apixaban 5mg tablets", 0.8, 4400), ("Bisoprolol 5mg tablets", 0.6, 120)],
    "stroke": [("Clopidogrel 75mg tablets", 0.7, 150), ("Atorvastatin 80mg tablets", 0.7, 210)],
    "heart failure": [
        ("Furosemide 40mg tablets", 0.75, 100), ("Eplerenone 25mg tablets", 0.3, 400),
        ("Sacubitril and valsartan tablets", 0.15, 9100), ("Dapagliflozin 10mg tablets", 0.4, 3650),
    ],
    "chronic kidney disease": [("Dapagliflozin 10mg tablets", 0.2, 3650)],
    "epilepsy": [("Levetiracetam 500mg tablets", 0.5, 700), ("Lamotrigine 100mg tablets", 0.3, 300)],
    "dementia": [("Donepezil 10mg tablets", 0.3, 160)],
    "osteoporosis": [("Alendronic acid 70mg tablets", 0.5, 120)],
    "rheumatoid arthritis": [("Methotrexate 2.5mg tablets", 0.4, 400)],
    "serious mental illness": [
        ("Lithium carbonate 400mg tablets", 0.06, 480), ("Quetiapine 100mg tablets", 0.3, 400),
    ],
    "depression": [
        ("Sertraline 50mg tablets", 0.06, 160), ("Citalopram 20mg tablets", 0.03, 120),
        ("Fluoxetine 20mg capsules", 0.03, 130), ("Mirtazapine 15mg tablets", 0.03, 160),
    ],
    "anxiety": [("Propranolol 40mg tablets", 0.05, 180), ("Diazepam 2mg tablets", 0.01, 90)],
    "": [
        ("Buprenorphine patches", 0.012, 3500), ("Mesalazine 400mg tablets", 0.01, 4200),
        ("Brinzolamide eye drops", 0.01, 900), ("Omeprazole 20mg capsules", 0.2, 140),
        ("Levothyroxine 50mcg tablets", 0.08, 160), ("Paracetamol 500mg tablets", 0.09, 220),
        ("Colecalciferol 800unit capsules", 0.08, 360), ("Simvastatin 40mg tablets", 0.08, 130),
        ("Folic acid 5mg tablets", 0.04, 110), ("Amitriptyline 10mg tablets", 0.05, 110),
        ("Gabapentin 300mg capsules", 0.04, 350), ("Macrogol powder sachets", 0.06, 450),
        ("Emollient cream", 0.07, 900), ("Allopurinol 100mg tablets", 0.03, 120),
        ("Tamsulosin 400mcg capsules", 0.04, 130), ("Latanoprost eye drops", 0.03, 200),
        ("Co-codamol 30mg tablets", 0.055, 350), ("Oxycodone 10mg tablets", 0.015, 3900),
        ("Ensure milkshake", 0.012, 9900), ("Estradiol patches", 0.03, 900), ("Continence appliances", 0.028, 9000),
    ],
}  # fmt: skip
REPEATS = [
    Product(name, condition, share, pence) for condition, products in _TAKEN.items() for name, share, pence in products
]
# For what passes: the share of attended GP contacts at which one of them is issued, and their names and pence.
ACUTE_SHARE = 0.25
ACUTE = [
    ("Amoxicillin 500mg capsules", 130), ("Flucloxacillin 500mg capsules", 210), ("Nitrofurantoin capsules", 900),
    ("Prednisolone 5mg tablets", 120), ("Naproxen 500mg tablets", 160), ("Hydrocortisone cream", 220),
    ("Codeine 15mg tablets", 130), ("Fluticasone nasal spray", 300), ("Chloramphenicol eye drops", 180),
]  # fmt: skip
