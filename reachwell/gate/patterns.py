"""Patterns: what tells who somebody is when it stands in a text, as regular expressions (RE2).

Sources: the postcode areas and the letters of the second half, Royal Mail's Programmers' Guide; telephone numbers,
Ofcom's National Telephone Numbering Plan.
"""

from reachwell.gate.known_names import EPONYMS, GIVEN, SURNAMES

# Stands between the cells of a row that is looked at as one text.
BETWEEN = r"\x1f"
_BEGIN, _END = rf"(?:^|{BETWEEN})", rf"(?:$|{BETWEEN})"
_SPACE = r"[\s\x{00A0}]"

_AREAS = (
    "AB|AL|B|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|BX|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|"
    "FY|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|"
    "NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|"
    "WD|WF|WN|WR|WS|WV|YO|ZE"
)
_FIRST_HALF = rf"(?:(?:{_AREAS})[0-9][0-9A-HJKMNPR-Y]?|GIR)"
_SECOND_HALF = "[0-9][ABD-HJLNP-UW-Z]{2}"
# "L5 1st" is no postcode, nor are "vitamin B12 1BD" and "B1 2TDS".
NO_POSTCODE = r"(?i)\b[0-9](?:st|nd|rd|th)\b|\bB(?:1|2|3|6|12)\s+[0-9](?:BD|TD|OD|QD)S?\b"
POSTCODE = rf"(?i:\b{_FIRST_HALF}{_SPACE}+{_SECOND_HALF}\b)"
# Written as one word it may be a Read or CTV3 code, where there are codes.
POSTCODE_IN_ONE = rf"\b{_FIRST_HALF}{_SECOND_HALF}\b"

EMAIL = r"[^\s@,;:<>\x1f]+@[^\s@,;:<>\x1f]+\.[A-Za-z]{2,}"

_GAP = r"[ \x{00A0}-]?"
# The last alternatives keep out the ids of rows that begin so and go on.
PHONE = (
    rf"(?:^|[^0-9A-Za-z.,/-]|[^0-9],)(?:(?:\+44|0044){_GAP}(?:\(0\){_GAP})?|\(?0)"
    rf"[1-37][0-9]{{1,4}}\)?{_GAP}[0-9]{{3,4}}{_GAP}[0-9]{{3,4}}(?:$|[^0-9A-Za-z-]|-[^0-9A-Fa-f])"
)
# A number of digits alone is an id where there are ids.
PHONE_IN_ONE = rf"{_BEGIN}0[1-37][0-9]{{8,9}}{_END}"

_CAPITALISED = r"\p{Lu}[\p{L}'’-]*\p{Ll}"
_KIN = "wife|husband|son|daughter|mother|father|mum|dad|partner|neighbour|carer|friend|sister|brother"
NAME = (
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx)\.?\s+{_CAPITALISED}"
    rf"|\b(?:{_KIN}|[Pp]atient|[Pp]t),?\s+(?:is\s+)?(?:called|named)\s+{_CAPITALISED}"
    rf"|\b(?:{_KIN}),?\s+(?:{GIVEN})(?:$|\P{{L}})"
    rf"|\b(?:{GIVEN})\s+{_CAPITALISED}"
    rf"|\b\p{{Lu}}[\p{{L}}'’-]+,\s*(?:{GIVEN})(?:$|\P{{L}})"
)
# What is called after somebody, and is no patient: it is taken out before names are looked for.
EPONYM = rf"\b(?:{EPONYMS})\b"
# Of a column without a known meaning: a cell that begins with a given name, or is a surname.
WHOLE_NAME = rf"{_BEGIN}(?:(?:{GIVEN})\b|(?i:{SURNAMES}){_END})"

_STREETS = "Street|Road|Rd|Avenue|Ave|Lane|Close|Drive|Crescent|Gardens|Terrace|Court|Grove|Way|Place|Square|Mews|Row"
ADDRESS = rf"\b[0-9]{{1,4}}[A-Za-z]?,?\s+(?:{_CAPITALISED}\s+){{1,3}}(?:{_STREETS})\b"

_DAY = r"[0-3]?[0-9](?:[/. -][01]?[0-9][/. -]|(?:st|nd|rd|th)?\s+[A-Za-z]{3,9}\s+)(?:19|20)?[0-9]{2}"
BIRTH_DATE = (
    rf"(?i:\b(?:d\.?o\.?b\.?|born(?:\s+on)?|date\s+of\s+birth)[:\s]+(?:{_DAY}|[12][0-9]{{3}}-[01][0-9]-[0-3][0-9])\b)"
)

# What no row is without that holds anything of the above, or an NHS number beside text: one plain pattern, as a row is
# passed over in a fifth of the time that they all would take.
_WIDE_GAP = r"\x{00A0}\x{2007}\x{2009}\x{202F}\x{2010}-\x{2015}"
SUSPICIOUS = "|".join(
    (
        rf"@|[０-９]|[0-9)][{_WIDE_GAP}]+[0-9]",
        rf"(?:[0-9][A-Za-z]?|(?i:GIR))[\s{_WIDE_GAP}]+(?i:{_SECOND_HALF})\b|\b[A-Z]{{1,3}}[0-9]?[0-9A-Z]?{_SECOND_HALF}\b",
        r"\+44|\(0|\b0044|[^0-9A-Za-z.,/-]0[1-37][0-9]{1,2}[0-9 )-]|[^0-9],0[1-37]",
        r"[0-9]{3}[ ./_-]{1,2}[0-9]{3}[ ./_-]{1,2}[0-9]{4}",
        r"[^0-9A-Za-z.\x1f][0-9]{10}(?:\b|_)|(?:\b|_)[0-9]{10}[^0-9A-Za-z\x1f]|(?i:nhs|no)\.?[0-9]{10}",
        r"(?i:\b(?:d\.?o\.?b|born|birth))",
        rf"\b(?:{_STREETS})\b",
        r"\b(?:Mr|Mrs|Ms|Miss|Mx)\b|(?:called|named)\s",
        rf"\b(?:{GIVEN})|\x1f(?i:{SURNAMES})(?:\x1f|$)",
    )
)
