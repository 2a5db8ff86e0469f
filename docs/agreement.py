"""How our readings of rationales compare with the answers that published corpora record beside them.

python docs/agreement.py --data ../shared/data/raw      prints the tables that docs/make_formats.py puts on its page
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallsteps.corpus.importing import make_layout
from smallsteps.tasks import get_task
from smallsteps.text.reader import read_answer, states_plainly

LISTED = Path(__file__).parents[1] / "tests" / "golden" / "disagreements.jsonl"
"""Every disagreement, one JSON object a line, with who is right (`field`, `text` or `neither`) and why."""

SOURCES = {
    "aqua": ("aqua", "aqua/*.json"),
    "flan_aqua": ("aqua", "flan_aqua/aqua_train.tsv"),
    "gsm8k": ("gsm8k", "gsm8k/t*.jsonl"),
    "mentor_kd, train": ("mentor_kd", "mentor_kd/*_train.json"),
    "mentor_kd, test": ("mentor_kd", "mentor_kd/*_test.json"),
    "reasoning_teacher": ("reasoning_teacher", "reasoning_teacher/dataset/few_shot_cot_prompts.json"),
    "sr_gsm8k": ("sr_gsm8k", "sr_gsm8k/filtered_[!i]*.jsonl"),
    "verify_cot": ("verify_cot", "verify_cot/date_np.json"),
}
"""Sources that record the answer of each rationale in a field of its own: layout and files; copies are left out."""

VOTES = "learn_from_committee/svamp_rationales.json"
"""Its `correct_rationale` holds no answers but the texts to which two peers gave at least 7 of 10 points together."""

WHY = {
    "another number last": "the answer is stated, and another number stands behind it",
    "another date last": "the answer is stated, and another date stands behind it",
    "not computed": "the last step is named and not carried out (`Change is 20 minus 17.`)",
    "in words": "the number is spelled out (`equals twenty two cards`)",
    "parts": "the text leaves two numbers apart, the field adds them up",
    "another unit": "the text says $0.25, the field 25 (cents)",
    "scale": "the text says 4 million, the field leaves the million out",
    "clock or ordinal": "the answer stands as `9:00` or `6th`, which is read as no number",
    "left of the sign": "the text ends with `20 = A`",
    "rounded": "the text rounds in its last words",
    "other conclusion": "the text concludes something else than the field",
    "no conclusion": "the text does not decide, or is cut off; a candidate from further above is read",
    "several answers": "the text gives several answers or only an example",
    "on the way": "a yes or no to a question on the way is read, the conclusion is in words",
    "field in words": "the field means the same, but not in the task's form (`nine`, `that it is possible …`)",
    "letter elsewhere": "its authors took a letter from elsewhere, such as the C of Catch-22",
    "letter of a list": "the letter labels an item of a list and is not chosen",
    "announced before it reasons": "the text opens with `Answer: (E)` and concludes with the field's letter",
    "question of a reader": "the text asks about somebody else's answer and gives none",
    "string in pieces": "the letters stand in pieces (`rhe y`)",
    "digit among the letters": "the string is written `YYA0`",
    "first date of the sentence": "its authors took the date from which the sentence counts",
    "unpadded date": "its authors read `8/10/1997` as no answer or as another date",
    "month in words": "its authors read `Jul 19, 2002` as no answer",
    "day before the month": "the field has the day before the month, the text means the same date",
    "impossible day": "the text concludes a day that does not exist",
    "votes": "the vote was not about the answer: a text with the gold one was rejected, or one with another passed",
}
"""What `why` means in the list of disagreements."""


@dataclass(frozen=True)
class Compared:
    """One rationale: the answer that its source records and the one that its text states, None where unreadable.

    `written` is the source's field as it stands there. `plain`: the text leaves no choice (`reading.states_plainly`).
    """

    source: str
    file: str
    row: int
    rationale: int
    written: str
    field: str | None
    text: str | None
    same: bool
    plain: bool
    ending: str

    @property
    def disagrees(self) -> bool:
        """Whether the text states an answer that is not the field's."""
        return not self.same and (self.text is not None or self.source == VOTES)

    @property
    def place(self) -> tuple[str, int, int]:
        """File, row and rationale, all but the first counted from 0."""
        return self.file, self.row, self.rationale


def compare(data: Path) -> Iterator[Compared]:
    """Every rationale of the sources that record an answer for it."""
    for source, (layout, pattern) in SOURCES.items():
        for file in sorted(data.glob(pattern)):
            for row, record in enumerate(make_layout(layout).read([file], None)):
                task = get_task(record.task)
                for index, one in enumerate(record.rationales):
                    if not one.text or not one.answer:
                        continue
                    field, text = task.extract(one.answer), read_answer(one.text, task)
                    yield Compared(
                        source, file.relative_to(data).as_posix(), row, index, one.answer.strip(), field, text,
                        field is not None and text is not None and task.same(field, text),
                        states_plainly(one.text, task), one.text[-50:],
                    )  # fmt: skip


def compare_votes(data: Path) -> Iterator[Compared]:
    """Every rationale of Learning from Committee: the vote, and whether the answer that we read is the gold one."""
    file = data / VOTES
    task = get_task("svamp")
    rows = json.loads(file.read_text("utf-8"))
    for row, (record, raw) in enumerate(zip(make_layout("committee").read([file], None), rows, strict=True)):
        accepted = {text.strip() for text in raw["correct_rationale"]}
        for index, one in enumerate(record.rationales):
            text = read_answer(one.text, task)
            vote = one.text in accepted
            yield Compared(
                VOTES, VOTES, row, index, f"votes: {'right' if vote else 'wrong'}", record.answer, text,
                vote is task.judge(text, record), states_plainly(one.text, task), one.text[-50:],
            )  # fmt: skip


def table(compared: Sequence[Compared]) -> str:
    """Coverage and agreement by source in Markdown, texts that state their answer plainly apart from the others."""
    head = ("source", "rationales", "no answer recorded", "stated plainly", "agreement", "stated otherwise",
            "agreement", "not stated", "read right")  # fmt: skip
    rows = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for source in dict.fromkeys(one.source for one in compared):
        rows.append(_row(source, [one for one in compared if one.source == source]))
    return "\n".join([*rows, _row("**all**", compared)])


def _row(source: str, compared: Sequence[Compared]) -> str:
    recorded = [one for one in compared if one.field is not None]
    stated = [one for one in recorded if one.text is not None]
    parts = [[one for one in stated if one.plain is plain] for plain in (True, False)]
    cells = [source, str(len(compared)), str(len(compared) - len(recorded))]
    for part in parts:
        cells += [f"{len(part)} ({len(part) / len(recorded):.1%})", f"{agreement(part):.2%}" if part else ""]
    read = [one for one in compared if one.text is not None]
    ours = {(case["file"], case["row"], case["rationale"]) for case in listed() if case["right"] == "text"}
    right = sum(one.same or one.place in ours for one in read) / len(read)
    return "| " + " | ".join([*cells, str(len(recorded) - len(stated)), f"{right:.2%}"]) + " |"


def agreement(compared: Sequence[Compared]) -> float:
    """The share of comparisons in which text and field say the same."""
    return sum(one.same for one in compared) / len(compared)


def why_table(listed: Iterable[dict[str, Any]]) -> str:
    """The listed disagreements by who is right and why, in Markdown."""
    counts = Counter((case["right"], case["why"], case["file"].partition("/")[0]) for case in listed)
    rows = ["| right | why | what is meant | source | rationales |", "|---|---|---|---|---:|"]
    for (right, why, source), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0])):
        rows.append(f"| {right} | {why} | {WHY[why]} | {source} | {count} |")
    return "\n".join(rows)


def listed() -> list[dict[str, Any]]:
    """The file of disagreements."""
    return [json.loads(line) for line in LISTED.read_text("utf-8").splitlines()]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the published corpora")
    options = parser.parse_args()
    sys.stdout.write(f"{table(list(compare(options.data)))}\n\n{why_table(listed())}\n")


if __name__ == "__main__":
    main()
