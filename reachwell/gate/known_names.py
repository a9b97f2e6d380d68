"""Known names: frequent given names and surnames, and what medicine calls after people.

Sources: the Office for National Statistics' lists of the most frequent given names and surnames. Surnames
that are words or colours ("White", "Wood") are left out, as a record has them without any name.
"""

GIVEN = (
    "Aaron|Abdul|Abigail|Adam|Adrian|Agnieszka|Ahmed|Aisha|Alan|Albert|Alexander|Alexandra|Alfred|Alice|Alison|Amanda|"
    "Amelia|Andrea|Andrew|Andrzej|Angela|Anita|Anna|Anne|Annie|Anthony|Arthur|Ashley|Audrey|Barbara|Barry|Beatrice|"
    "Benjamin|Bernard|Betty|Beryl|Beverley|Brenda|Brian|Carol|Caroline|Catherine|Charles|Charlotte|Cheryl|Chloe|"
    "Christine|Christopher|Claire|Clare|Colin|Craig|Cynthia|Daniel|Darren|David|Deborah|Dennis|Derek|Diane|Donald|Donna|"
    "Doreen|Dorothy|Douglas|Edith|Edward|Eileen|Elaine|Eleanor|Elizabeth|Ellen|Emily|Emma|Eric|Ernest|Ethel|Evelyn|Fatima|"
    "Fiona|Florence|Frederick|Gareth|Gary|Geoffrey|George|Gerald|Gillian|Gladys|Glenn|Gordon|Graham|Hannah|Harold|Harry|"
    "Hazel|Heather|Helen|Henry|Hilda|Hussein|Ian|Ibrahim|Imran|Irene|Isabella|Jacqueline|James|Jamie|Jane|Janet|Janice|"
    "Jason|Jean|Jeffrey|Jennifer|Jessica|Joan|Joanna|Joanne|John|Jonathan|Joseph|Joshua|Joyce|Judith|Julia|Julie|Karen|"
    "Katarzyna|Katherine|Kathleen|Keith|Kelly|Kenneth|Kevin|Khalid|Kimberley|Krzysztof|Laura|Lauren|Lawrence|Leonard|"
    "Leslie|Lilian|Linda|Lisa|Lorraine|Louise|Lucy|Lynn|Malcolm|Margaret|Maria|Marian|Marie|Marion|Marjorie|Martin|Mary|"
    "Matthew|Maureen|Mavis|Melanie|Michael|Michelle|Mohamed|Mohammad|Mohammed|Muhammad|Muriel|Nadia|Natalie|Neil|"
    "Nicholas|Nicola|Nigel|Norman|Oliver|Olivia|Pamela|Patricia|Patrick|Paul|Paula|Pauline|Peter|Philip|Phyllis|Piotr|"
    "Priya|Rachel|Rajesh|Raymond|Rebecca|Reginald|Richard|Robert|Roger|Ronald|Ruth|Sally|Samantha|Samuel|Sandra|Sarah|"
    "Sean|Sharon|Sheila|Shirley|Simon|Sophie|Stanley|Stephanie|Stephen|Steven|Stuart|Sunita|Susan|Suzanne|Sylvia|Teresa|"
    "Terence|Thomas|Timothy|Tracey|Trevor|Valerie|Vera|Veronica|Vincent|Wendy|William|Winifred|Yasmin|Yusuf|Yvonne|Zainab|"
    "Zoe|Zoë"
)
SURNAMES = (
    "Adams|Ahmed|Akhtar|Alexander|Ali|Allen|Anderson|Andrews|Armstrong|Atkinson|Bailey|Barker|Barnes|Barrett|Begum|Bennett|"
    "Bibi|Booth|Bradley|Brooks|Burton|Campbell|Carr|Carter|Chambers|Chapman|Clark|Clarke|Collins|Cooper|Cunningham|Davies|"
    "Davis|Dawson|Dixon|Edwards|Elliott|Ellis|Evans|Fletcher|Foster|Gibson|Gill|Gordon|Graham|Griffiths|Hamilton|"
    "Harris|Harrison|Harvey|Henderson|Holmes|Hudson|Hughes|Hunt|Hunter|Hussain|Hussein|Jackson|Jenkins|Johnson|"
    "Johnston|Jones|Kaur|Kelly|Kennedy|Khan|Lawrence|Lawson|Lewis|Lloyd|Macdonald|Mahmood|Marshall|Matthews|McDonald|"
    "Mistry|Mitchell|Moore|Morgan|Morris|Murphy|Murray|Nowak|O'Brien|Owen|Palmer|Parker|Parsons|Patel|Pearson|Phillips|"
    "Powell|Reid|Reynolds|Richards|Richardson|Roberts|Robertson|Robinson|Rogers|Russell|Ryan|Saunders|Scott|Shah|"
    "Sharma|Shaw|Simpson|Singh|Smith|Spencer|Stevens|Stewart|Taylor|Thomas|Thompson|Thomson|Turner|Walker|Walsh|Watson|"
    "Watts|Webb|Wilkinson|Williams|Williamson|Wilson|Wright"
)
EPONYMS = (
    "Alexander (?:Technique|Disease)|Alice Springs|Anthony Nolan|Arthur Rank|Charles Bonnet|Douglas Pouch|"
    "Edward Jenner|Florence Nightingale|Gordon Holmes|Helen House|James Lind|Jean Piaget|John Hopkins|John Radcliffe|"
    "Katharine House|Kelly Clamp|Leonard Cheshire|Marie Curie|Marie Stopes|Mary Rose|Mary Seacole|Mary Stevens|"
    "Paul Bunnell|Patrick Test|Robert Jones|Ruth Griffiths|Simon Broome|Terence Higgins|Thomas Kilmann|Thomas Splint|"
    "Thomas Test"
)
