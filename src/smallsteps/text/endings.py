"""Where a text ends that goes on: invented next questions, checks of a result, parting words, half sentences."""

from __future__ import annotations

import re

_RUN_ON = re.compile(
    r"<\|(?:im_end|im_start|endoftext|end_of_text|eot_id|eom_id|end|user|assistant)\|>|</s>|<eos>|<end_of_turn>"
    r"|<\|start_header_id\|>|\[/?INST\]"
    r"|\n[ \t]*(?:[#*>]{1,4}[ \t]*)?(?:Q|Question|Problem|Exercise|Human|User|Instruction|Input|Next question|"
    r"New question|"
    r"Example)(?:[ \t]*\d{1,3})?[*]{0,2}[ \t]*[:.)](?![^\n]{0,3}$)"
    r"|\n[ \t]*###[ \t]*(?:Question|Instruction|Human|User|Input|Problem)\b"
)
_ASKS_ITSELF = re.compile(
    r"\s*(?:[#*>]{1,4}\s*)?(?:Q|Question|Problem|Example|Input)\b[ \t]*\d{0,3}[*]{0,2}[ \t]*[:.)]"
)
_CHECK = re.compile(
    r"(?:^|(?<=[.!?\n] )|(?<=[.!?]\n))[ \t*_#>(-]{0,8}(?:(?:double[- ]?|sanity )?check(?:ing)?\b(?! the)|"
    r"verification\b|"
    r"verify(?:ing)?\b|proof\b|to (?:double[- ]?)?(?:check|verify|confirm)\b|(?:let(?:'s| us|’s| me)|"
    r"we can(?: also)?|i can|"
    r"you can|we)(?: now| also| quickly)? (?:double[- ]?)?(?:check|verify|confirm)\b|(?:as a|for) (?:check|"
    r"verification)\b|"
    r"this (?:matches|checks|agrees|is consistent)\b|indeed,|explanation:|note:|note that\b|notes?\b:)",
    re.IGNORECASE | re.MULTILINE,
)
_PARTING = re.compile(
    r"[\s*_]*(?:\(?(?:i )?hope (?:this|that|it)\b|let me know\b|feel free\b|good luck\b|please (?:let|note)\b|"
    r"if you (?:have|need)\b|"
    r"is there anything\b|happy to\b|have a (?:nice|great|good)\b|great job\b|thanks?\b)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*[*_]{0,3}[(\[](?![A-Za-z][)\]])[^()]{3,400}[)\]][*_]{0,3}[.!]?\s*")
_DANGLING = re.compile(
    r"(?:\b(?:and|or|the|(?-i:a)|an|to|of|plus|minus|(?<![0-9] )times|is|are|was|were|by|with|we|so|that|for|from|"
    r"then|if|because|"
    r"per|than|as|equals|be|has|have|he|she|they|add|adding|subtract|multiply|divide|which|where|but|about|between|"
    r"into|"
    r"gives|(?<!sq )(?<!cu )(?<![0-9] )in|on|at|since|when|while|his|their|its)|(?<!\*)[=+×÷(≈]|(?<![0-9A-Za-z]),|"
    r"(?<=\s)[-*/])\s*$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z#*\-\d(\"“'\\$])|(?<=[.!?][)\"”'])\s+(?=[A-Z])|\n+")
_NUMBERED = re.compile(r"[*_#>\s-]{0,6}\d{1,2}[.)]\s")
_MOST = 12_000
"""Characters: what stands further above the end of a text concludes nothing."""


def before_run_on(text: str) -> str:
    """A text up to an invented next question or a token that ends it; a text that opens with a question asks itself."""
    asks = _ASKS_ITSELF.match(text) is not None
    for found in _RUN_ON.finditer(text):
        is_behind = any(map(str.isalnum, text[max(0, found.start() - 400) : found.start()]))
        if is_behind and not (asks and found[0][0] == "\n"):
            return text[: found.start()]
    return text


def is_cut_off(text: str) -> bool:
    """Whether a text breaks off in the middle of a sentence: `we add 4 and`."""
    return _DANGLING.search(text[-40:]) is not None


def last_sentences(text: str) -> list[str]:
    """The sentences near the end of a text without checks of a result, asides in brackets and parting words."""
    text = text[-_MOST:]
    cut = next((found.start() for found in _CHECK.finditer(text) if any(map(str.isalnum, text[: found.start()]))), None)
    found = [one for one in _SENTENCE.split(text[:cut]) if one.strip()]
    while len(found) > 1 and (_PARTING.match(found[-1]) or _ASIDE.fullmatch(found[-1])):
        found.pop()
    return found


def first_sentence(text: str) -> str:
    """The first sentence of a text, whatever white space and number of a list it opens with."""
    text = text.lstrip()[:_MOST]
    label = _NUMBERED.match(text)
    cut = _SENTENCE.search(text, label.end() if label else 0)
    return text if cut is None else text[: cut.start()]
