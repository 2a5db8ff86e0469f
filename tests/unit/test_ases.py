"""AS-ES learning: its views, its loop over segments, and what it asks of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from smallsteps.engine.forest import build_forest, distinct_tokens
from smallsteps.engine.literals import own_tokens
from smallsteps.engine.tiny import TinySize, tiny_decoder, tiny_tokenizer
from smallsteps.engine.tokens import SequenceTemplate, encode_view
from smallsteps.errors import InputError, OptionError
from smallsteps.methods import Arm, Segments, Stop, Written, make_method
from smallsteps.methods.ases import SEGMENT, Ases
from smallsteps.records import Rationale, Record, Segment
from smallsteps.tasks import get_task
from smallsteps.training.dataset import TrainingDataset

PARTS = ("Tom has 12 apples.", " That makes 19,", " which is all of them.")
RATIONALE = Rationale("".join(PARTS), "19", correct=True, segments=(
    Segment("extractive", 0, 18), Segment("abstractive", 18, 33), Segment("extractive", 33, 55)))  # fmt: skip
RECORD = Record("r", "word_problems", "How many?", "19", rationales=(RATIONALE,))


def method(**options: object) -> Ases:
    made = make_method("ases", options)
    assert isinstance(made, Ases)
    return made


class FakeSession:
    """Writes from a script: for each line and turn a text and a finish."""

    def __init__(self, scripts: Sequence[Sequence[tuple[str, str]]]) -> None:
        self.scripts = [iter(script) for script in scripts]
        self.asked: list[tuple[str, tuple[int, ...]]] = []
        self.put: list[tuple[int, tuple[int, ...]]] = []
        self.stops: list[Stop | None] = []

    def read(self, line: int, tokens: Sequence[int]) -> None:
        self.put.append((line, tuple(tokens)))

    def write(
        self, path: str, lines: Sequence[int], stop: Stop | None = None, max_new_tokens: int | None = None
    ) -> list[Written]:
        self.asked.append((path, tuple(lines)))
        self.stops.append(stop)
        found = [next(self.scripts[line]) for line in lines]
        return [Written(tuple(range(len(text.split()))), text, finish) for text, finish in found]  # type: ignore[arg-type]


class FakeWriter:
    """One session on all questions."""

    def __init__(self, *scripts: Sequence[tuple[str, str]]) -> None:
        self.session = FakeSession(scripts)

    def tokens(self, prompt: str) -> tuple[int, ...]:
        return (1,)

    def added(self, token: str) -> int:
        assert token == SEGMENT
        return 99

    def sessions(self, prompts: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[list[int], FakeSession]]:
        yield list(range(len(prompts))), self.session

    def __call__(self, *_: object) -> list[Written]:
        raise AssertionError("ases writes in sessions")


def told(made: Ases, *scripts: Sequence[tuple[str, str]]) -> tuple[list, FakeSession]:  # type: ignore[type-arg]
    writer = FakeWriter(*scripts)
    records = [replace(RECORD, id=str(number)) for number in range(len(scripts))]
    return made.decode(writer, records), writer.session  # type: ignore[arg-type]


LAST = (" So the answer is: 19\n", "stop")


def test_a_view_a_segment_each_behind_the_gold_ones_before_it() -> None:
    views = method().views(RECORD, "main")
    texts = [[(piece.text, piece.weight) for piece in view.target] for view in views]
    seg = (SEGMENT, 0.0)
    last = (PARTS[2] + " So the answer is: 19\n", 1.0)
    assert texts[0] == [seg, (" " + PARTS[0], 1.0)]
    assert texts[1] == [seg, (" " + PARTS[0], 0.0), seg, (PARTS[1], 1.0)]
    assert texts[2] == [seg, (" " + PARTS[0], 0.0), seg, (PARTS[1], 0.0), seg, last]
    assert all(view.ends and view.weight == 1 for view in views)


def test_each_of_two_paths_is_taught_its_own_kind() -> None:
    two = method(paths="two")
    assert two.path_names == ("extractive", "abstractive")
    assert [len(two.views(RECORD, path)) for path in two.path_names] == [2, 1]
    (abstractive,) = two.views(RECORD, "abstractive")
    assert abstractive.target[-1].text == PARTS[1]


def test_all_views_of_a_rationale_are_one_pass_on_a_decoder() -> None:
    """x <seg> S1 branches into the end token and <seg> S2 …: no token is computed twice, every end is learnt."""
    tokenizer = tiny_tokenizer([RATIONALE.text, "Q: How many?\nA: So the answer is: 19\n"], 500)
    tokenizer.add_special_tokens({"additional_special_tokens": [SEGMENT]})
    own_tokens(tokenizer, [SEGMENT])
    template = SequenceTemplate((), tokenizer.eos_token_id)
    views = [encode_view(tokenizer, template, view) for view in method().views(RECORD, "main")]
    assert distinct_tokens(views) == len(views[-1].tokens) + 2
    forest = build_forest([views], ["target"])
    seg, end = tokenizer.convert_tokens_to_ids(SEGMENT), tokenizer.eos_token_id
    learnt = forest.token[forest.predicted].tolist()
    assert learnt.count(end) == 3
    assert seg not in learnt
    behind_first = {
        int(t) for t, p in zip(forest.token, forest.parent, strict=True) if p >= 0 and (forest.parent == p).sum() > 1
    }
    assert behind_first == {seg, end}
    assert tiny_decoder(tokenizer, TinySize(width=16, layers=1, heads=2)).config.vocab_size == len(tokenizer)


def test_the_loop_ends_with_the_answer_line_and_joins_the_segments() -> None:
    (output,), session = told(method(), [(" Tom has 12.", "eos"), (" So 19.", "eos"), LAST])
    assert output.text == " Tom has 12. So 19. So the answer is: 19\n"
    assert (output.finish, output.tokens) == ("stop", 3 + 2 + 5)
    assert session.asked == [("main", (0,))] * 3
    assert session.put == [(0, (99,))] * 3
    assert session.stops[0] == Stop("So the answer is:", "\n")


def test_two_students_write_in_turn_and_their_kinds_are_kept() -> None:
    (output,), session = told(method(paths="two"), [(" Tom has 12.", "eos"), (" So 19.", "eos"), LAST])
    assert [path for path, _ in session.asked] == ["extractive", "abstractive", "extractive"]
    assert [(one.kind, output.text[one.start : one.end]) for one in output.segments] == [
        ("extractive", " Tom has 12."),
        ("abstractive", " So 19."),
        ("extractive", LAST[0]),
    ]


def test_finished_questions_leave_and_the_others_go_on() -> None:
    outputs, session = told(method(), [LAST], [(" Tom.", "eos"), LAST])
    assert session.asked == [("main", (0, 1)), ("main", (1,))]
    assert [output.finish for output in outputs] == ["stop", "stop"]


@pytest.mark.parametrize(
    ("script", "text", "finish"),
    [
        ([(" Tom.", "eos"), ("", "eos")], " Tom.", "eos"),  # an empty segment
        ([(" Tom.", "eos"), (" Ann.", "eos"), (" Tom.", "eos")], " Tom. Ann.", "eos"),  # one that was there before
        ([(f" {n}.", "eos") for n in range(9)], " 0. 1. 2. 3.", "length"),  # two rounds
        ([(" Tom.", "eos"), ("", "length")], " Tom.", "length"),  # the limit of the whole answer
        ([(" a So the answer is: 19", "eos")], " a So the answer is: 19", "eos"),  # the phrase without its close
        ([(" cut", "length"), LAST], " cut So the answer is: 19\n", "stop"),  # a long segment is gone on from
    ],
)
def test_where_the_loop_stops(script: list[tuple[str, str]], text: str, finish: str) -> None:
    (output,), _ = told(method(rounds=2), script)
    assert (output.text, output.finish) == (text, finish)


def test_needs_follow_from_the_strategy() -> None:
    assert method().needs() == (Arm("cot"), Segments("entropy", "cot", (("merge", True),)))
    assert method(by="location", merge=False).needs() == (Segments("location", None, (("merge", False),)),)
    assert method(by="given").needs() == ()
    loss = method(by="loss", beta=2, settings=["per=mean"]).needs()
    assert loss[1] == Segments("loss", "cot", (("beta", 2), ("merge", True), ("per", "mean")))
    report = method(answer_format="report").needs()
    assert report == (Arm("cot", (("answer_format", "report"),)), Segments("entropy", "cot", (("merge", True),), True))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "entropie"}, "did you mean 'entropy'"),
        ({"beta": 0}, "expected a number above 0"),
        ({"by": "location", "beta": 1.2}, "unknown option of strategy 'location'"),
        ({"settings": ["per"]}, "name=value"),
        ({"by": "given", "beta": 1.2}, "have no effect"),
        ({"rounds": 0}, "at least 1"),
        ({"paths": "three"}, "paths"),
    ],
)
def test_wrong_options_are_refused_in_a_sentence(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make_method("ases", options)


def test_a_rationale_without_segments_is_named() -> None:
    bare = replace(RECORD, rationales=(replace(RATIONALE, segments=None),))
    with pytest.raises(InputError, match="record 'r' has a rationale without segments"):
        method().views(bare, "main")


def test_a_report_is_its_own_rationale() -> None:
    report = Record("p", "pet_impression", "The liver is normal.", "No sign of disease.", rationales=(RATIONALE,))
    made = method(answer_format="report", by="given")
    (whole,) = made.kept(report)
    assert (whole.text, whole.correct) == ("No sign of disease.", True)
    cut = replace(report, rationales=(replace(whole, segments=(Segment("extractive", 0, 19),)),))
    (view,) = made.views(replace(cut, rationales=made.kept(cut)), "main")
    assert view.prompt == "Findings: The liver is normal.\nImpression:"
    assert [piece.text for piece in view.target] == [SEGMENT, " No sign of disease.\n\n"]
    said = made.reader.read(" No sign of disease.\n\nMore.", get_task("pet_impression"))
    assert said.answer == "No sign of disease", "in its canonical form, up to the blank line"


def test_a_path_without_a_segment_of_its_kind_is_refused() -> None:
    tokenizer = tiny_tokenizer([RATIONALE.text, "Q: How many?\nA: So the answer is: 19\n"], 500)
    tokenizer.add_special_tokens({"additional_special_tokens": [SEGMENT]})
    whole = replace(RECORD, rationales=(replace(RATIONALE, segments=(Segment("extractive", 0, 55),)),))
    with pytest.raises(InputError, match="path 'abstractive' a view: no segment is of its kind"):
        TrainingDataset([whole], method(paths="two"), "abstractive", tokenizer, SequenceTemplate((), 2), seed=0)
