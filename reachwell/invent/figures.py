"""Published figures that invented practices are made to fit, each with where it was read.

Shares are of 1, rates a person and year. What no source gives is called a guess where it stands in the other modules.
"""

# ONS, Census 2021, England: per cent of people by band of five years of age, the last one 90 and over.
AGE_BANDS = (5.4, 5.9, 6.0, 5.7, 6.0, 6.5, 7.0, 6.7, 6.3, 6.4, 6.9, 6.8, 5.8, 4.9, 5.0, 3.6, 2.5, 1.5, 0.9)
WOMEN = 0.51
# ONS, deaths registered in England and Wales, 2019: 530,841 of 59.4 m people.
DEATHS_A_YEAR = 0.0089

# Greater Manchester, practices that use EMIS, 2.5 m people: share ever coded.
EVER_CODED = {
    "hypertension": 0.133, "asthma": 0.127, "type 2 diabetes": 0.0567, "COPD": 0.021,
    "coronary heart disease": 0.028, "stroke": 0.012, "heart failure": 0.0106, "atrial fibrillation": 0.0165,
    "chronic kidney disease": 0.032, "epilepsy": 0.012, "dementia": 0.0099, "serious mental illness": 0.012,
    "depression": 0.227, "anxiety": 0.217, "end of life": 0.0046, "social prescribing referral": 0.035,
    "carer": 0.038,
}  # fmt: skip

# Cassell 2018, Clinical Practice Research Datalink: adults with two of 36 conditions or more, and their share of GP
# consultations.
MULTIMORBID_ADULTS, MULTIMORBID_CONSULTATIONS = 0.272, 0.529
# Hobbs 2016, the same source, 2013-14: highest under 5 and over 85, higher in women.
CONSULTATIONS = 5.16
# Kontopantelis 2021, the same source, 2018-19: of face-to-face GP consultations, the share of the tenth who come most.
TOP_TENTH_CONSULTATIONS = 0.43
# Smits 2009: of 3,045 frequent attenders of a year, 470 were so for three. Frequent: a tenth, by sex and age.
PERSISTENT_ATTENDERS = 0.154
# Seven practices in Bristol, BJGP Open 2020: of the 3% of adults who came most to GPs in six months, those who came
# less in the next six.
FALL_BACK = 0.793

# Islington, people with long-term conditions: levels 1 to 4 of patient activation, and contacts a year.
PAM_LEVELS = (0.220, 0.190, 0.456, 0.133)
PAM_CONTACTS = (10.5, 8.9, 8.2, 7.5)
# The same: forms that came back of those that were sent.
PAM_RETURNED = 12_270 / 35_000

# Living alone, people over 65, women and men; and of all people. The source is not named where we have it from.
ALONE_WOMEN, ALONE_MEN, ALONE = 0.409, 0.270, 0.125
# Of older people whose living status is known, those of whom it was recorded in the last five years.
LIVING_STATUS_FRESH = 0.35
# Dreyer 2018, a practice in London: odds of an emergency attendance, over 64, living alone against living with others.
ALONE_EMERGENCIES = 1.5
# HSCIC, Hospital Episode Statistics 2014-15: 19.6 m attendances, 4.0 m of them admitted; 15.8% on Mondays.
# ONS: 54.3 m people in England in mid-2014.
EMERGENCIES, ADMISSIONS, EMERGENCIES_ON_MONDAY = 19.6 / 54.3, 4.0 / 54.3, 0.158

# England: net cost of medicines a head and week, and an item, in pounds.
MEDICINES_A_WEEK, MEDICINES_AN_ITEM = 3.30, 9.01
# NHSBSA, Medicines Used in Mental Health 2024/25: 8.89 m people; ONS: 57.7 m people in England in mid-2023.
ANTIDEPRESSANTS = 8.89 / 57.7
