"""What every teacher keeps, by its mere presence in the folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from servers import Answer, Seen, Server, numbered
from smallsteps.errors import OptionError
from smallsteps.generators import make_generator
from smallsteps.records import Rationale, Record, content_hash
from smallsteps.sampling import Settings, Store, corpus, make_teacher, sample
from smallsteps.teachers import TEACHERS, Demonstration, Prompt, PromptedTeacher, Teacher

SETTINGS: dict[str, dict[str, Any]] = {"huggingface": {"max_tokens": 8}, "openai": {"model": "m", "send_seed": True}}


@pytest.fixture(scope="session")
def records() -> list[Record]:
    return list(make_generator("word_problems", {}).records(3, 0, "train"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, records: Sequence[Record]) -> Path:
    """A student that smallsteps made: tiny, untrained, with its card."""
    from smallsteps.engine.student import card_of, load_student

    target = tmp_path_factory.mktemp("student") / "main"
    load_student("tiny-decoder", records, seed=1).save(target, card_of("cot", {}, "word_problems", "main"))
    return target


def _script(request: Seen) -> Answer:
    """The same answer for the same seed."""
    return numbered(dataclasses.replace(request, number=int(request.body["seed"])))


@pytest.fixture(params=TEACHERS.names())
def teacher(request: pytest.FixtureRequest, folder: Path) -> Iterator[Teacher]:
    settings = dict(SETTINGS.get(request.param, {}))
    if request.param == "huggingface":
        settings["model"] = str(folder)
    with Server(_script) as server:
        if request.param == "openai":
            settings["base_url"] = [server.url]
        yield make_teacher(request.param, settings)


def test_a_teacher_is_a_documented_frozen_dataclass(teacher: Teacher) -> None:
    kind = type(teacher)
    assert dataclasses.is_dataclass(kind)
    assert kind.__doc__ and kind.__doc__.strip().endswith(".")
    with pytest.raises(dataclasses.FrozenInstanceError):
        teacher.mark = 1  # type: ignore[attr-defined]


def test_it_writes_as_many_rationales_as_asked_for_each_record(teacher: Teacher, records: list[Record]) -> None:
    told = dict(teacher.rationales(records, 3, seed=5))
    assert set(told) == {record.id for record in records}
    assert all(len(rationales) == 3 for rationales in told.values())
    assert all(one.teacher for rationales in told.values() for one in rationales)


def test_the_same_seed_writes_the_same(teacher: Teacher, records: list[Record]) -> None:
    first = dict(teacher.rationales(records, 2, seed=5))
    assert dict(teacher.rationales(records, 2, seed=5)) == first
    assert dict(teacher.rationales(records, 2, seed=6)) != first


def test_what_identifies_a_request_is_its_content(teacher: Teacher, records: list[Record]) -> None:
    if not isinstance(teacher, PromptedTeacher):
        pytest.skip("not asked in words")
    shown = Prompt(demonstrations=(Demonstration("1+1?", "The answer is 2."),))
    contents = [teacher.content(record, prompt) for record in records for prompt in (Prompt(), shown)]
    assert len({content_hash(content) for content in contents}) == len(contents)
    assert teacher.content(records[0], shown) == contents[1]
    assert all(teacher.prompt_bound(content) > len(str(content)) / 8 for content in contents)


def test_the_sampler_keeps_its_samples(teacher: Teacher, records: list[Record], tmp_path: Path) -> None:
    if not isinstance(teacher, PromptedTeacher):
        pytest.skip("not asked in words")
    settings = Settings(count=3, seed=1)
    with Store(tmp_path / "s.sqlite") as store:
        outcome = sample(records, teacher, store, settings=settings)
        assert (outcome.missing, outcome.tally.samples, store.size()) == (0, 9, 9)
        made = list(corpus(records, teacher, store, Prompt(), settings))
        assert sample(records, teacher, store, settings=settings).tally.requests == 0
    assert all(one.teacher == teacher.label for record in made for one in record.rationales)


def test_a_local_sample_is_the_same_in_any_batch(folder: Path, records: list[Record]) -> None:
    def told(rows: int) -> list[Rationale]:
        teacher = make_teacher("huggingface", {"model": str(folder), "max_tokens": 8, "rows": rows})
        found = dict(teacher.rationales(records, 3, seed=2))
        return [one for rationales in found.values() for one in rationales]

    alone, together = told(1), told(8)
    assert [one.text for one in together] == [one.text for one in alone]
    assert [one.logprob for one in together] == pytest.approx([one.logprob for one in alone], abs=2e-5)
    assert all(one.logprob is not None and one.logprob < 0 for one in alone)


def test_a_students_log_probabilities_are_those_of_its_model(folder: Path, records: list[Record]) -> None:
    """Greedy and 1 token long: the mean log-probability is the model's own at that place."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    settings = {"model": str(folder), "max_tokens": 1, "temperature": 0.0}
    ((_, (one,)),) = make_teacher("huggingface", settings).rationales(records[:1], 1, seed=0)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(f"Q: {records[0].question}\nA:", return_tensors="pt", return_token_type_ids=False)
    with torch.inference_mode():
        logprobs = torch.log_softmax(model(**ids).logits[0, -1].float(), dim=-1)
    assert one.logprob == pytest.approx(logprobs.max().item(), abs=1e-4)


def test_a_student_trained_anew_is_asked_anew(folder: Path, records: list[Record], tmp_path: Path) -> None:
    from smallsteps.engine.student import card_of, load_student

    target = tmp_path / "main"
    load_student("tiny-decoder", records, seed=2).save(target, card_of("cot", {}, "word_problems", "main"))
    contents = [
        make_teacher("huggingface", {"model": str(place)}).content(records[0], Prompt())  # type: ignore[attr-defined]
        for place in (folder, target)
    ]
    assert contents[0]["prompt"] == contents[1]["prompt"] == f"Q: {records[0].question}\nA:"
    assert contents[0]["weights"] != contents[1]["weights"]


def test_a_model_that_is_nowhere_is_one_sentence(records: list[Record], tmp_path: Path) -> None:
    teacher = make_teacher("huggingface", {"model": str(tmp_path / "nothing"), "style": "plain"})
    with pytest.raises(OptionError, match="cannot be loaded"):
        list(teacher.rationales(records, 1, 0))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "needs 'model'"),
        ({"model": "m", "max_tokens": 0}, "at least 1"),
        ({"model": "m", "max_tokens": "many"}, "max_tokens = 'many'"),
        ({"model": "m", "modle": "n"}, "did you mean 'model'"),
        ({"model": "m", "base_url": ["localhost:80"]}, "not a base URL"),
        ({"model": "m", "base_url": ["http://a/v1", "http://b/v1"], "key_env": ["A", "B", "C"]}, "do not pair up"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(Exception, match=words) as caught:
        make_teacher("openai", settings)
    assert getattr(caught.value, "exit_status", None) == 2
