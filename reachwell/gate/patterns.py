"""Patterns: what postcodes, phone numbers, e-mail addresses and names look like in text, as regular expressions (RE2).

Sources: the postcode areas and the letters of the second half, Royal Mail's Programmers' Guide; telephone numbers,
Ofcom's National Telephone Numbering Plan; given names, the Office for National Statistics' lists of the most
frequent ones.
"""

_AREAS = (
    "AB|AL|B|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|BX|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|"
    "FY|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|"
    "NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|"
    "WD|WF|WN|WR|WS|WV|YO|ZE"
)
_SECOND_HALF = "[0-9][ABD-HJLNP-UW-Z]{2}"
# "L5 1st" is no postcode.
ORDINAL = r"\b[0-9](st|nd|rd|th)\b"
POSTCODE = rf"(?i)\b({_AREAS})[0-9][0-9A-HJKMNPR-Y]?\s+{_SECOND_HALF}\b"
# Written as one word it may be a Read or CTV3 code, where there are codes.
POSTCODE_IN_ONE = rf"\b({_AREAS})[0-9][0-9A-HJKMNPR-Y]?{_SECOND_HALF}\b"

EMAIL = r"[^\s@,;:<>]+@[^\s@,;:<>]+\.[A-Za-z]{2,}"

_GAP = r"[ \x{00A0}-]?"
PHONE = (
    rf"(?:^|[^0-9A-Za-z.,/-])(?:(?:\+44|0044){_GAP}(?:\(0\){_GAP})?|\(?0)"
    rf"[1-37][0-9]{{1,4}}\)?{_GAP}[0-9]{{3,4}}{_GAP}[0-9]{{3,4}}(?:$|[^0-9A-Za-z])"
)
# A number of digits alone is an id where there are ids.
PHONE_IN_ONE = r"^0[1-37][0-9]{8,9}$"

_GIVEN_NAMES = (
    "Aaron|Abdul|Abigail|Adam|Adrian|Agnieszka|Ahmed|Aisha|Alan|Albert|Alexander|Alexandra|Alfred|Alice|Alison|Amanda|"
    "Amelia|Andrea|Andrew|Andrzej|Angela|Anita|Anna|Anne|Annie|Anthony|Arthur|Ashley|Audrey|Barbara|Barry|Beatrice|"
    "Benjamin|Bernard|Betty|Beryl|Beverley|Brenda|Brian|Carol|Caroline|Catherine|Charles|Charlotte|Cheryl|Christine|"
    "Christopher|Claire|Clare|Colin|Craig|Cynthia|Daniel|Darren|David|Deborah|Dennis|Derek|Diane|Donald|Donna|Doreen|"
    "Dorothy|Douglas|Edith|Edward|Eileen|Elaine|Eleanor|Elizabeth|Ellen|Emily|Emma|Eric|Ernest|Ethel|Evelyn|Fatima|"
    "Fiona|Florence|Frederick|Gareth|Gary|Geoffrey|George|Gerald|Gillian|Gladys|Glenn|Gordon|Graham|Hannah|Harold|Harry|"
    "Hazel|Heather|Helen|Henry|Hilda|Hussein|Ian|Ibrahim|Imran|Irene|Isabella|Jacqueline|James|Jamie|Jane|Janet|Janice|"
    "Jason|Jean|Jeffrey|Jennifer|Jessica|Joan|Joanna|Joanne|John|Jonathan|Joseph|Joshua|Joyce|Judith|Julia|Julie|Karen|"
    "Katarzyna|Katherine|Kathleen|Keith|Kelly|Kenneth|Kevin|Khalid|Kimberley|Krzysztof|Laura|Lauren|Lawrence|Leonard|"
    "Leslie|Lilian|Linda|Lisa|Lorraine|Louise|Lucy|Lynn|Malcolm|Margaret|Maria|Marian|Marie|Marion|Marjorie|Martin|Mary|"
    "Matthew|Maureen|Mavis|Melanie|Michael|Michelle|Mohamed|Mohammad|Mohammed|Muhammad|Muriel|Nadia|Natalie|Neil|"
    "Nicholas|Nicola|Nigel|Norman|Oliver|Olivia|Pamela|Patricia|Patrick|Paul|Paula|Pauline|Peter|Philip|Phyllis|Piotr|"
    "Priya|Rachel|Rajesh|Raymond|Rebecca|Reginald|Richard|Robert|Roger|Ronald|Ruth|Sally|Samantha|Samuel|Sandra|Sarah|"
    "Sean|Sharon|Sheila|Shirley|Simon|Sophie|Stanley|Stephanie|Stephen|Steven|Stuart|Sunita|Susan|Suzanne|Sylvia|Teresa|"
    "Terence|Thomas|Timothy|Tracey|Trevor|Valerie|Vera|Veronica|Vincent|Wendy|William|Winifred|Yasmin|Yusuf|Yvonne|Zainab"
)
_CAPITALISED = r"\p{Lu}[\p{L}'’-]*\p{Ll}"
_KIN = "wife|husband|son|daughter|mother|father|mum|dad|partner|neighbour|carer|friend|sister|brother"
GIVEN_NAME = rf"^({_GIVEN_NAMES})\b"
NAME = (
    rf"\b(Mr|Mrs|Ms|Miss|Mx)\.?\s+{_CAPITALISED}"
    rf"|\b({_KIN}),?\s+(is\s+)?(called\s+|named\s+)?{_CAPITALISED}"
    rf"|\b({_GIVEN_NAMES})\s+{_CAPITALISED}"
)
