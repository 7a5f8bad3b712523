"""Single signs of danger, which count together, and talk about work and turns of speech, which count against them."""

from __future__ import annotations

import re

IDIOMS = re.compile(
    r"|".join(
        rf"\b(?:{idiom})\b"
        for idiom in (
            r"(?:kill|killing|killed|kills) (?:me|us)(?! if| unless| when)(?= |$)(?<!will kill me)(?<!to kill me)(?<!killing me he)",
            r"dying (?:to|for) \w+",
            r"(?:rather|would|could|to) die (?:than|for|of|from|laughing)",
            r"(?:shot|shoot|shooting) (?:me|you|us|them|him|her|over) (?:an?|the|over|your|some|your)",
            r"shoot \w+sel(?:f|ves) in the foot",
            r"stab\w* \w+ in the back",
            r"stab in the dark",
            r"(?:hit|hits|hitting) (?:me|us) (?:up|with|back|that|like)",
            r"(?:beat|beats|beating) (?:me|us|them|him|her|my|our) (?:to|at|by|goals?|targets?|records?|competitors?|competition)",
            r"(?:cut|cutting) \w+sel(?:f|ves) (?:some|off|short|out)",
            r"(?:kill|killing) \w+sel(?:f|ves) (?:laughing|trying|over|with work|at work|for)",
            r"(?:kill|killing|burn|burning|cut|hurt) (?:time|bridges|corners|costs?|hours|two birds)",
            r"(?:attack|attacked|attacking|hurt|killed|hit|burned|burnt) (?:me|us|him|her|them) (?:in|on|by) (?:a|an|the|his|"
            r"her|their|my|our|two)? ?"
            r"(?:\w+ )?(?:reviews?|email|forum|google|yelp|linkedin|facebook|article|post|price|fees?|bill|invoice|penalty)",
            r"(?:hurt|cut|burn|burned|burnt|injured) \w+sel(?:f|ves) (?:at|in|on|while|when|playing|running|skiing|jogging|"
            r"cooking|lifting|moving) (?:the |a |my )?"
            r"(?:gym|garden|kitchen|work|yoga|football|tennis|race|slope|holiday|vacation|bike|playing|running|skiing|jogging|"
            r"cooking|shaving|lifting)",
            r"(?:nearly|almost|gave|give|gives|giving|got|like) (?:\w+ ){0,2}?(?:heart attack|stroke)",
            r"stroke of \w+",
            r"heart attack (?:section|page|risk|prevention|patients?|survivors?)",
            r"end of (?:the|this|next|my|our|day|year|month|week|q\d) ?\w*",
            r"not suicidal",
            r"done (?:for (?:today|now|the day)|(?:with|here) (?:today|now)|waiting)(?= |$)",
            r"cant live without (?:your|this|the|my|our|it)",
            r"jump(?:ed|ing|s)? (?:off|on|in|into|onto|from) (?:(?:a|the|our|my|this|that|your) )?(?:\w+ )?(?:call|calls|zoom|"
            r"meeting|webinar|line|phone|session|bandwagon|ship|topic)",
        )
    )
)
# Signs that prove little alone; each kind counts once. Two kinds make a crisis, three in talk about business.
SIGNS = {
    kind: re.compile(rf"\b(?:{words})\b")
    for kind, words in {
        "death": r"die|dies|dying|dei|dead|death|kill\w*|murder\w*|existence|exist|existing|alive|suicid\w*|shooting|"
        r"shoot him|end\w* (?:it|things|my)|unalive",
        "harm": r"self harm\w*|cut (?:really |too |so )?deep|cutting|\w+ing myself|(?:hurt|harm|injur|burn|starv|scratch|"
        r"punch)\w* (?:my|him|her|them)self|relapsed|stop eating|stockpil\w*|hoard\w*|sav\w+ up|hasnt eaten|"
        r"havent eaten",
        "means": r"pills?|tabs|tablets|meds|medication|overdos\w*|insulin|bleach|poison\w*|gun|guns|shotgun|rifle|pistol|"
        r"loaded|knife|scalpel|razor|blade|noose|rope|"
        r"bridge|roof|ledge|balcony|cliff|train|tracks|oncoming|garage|exhaust|carbon monoxide",
        "body": r"numb|chest|throat|unconscious|collapsed|fainted|blood|bleeding|bled out|seizure|stroke|blue|not moving|"
        r"isnt moving|pulse|limp|breath\w*|choking|"
        r"isnt waking|not waking|wont wake|head injury|hit (?:his|her|my) head|stopped responding|slurr\w*|elephant|"
        r"swollen|allergic|anaphyla\w+|contractions|in labor",
        "violence": r"threat\w*|abus\w+|beat(?:s|en|ing)?|hits|hit me|hands around|hiding|broke in|breaking in|intruder|"
        r"stalk\w*|following me|locked me|"
        r"took my phone|wont let (?:me|us)|weapons?|attack\w*|assault\w*|rap(?:e|ed|ing|ist)|stab\w*|strangl\w*|hostage|"
        r"gunman|afraid of (?:him|her)|scared of (?:him|her)",
        "despair": r"cant (?:do|take|stand|bear|handle|cope|go on|keep)|everything hurts|hopeless|worthless|pointless|"
        r"no way out|burden|(?:give|gave|giving) up|pain wins|"
        r"the pain|in pain|unbearable|nothing (?:matters|left|else)|nobody (?:cares|loves)|hates me|hate my(?:self| life)|"
        r"so alone|all alone|empty|dark (?:thoughts|place)|"
        r"want (?:it|this|everything) (?:all )?to (?:stop|end)|(?:so|am|i am) done|dont want|keeping me here|"
        r"lost the will|no future|cant stop crying|numb inside|"
        r"cant promise|not sure i can|fantasi\w+|make it through|end of my rope|sick of (?:life|living|everything)|"
        r"no one would|thought of nothing|without me|people like me|fail\w* at (?:life|everything)",
        "leaving": r"goodbyes?|bye|farewell|tell my \w+ (?:that )?i love|love you all|read this|will be gone|be gone|"
        r"gone soon|last (?:message|words|time)|my (?:will|note)|"
        r"note already|written (?:my|a|the) note|sorry for everything|forgive me|not (?:picking up|answering)|"
        r"stopped answering|take care of my|find (?:me|my body)",
        "somebody": r"(?:client|patient|friend|son|daughter|husband|wife|teen|partner|brother|sister|mother|father|dad|mom|"
        r"colleague|caller|gf|bf|he|she) (?:\w+ ){0,4}?"
        r"(?:suicid\w+|overdos\w*|self harm|disclosed|texted|says|said|isnt|wont|driving|on the)",
    }.items()
}
# Two different words of despair, of the body or of violence are two signs.
TWICE = {"despair": 2, "body": 2, "violence": 2}
URGENT = re.compile(r"\b(?:tonight|right now|2nite|tonite|please help|plz help|help me|this weekend|today|now|anymore|no more)\b")
BUSINESS = re.compile(
    r"\b(?:invoices?|calendar|website|site|page|billing|bills?|programmes?|programs?|courses?|logo|market\w*|ads?|"
    r"newsletters?|subscription|renew\w*|"
    r"plan|account|consult\w*|calls?|slots?|book\w*|referrals?|practice|practices|pitch|agency|platform|clinic|"
    r"groups?|class|training|workshops?|"
    r"webinars?|polic(?:y|ies)|templates?|script|hours|insurance|reviews?|deadline|date|upsells?|payment|assistant|"
    r"emails?|inbox|video|sessions?|number|prices?|"
    r"fees?|costs?|checkout|phone line|software|ehr|clients|patients|teens|families|responders|parents|hospice|"
    r"schools|counties|speciali\w+|offers?|treats?|"
    r"lol|haha|messenger|burnout|paperwork|testif\w*|forensic|physician|therapists?|surgeon|do you|how do i|how should|is there)\b"
)
CRITICAL = re.compile(r"\b(?:suicid\w*|self harm\w*|selfharm\w*)\b")
MENTIONED = re.compile(r"\b(?:suicid\w*|self harm\w*|selfharm\w*|overdos\w*|kill\w* \w*self|want\w* to die|\w+ die than)\b")
AT_WORK = re.compile(
    r"\b(?:prevent\w*|training|trainings?|train|assess\w*|awareness|bereave\w*|loss|survivors?|support group|hotline|"
    r"lifeline|protocols?|polic(?:y|ies)|forms?|"
    r"templates?|website|web page|page|blog|posts?|articles?|courses?|workshops?|webinars?|market\w*|advertis\w*|"
    r"referrals?|niche|speciali\w+|specialty|"
    r"treat|treats|treating|work with|works with|working with|offer\w*|group|groups|teach\w*|counsel\w*|research|"
    r"study|talk on|speak\w* on|cover\w*|"
    r"malpractice|liability|insurance|lawsuit|risk|screening|dbt|programmes?|programs?|consult\w*|lost (?:a|my|our|"
    r"one)|by suicide|to suicide|postvention|"
    r"clients|patients|teens|veterans|people who|adults|youth|therapists)\b"
)
NOW = re.compile(
    r"\b(?:i am|i feel|i have been|i was|feeling|tonight|today|right now|just (?:now|told|texted|called|said)|"
    r"this (?:morning|evening|weekend)|told me|texted|my thoughts|"
    r"having|in my office|on the phone|is suicidal|said (?:he|she|they)|has a plan|help me|my (?:own )?(?:son|"
    r"daughter|husband|wife|friend|sister|brother|child|mother|father))\b"
)
