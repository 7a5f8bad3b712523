"""Sentences of danger by their grammar: who, wants or does what, to whom, with what."""

from __future__ import annotations

import re

PEOPLE = (
    r"(?:i|he|she|they|we|someone|somebody|everyone|(?:my|our|a|the|one of (?:my|our)|this|her|his|that) "
    r"(?:\w+ ){0,2}?(?:clients?|patients?|husband|wife|spouse|son|daughter|child|kids?|baby|brother|sister|mom|mum|mother|dad|father|"
    r"friend|boyfriend|girlfriend|partner|ex|caller|student|colleague|coworker|neighbou?r|roommate|boss|teen|uncle|"
    r"aunt|cousin|man|woman|guy|person)"
    r"|client|patient|caller)"
)
SELF = r"(?:my|him|her|them|our)sel(?:f|ves)"
ONE = (
    r"(?:me|us|him|her|them|someone|somebody|people|everyone|everybody|themself|my (?:\w+ )?(?:kids?|child(?:ren)?|"
    r"son|daughter|wife|husband|"
    r"boyfriend|girlfriend|partner|ex|mom|mum|mother|dad|father|boss|family|sister|brother|patients?|clients?|neighbou?r|colleague)|"
    r"(?:his|her|their|the) (?:kids?|child(?:ren)?|wife|husband|boyfriend|girlfriend|partner|ex|mother|father|family|son|daughter|baby))"
)
AM = r"(?:am|is|are|was|feels?|feeling|felt|seems?|got|get|gets|getting|been|be|sounds?|became|becoming)"
VERY = r"(?: (?:so|very|really|actively|kind of|a bit|pretty|just|now|again|also|acutely|being|quite|still))*"
WANT = (
    r"(?:(?:wants?|wanted|wanting|need|needs|going|plans?|planning|planned|ready|trying|tried|tries|try|wish|wishes|"
    r"about|tempted|threatens?|"
    r"threatened|threatening|intends?|decided|promised|said (?:he|she|they)(?: is| are)? (?:will|would|going to)|will|"
    r"would|could|might|should) "
    r"(?:(?:just|really|only|to|go|be) )*|(?:thinking|thought|thoughts|think|dream\w*|talk\w*|consider\w*|"
    r"contemplat\w*|keep\w*|imagin\w*|"
    r"plans?|planning|urges?|scared) (?:(?:of|about|on|that|to|by|i|he|she|they|am|is|just|will|would|going|might|could) )*)"
)
HARM = (
    r"(?:kill|hurt|harm|cut|shoot|stab|hang|drown|poison|starv|burn|injur|strangl|chok|attack|beat|rap|smother|murder|"
    r"punch|hit|slapp?|off)"
)
DONE = rf"{HARM}(?:e|s|es|ed|t|ing|ting|ning|ping|led|bed|bing|ped|d)?"

STRONG = tuple(
    re.compile(pattern)
    for pattern in (
        # I, or another, and death
        rf"\b{WANT}(?:die|dead|dying|killed|stop living|stop existing|not exist|not be (?:here|alive|around)|never wake up|"
        rf"not wake up|end (?:it|things|everything|me)(?! (?:at|by|on|before|after|with|when|if|for|early|in|next|this|"
        rf"because|so|and get))"
        rf"|{DONE} {SELF}|(?:take|taking|end|ending|finish|finishing) (?:it all|(?:my|his|her|their) (?:own )?(?:life|"
        rf"lives)))\b(?! than| for| laughing)",
        r"\bend(?:s|ed|ing)? (?:it all|(?:my|his|her|their) (?:own )?(?:life|lives|existence))\b",
        r"\b(?:tak|took|tak)(?:e|es|en|ing)? (?:my|his|her|their) (?:own )?(?:life|lives)\b(?! coach)",
        rf"\b(?:kill|shoot|stab|hang|drown|poison|strangl|burn|harm|hurt|cut|starv)(?:e|s|es|ed|t|ing|ting|bing|bed)? {SELF}\b",
        r"\b(?:rather|better|happier|easier|wish\w*) (?:\w+ ){0,4}(?:dead|never born|never been born|not alive|gone forever)\b",
        r"\bwish\w* (?:i|he|she) (?:was|were|am|is|had|could|would) (?:just )?(?:dead|gone|not (?:here|alive|exist\w*)|"
        r"never (?:been )?born|(?:just )?(?:disappear|vanish|die|stop existing)(?! (?:to|on|for|in)))",
        r"\bbetter (?:off )?(?:\w+ )?(?:without (?:me|him|her)(?! (?:as|on|in))|dead)\b",
        r"\b(?:happier|better|fine|relieved|easier)(?: off)?(?: for \w+)? if (?:i|he|she) (?:was|were|wasnt|werent|am|is|"
        r"had|did)(?: not|nt)? (?:gone|dead|around|here|alive|not|never|exist\w*)",
        r"\b(?:nobody|no one|noone|who|everyone|they) would(?:nt| not)? (?:even |ever |really )?(?:miss|notice) (?:me|"
        r"if i (?:was|were|am|died|disappeared))",
        r"\b(?:no|any|any more|a|without|what is the|whats the|see the|lost the|cant see a) (?:reason|point|purpose|will|"
        r"sense)s? (?:(?:left|more) )?(?:to|in|of|for|why) (?:\w+ ){0,2}?(?:liv(?:e|ing)|go(?:ing)? on|exist\w*|"
        r"being (?:here|alive)|wak\w+ up|stay\w* alive)\b",
        r"\b(?:nothing|not anything) (?:left |more )?to live for\b",
        r"\bwhy (?:should )?(?:i|he|she) (?:should |would |even |still )*(?:go on|live|exist|be alive|wake up|stay alive)\b",
        r"\b(?:life|living|my life|it)(?: is|s)?(?: just| really)? (?:not|isnt|aint|no longer) (?:even )?(?:worth|"
        r"bearable)(?: it| living|"
        r" going)?\b(?<!it is not worth)(?<!it isnt worth)(?<!it not worth)(?<!it is not worth it)(?<!it isnt worth it)",
        r"\b(?:done|finished|tired|sick|through|over) (?:with|of) (?:my life|life|living|this life|being alive|"
        r"everything in life|existing)\b(?! (?:of|as|in|insurance|on))",
        r"\b(?:dont|do not|didnt|doesnt|does not|never|cant|not) (?:really |even |just )?(?:want|wants|wanna|wanting|wish|"
        r"bear|care)(?: to)? (?:\w+ )?(?:live|be alive|be here|be around|exist|wake up|go on living|keep living|"
        r"be in this world|see tomorrow)\b(?! (?:in|with|near|at|from|on|without|by|off|there|any longer in|for the|when|"
        r"until)\b)",
        r"\bcant (?:go on|keep (?:going|living)|live)(?: like this| anymore| any more| any longer| with (?:this|the) pain|$| i )",
        r"\b(?:never|not|dont) (?:\w+ )?(?:waking|wake) up\b(?! (?:before|until|early|at|to|in))",
        r"\b(?:go to sleep|sleep|be gone|gone|disappear|vanish) (?:\w+ )?(?:forever|and never|never come back|and not (?:wake|come))",
        r"\bdisappear\w* and (?:never|not) (?:come|be|wake)",
        r"\b(?:dark|bad|intrusive|scary|ugly) thoughts (?:of|about|again|tonight|every)|\bthoughts (?:of|about) (?:death|"
        r"dying|ending|hurting|harming|killing|cutting|jumping|self harm|suicide)",
        rf"\b(?:{PEOPLE}) {AM}{VERY} suicidal\b(?! (?:clients?|patients?|people|teens?|youth|adults?|ideation (?:training|"
        rf"screening|assessment)))",
        r"\bending (?:things|it all|everything)\b(?! (?:with|at|by|on))",
        r"\bsay(?:ing)? (?:my |a )?(?:final |last )?goodbyes?(?: forever| to (?:everyone|my (?:kids|family|children)|life|this world)|$)",
        r"\b(?:goodbye|suicide|farewell|final) (?:note|letter|message)\b",
        r"\b(?:texted|wrote|messaged|sent|called|told|said|says|saying|left) (?:me |us |a |her |his )*(?:goodbye|to say goodbye)\b",
        # Means
        r"\b(?:took|taken|take|takes|taking|swallow\w*|ate|eaten|downed|drank|drunk|drinking|drink|popped|od\w* on) "
        r"(?:\w+ ){0,3}?(?:too many|all|whole|entire|bunch|lots|bottle|handful|box|pack|overdose|(?:\d+|twenty|thirty|"
        r"forty|fifty|sixty))(?: \w+){0,3}? ?(?:pills?|tablets?|tylenol|meds|medication|medicine|paracetamol|aspirin|"
        r"advil|ibuprofen|xanax|opioids?|sleeping|insulin|overdose|bleach)?(?<=pills)|\b(?:swallow\w*|took|taken|downed|"
        r"drank|drink|drinking|drunk|ate) (?:\w+ ){0,5}?(?:too many (?:pills|tablets|meds)|pills|tablets|tylenol|"
        r"paracetamol|xanax|insulin|bleach|antifreeze|poison|an overdose|overdose)\b",
        r"\b(?:pills?|tablets?|gun|rope|noose|razor|blade|knife|bottle of pills) (?:\w+ ){0,3}?(?:lined up|ready|in (?:my|"
        r"his|her) hand|right here|on the (?:counter|table|bed)|next to me|at (?:his|her|my|their) (?:throat|head|neck|"
        r"wrist)|to (?:his|her|my|their) (?:throat|head))\b",
        r"\b(?:have|has|got|holding|bought|with) (?:a |the |my |his |her )?(?:rope|noose|razor|gun|loaded gun|"
        r"blade)s? (?:and|ready|tonight|in)\b",
        r"\b(?:i|he|she) (?:\w+ )?(?:have|keep|got|own|bought|has|keeps) (?:a |the |my |his |her )?(?:\w+ )?(?:gun|rifle|"
        r"shotgun|pistol|noose)\b",
        r"\bhang(?:ing)? from (?:a|the)\b",
        r"\b(?:driv\w+|crash\w*|steer\w*|walk\w*|step\w*|run) (?:(?:my|the|his|her) (?:car|truck)|myself|him\w*|her\w*|"
        r"out|right|straight)? ?(?:into|off|in front of) (?:a|the|oncoming|on coming|an)? ?(?:tree|wall|bridge|cliff|"
        r"river|traffic|train|road|truck|bus)\b",
        r"\bjump\w* (?:off|from|out of|in front of|out|down) (?:\w+ ){0,3}?(?:bridge|roof|building|balcony|window|cliff|"
        r"train|subway|ledge|overpass|tower|parking)\b",
        r"\b(?:going to|want to|will|about to|ready to|might|should) (?:just )?jump(?:$| (?:i|now|tonight|please|and))",
        r"\b(?:cut|cutting|cuts|slit|slash\w*|slitting) (?:open )?(?:my|his|her|their|both) (?:own )?(?:wrists?|arms?|"
        r"legs?|thighs?|skin|throat|veins?)\b",
        r"\b(?:cant|cannot|dont|wont|couldnt) (?:\w+ )?stop cutting\b(?! (?:costs?|prices?|hours|fees|the|my|our|back|"
        r"corners))|\b(?:been|started|am|is|back to) (?:\w+ )?cutting(?: again| (?:my|her|him|them)self| tonight| every|"
        r"$)(?! back)",
        # Others in danger, and danger from others
        rf"\b{PEOPLE} (?:\w+ ){{0,4}}?{WANT}(?:\w+ )?{DONE} {ONE}\b",
        rf"\b(?:is|are|was|were|keeps|kept|started|been|be|he|she|they|{PEOPLE}) (?:just |keeps |now |again |"
        rf"always )*(?:hitting|beating|choking|strangling|attacking|raping|stabbing|shooting|punching|slapping|kicking|"
        rf"hits|beats|chokes|hit|choked|strangled|raped|punched|stabbed|shot|slapped|kicked|attacked) {ONE}\b(?! (?:with|"
        rf"up|to|at|in|by|down))",
        r"\b(?:am|being|was|got|getting|been) (?:\w+ )?(?:attacked|assaulted|raped|strangled|stabbed|held hostage|beaten|"
        r"stalked|followed home)(?: by (?:a |my |the )?(?:man|guy|ex|husband|boyfriend|partner|patient|client|stranger|"
        r"someone)| right now| help| now|$)",
        rf"\b(?:{PEOPLE}|there is|who) (?:\w+ ){{0,6}}?(?:with|has|have|got|pull\w*|holding|brought|carrying|waving|and) "
        rf"(?:a |an |his |her |my )?(?:loaded )?(?:gun|knife|weapon|machete|axe|rifle|pistol|bomb)s?\b",
        rf"\b(?:i|you|we|they) (?:\w+ ){{0,4}}?(?:kill|murder|shoot|stab|strangle|hurt) (?:you all|{ONE}|you)\b(?! know| an| the)",
        r"\b(?:shoot|shooting|blow|blowing|burn|burning) (?:up|down) (?:the|your|this|my|our|a) (?:\w+ )?(?:clinic|office|"
        r"building|school|house|place|hospital|practice)\b",
        r"\b(?:shoot|blow|burn)\w* (?:the|your|this) (?:\w+ )?(?:clinic|office|building|school|house|place|hospital) (?:up|down)\b",
        r"\bvoices (?:\w+ ){0,2}?(?:tell|telling|told|say|saying|said|want)\b",
        rf"\b(?:afraid|scared|worried|terrified|fear|fears) (?:\w+ ){{0,4}}?(?:will|is going to|might|could|would|"
        rf"going to) (?:\w+ )?(?:kill|hurt|harm|attack|find|shoot|beat|do something to) (?:{ONE}|{SELF})\b",
        rf"\b(?:do|doing|done|try|tried|trying) something (?:\w+ )?to {SELF}\b",
        r"\b(?:in danger|unsafe at home|not safe at home|not safe with (?:him|her)|afraid to go home|scared to go home|"
        r"hiding from (?:him|my|her))\b",
        r"\b(?:lost|losing|no|have no|without) (?:the |any |my )?will to live\b",
        rf"\b(?:cant|couldnt|wont|not|keep\w*) (?:\w+ ){{0,3}}?(?:keep |be |stay |feel )?{SELF} safe\b|\bcant (?:promise|"
        rf"say)\w* (?:\w+ ){{0,4}}safe\b",
        r"\bworld (?:is|would be|will be) (?:\w+ )?better (?:off )?without\b",
        r"\b(?:should|deserve to|ought to|better) (?:just )?(?:be dead|die)\b",
        r"\b(?:intent|intends?|intention|intending) (?:to|of) (?:kill|hurt|harm|die)\w*",
        r"\b(?:gone|dead) by (?:tomorrow|morning|the time|tonight)|\bby the time (?:you|they|anyone|she|he) "
        r"(?:\w+ )?(?:read|see|find|get)s? this\b",
        r"\btell (?:my (?:\w+ )?|them |him |her |everyone )(?:\w+ )?(?:that )?i loved? (?:him|her|them)?",
        r"\b(?:will|going to|am) (?:just )?do it (?:tonight|now|today|this time|for real)\b",
        r"\b(?:make it|get|survive) (?:through|past) (?:the|this|another|tonight) ?(?:night|weekend|day|week|christmas)?\b",
        r"\b(?:bleed|freeze|starve|burn|jump|drown|drink|stab\w*|chok\w*|strangl\w*|beat\w*) (?:\w+ )?to (?:\w+ )?death\b",
        r"\b(?:on|off|at) the (?:roof|ledge|bridge|tracks|edge of)\b",
        # Body
        r"\b(?:not|isnt|aint|stopped|barely|hardly|cant|couldnt|trouble|unable to|struggling to|difficulty) (?:\w+ )?breath(?:e|ing)\b",
        r"\bchest (?:pains?|hurts|is tight)\b(?! (?:clinic|page|patients?|programme|program|management))",
        r"\b(?:having|had|has|have|think|is|it is|is it|getting|suffering)(?: (?:just|this|had|having|i|am|is|"
        r"now))* (?:an? )?(?:stroke|seizure|heart attack|cardiac arrest|allergic shock|anaphyla\w+)\b",
        r"\bface (?:is |was |looks |has )?(?:droop\w*|numb on one)",
        rf"\b(?:{PEOPLE}) (?:\w+ ){{0,3}}?(?:unconscious|unresponsive|collapsed|passed out|fainted|not responding|"
        rf"isnt responding|wont wake(?: up)?|not waking|turning blue|choking|overdosed|overdosing|seizing)\b(?! on social)",
        r"\bcant wake (?:him|her|them|my)\b",
        r"\b(?:bleed\w*|blood) (?:\w+ )?(?:out|badly|heavily|everywhere|a lot|wont stop|profusely|all over)\b|\b(?:wont|"
        r"doesnt|cant|not|does not|will not) (?:\w+ )?stop(?:ping)? (?:the )?bleeding\b|\bheavy bleeding\b",
        r"\b(?:i|he|she|they|just|who|has|have|(?:going|wants?|plans?|planning|threatening|threatens?|about|trying) to|"
        r"might|will|would|could) (?:just )?overdos(?:e|ed|ing)\b(?! prevention| training| awareness| on social)",
        r"\b(?:call|need|send|get)(?: \w+)? (?:an? )?ambulance\b|^(?:please |somebody |someone )*call 911|"
        r"\bcall 911 (?:now|please|for me)\b",
        r"\bthis is an? (?:real |medical |actual )?emergency\b|^(?:emergency|help emergency|medical emergency|suicide|"
        r"suicidal|kill me|help me die)$",
    )
)
