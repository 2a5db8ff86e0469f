"""Yes and no as answers, and a task's own words for them: `the coin is still heads up`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from smallsteps.text.affirmed import Same, Verdict, affirmed, sort_out
from smallsteps.text.candidates import yes_no_mentions
from smallsteps.text.kinds._kind import NOTHING, Choices, Kind, refuses
from smallsteps.text.mentions import Mention

_OPENS = re.compile(r"\W{0,12}(yes|no)\b(?!-|'\w|\s?(?:[.]\s?[0-9]+\s*$))", re.IGNORECASE)
_LABEL = re.compile(r"\s*(?:[*_#>-]{0,3}\s*)(?:step\s*)?\d{1,2}\s*[:.)]\s*", re.IGNORECASE)
_ALTERNATIVE = re.compile(
    r"\byes\b\W{0,3}(?:or|and|/)\W{0,3}\bno\b|\bno\b\W{0,3}(?:or|and|/)\W{0,3}\byes\b|\byes/no\b", re.IGNORECASE
)
_CONDITION = re.compile(r"\b(?:if|unless|whether|otherwise|depending|depends)\b", re.IGNORECASE)
_BECOMES = re.compile(r"\b(?:to|into|then|becomes?|now|again)\b", re.IGNORECASE)
_OPPOSITE = {"yes": "no", "no": "yes"}


class YesNo(Kind):
    """Yes and no, in lower case; `says` maps patterns of a task's own words to what they state."""

    def __init__(self, says: Mapping[str, str] | None = None) -> None:
        self._says = [
            (re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), value) for pattern, value in (says or {}).items()
        ]

    def mentions(self, text: str) -> list[Mention]:
        """Every plain yes and no of a prepared text."""
        return yes_no_mentions(text)

    def whole(self, text: str) -> str | None:
        """The yes or no that a field opens with, or alone holds."""
        return self.stated(text, str.__eq__, ()).value

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """The yes or no that a stretch opens with, else the one that it affirms, else what the task's words say."""
        text = self.prepare(text).replace("_", " ")
        if _ALTERNATIVE.search(text):
            return Verdict(None, "hedged")
        opening = _OPENS.match(text)
        if opening and not text.rstrip(" \"')*").endswith("?"):
            return Verdict(opening[1].lower(), "stated", (), opening.start(1))
        mentions = self.mentions(text)
        if mentions and not _CONDITION.search(text[: mentions[0].start]):
            return affirmed(text, mentions, same, self.grammar)
        return NOTHING if mentions else self._said(text, same)

    def concluded(self, sentences: Sequence[str], same: Same, choices: Choices) -> Verdict:
        """What the last sentence says, or the text's first word where the rest does not say otherwise."""
        if not sentences:
            return NOTHING
        text = self.prepare(sentences[-1]).replace("_", " ")
        bare = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
        opening = _OPENS.match(bare)
        mentions = self.mentions(bare)
        if _CONDITION.match(bare.lstrip()) or refuses(bare) or _ALTERNATIVE.search(bare) or bare.rstrip().endswith("?"):
            return NOTHING
        if opening and all(one.value == opening[1].lower() for one in mentions):
            return Verdict(opening[1].lower(), "stated")
        if mentions:
            live, denied = sort_out(bare, mentions, self.grammar)
            values = {one.value for one in live}
            return Verdict(values.pop() if len(values) == 1 else None, "stated" if live else "denied", denied)
        said = self._said(bare, same, last=True)
        return said if said.why != "nothing" else self._opened(sentences)

    def _opened(self, sentences: Sequence[str]) -> Verdict:
        first = self.prepare(sentences[0])
        opening = _OPENS.match(first)
        if opening is None or _LABEL.match(first):
            return NOTHING
        others = {one.value for sentence in sentences for one in self.mentions(self.prepare(sentence))}
        return NOTHING if others - {opening[1].lower()} else Verdict(opening[1].lower(), "stated")

    def _said(self, text: str, same: Same, last: bool = False) -> Verdict:
        """What the task's own words say; denied, they say the opposite."""
        found = [
            Mention(value, match.start(), match.end(), _OPPOSITE[value])
            for pattern, value in self._says
            for match in pattern.finditer(text)
        ]
        found.sort(key=lambda one: one.start)
        if not found:
            return NOTHING
        if last and len(found) > 1 and _BECOMES.search(text[found[-2].end : found[-1].start]):
            found = found[-1:]  # from heads up to tails up
        return self.last(text, found, same) if last else affirmed(text, found, same, self.grammar)
