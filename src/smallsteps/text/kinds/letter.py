"""Choice letters as answers: chosen ones, not those of names and variables; or the text of a choice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smallsteps.text.affirmed import Grammar, Same, Verdict, affirmed, is_list, sort_out
from smallsteps.text.candidates import letter_mentions
from smallsteps.text.kinds._kind import NOTHING, Choices, Kind, refuses
from smallsteps.text.mentions import Mention

# A letter that is chosen, not one that names a person, a pipe or a variable: `(B)`, `Option B`, `so B.`, `= 250 B`.
_CHOSEN = re.compile(
    r"(?<![\w)])[(\[]\s?[A-Za-z]\s?(?:[)\]]|$)|^\W{0,20}[A-Za-z](?:\W{0,20}$|\)|:|\.\s|--|\s[-–—]\s)"
    r"|\b(?i:options?|choices?|answer|ans)\b(?i: is| will be)?[\s:=*(-]{0,6}[A-Z]\b(?!['’])"
    r"|\b(?i:hence|so|thus|therefore|is|be|choose|chose|pick|select|with)\b[\s:*-]{0,6}[A-Z]\b(?=[\s)*.]*$|\s\()"
    r"|\b[A-Z](?= is (?:the )?(?:correct|right|answer|choice|option)\b)|(?<=[\d=>])\s?[A-Z]$"
)
_EXPLICIT = re.compile(r"\W{0,4}(?:options?|choices?|answer|ans)\b", re.IGNORECASE)
_VARIABLE = re.compile(
    r"\b(?i:let|suppose|assume|say|denote|call|where|variable|point|angle|side|set|line|pipe|train|car|"
    r"person)\s+\(?([A-Z])\b"
    r"|\b([A-Z])\)?\s(?:be|denotes?|represents?|stands for)\b|(?<![\w$])\(?([A-Z])\)?\s?=(?!\s?\()"
)
_CHOICE = re.compile(r"\(([A-J])\)\s*(.{1,200}?)\s*(?=[,;.]?\s*(?:\n\s*)?\([A-J]\)|[.]?\s*$|\n)", re.DOTALL)
_MARK = re.compile(r"\s*(?:\(?[A-Ja-j][).:]|[A-J]\s?-{1,2})\s*")
_WORDS = re.compile(r"[^\W_]+(?:[.,/:'’-][^\W_]+)*")
_FARTHEST = 12


class Letter(Kind):
    """Choice letters among those allowed, as capitals."""

    grammar = Grammar(units=6, behind=True, bare=True)

    def __init__(self, allowed: str) -> None:
        self.allowed = allowed

    def mentions(self, text: str) -> list[Mention]:
        """The letters of a prepared text."""
        return letter_mentions(text, self.allowed)

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """The letter behind an answer phrase, else the choice whose text stands there."""
        text = self.prepare(text).strip()
        mentions = [one for one in self.mentions(text) if not one.start or not _is_equated(text, one)]
        if not mentions:
            return self._by_text(text, choices)
        verdict = affirmed(text, mentions, same, self.grammar)
        if verdict.why == "hedged" and len({one.value for one in mentions}) > 1:
            return verdict
        return verdict

    def concluded(self, sentences: Sequence[str], same: Same, choices: Choices) -> Verdict:
        """The letter that the last sentence with one chooses; else the choice that the last sentence states."""
        prepared = [self.prepare(sentence) for sentence in sentences]
        variables = {
            letter for text in prepared for found in _VARIABLE.finditer(text) for letter in found.groups() if letter
        }
        denied: tuple[str, ...] = ()
        for text in reversed(prepared[-_FARTHEST:]):
            mentions = self._chosen(text, variables)
            if not mentions and refuses(text):
                return NOTHING
            if mentions:
                live, out = sort_out(text, mentions, self.grammar)
                denied += out
                if live:
                    verdict = self.last(text, mentions, same)
                    return Verdict(None, "denied", denied) if verdict.value in denied else verdict
        by_text = self._by_text(prepared[-1], choices) if prepared else NOTHING
        if by_text.value is not None and by_text.value not in denied:
            return by_text
        return Verdict(None, "denied" if denied else "nothing", denied)

    def _chosen(self, text: str, variables: set[str]) -> list[Mention]:
        """The letters of a sentence that are chosen or named as choices; not variables, not initials."""
        found: dict[int, Mention] = {}
        for chosen in _CHOSEN.finditer(text):
            for one in self.mentions(text[chosen.start() : chosen.end()] + " "):
                mention = Mention(one.value, chosen.start() + one.start, min(len(text), chosen.start() + one.end))
                if mention.value not in variables or _EXPLICIT.match(chosen[0]):
                    found[mention.start] = mention
        return _with_neighbours(text, found, self.mentions(text), self.grammar) if found else []

    def _by_text(self, text: str, choices: Choices) -> Verdict:
        """The choice whose text stands in a sentence, the longest where one holds another; none for two."""
        stated = choice_mentions(text, choices, self.allowed)
        live, denied = sort_out(text, stated, self.grammar)
        values = {one.value for one in live}
        if len(values) == 1:
            return Verdict(values.pop(), "stated", denied, live[0].start)
        return Verdict(None, "hedged" if values else "denied" if denied else "nothing", denied)


def choices_of(question: str, choices: Sequence[str] | None) -> tuple[str, ...]:
    """The texts of a question's choices in order, its own or those that it lists: `(A) 32400, (B) 6000`."""
    if choices:
        return tuple(_MARK.sub("", one, count=1) if _MARK.match(one) else one for one in choices)
    found = _CHOICE.findall(question[-4000:])
    expected = "ABCDEFGHIJ"[: len(found)]
    return tuple(text.strip(" ,;.") for _, text in found) if "".join(letter for letter, _ in found) == expected else ()


def choice_mentions(text: str, choices: Choices, allowed: str) -> list[Mention]:
    """Where the choices' texts stand among the words of a text, as the letters of the choices."""
    words = [(_folded(found[0]), found.start(), found.end()) for found in _WORDS.finditer(text)]
    spelled = [tuple(_folded(found[0]) for found in _WORDS.finditer(choice)) for choice in choices]
    if len(set(spelled)) < len(spelled):
        return []
    found: list[tuple[int, int, str]] = []
    for letter, parts in zip(allowed, spelled, strict=False):
        for place in range(len(words) - len(parts) + 1 if parts else 0):
            if words[place][0] == parts[0] and tuple(word for word, _, _ in words[place : place + len(parts)]) == parts:
                found.append((words[place][1], words[place + len(parts) - 1][2], letter))
    longest = [one for one in found if not any(a <= one[0] and one[1] <= b and (a, b) != one[:2] for a, b, _ in found)]
    return [Mention(letter, start, end) for start, end, letter in sorted(longest)]


def _with_neighbours(
    text: str, chosen: dict[int, Mention], every: Sequence[Mention], grammar: Grammar
) -> list[Mention]:
    """Chosen letters and those listed beside them: `(A), (B) and E`."""
    found = dict(chosen)
    for places in (range(1, len(every)), range(len(every) - 1, 0, -1)):
        for place in places:
            before, behind = every[place - 1], every[place]
            if (before.start in found) != (behind.start in found) and is_list(text[before.end : behind.start], grammar):
                found[before.start], found[behind.start] = before, behind
    return [found[start] for start in sorted(found)]


def _folded(word: str) -> str:
    return re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", word.casefold()).rstrip("'’")


def _is_equated(text: str, mention: Mention) -> bool:
    """Whether a bare letter is a variable: `D = 4 km`."""
    behind = text[mention.end : mention.end + 3].lstrip()
    return behind.startswith("=") and text[mention.start : mention.start + 1] not in "(["
