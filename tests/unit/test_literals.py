"""Spellings of special tokens in texts stay text; chat templates are rendered once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models import folder_of
from smallsteps.engine.student import Student, card_of, load_student, read_card
from smallsteps.engine.tokens import encode_prompt, encode_siblings, encode_view
from smallsteps.errors import OptionError
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record
from smallsteps.training.round_trip import check_round_trip
from smallsteps.views import Piece, View

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|over|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def student(
    family: str, folder: Path, template: str | None = None, extra: tuple[str, ...] = (), **more: Any
) -> Student:
    """A student whose tokenizer has further special tokens and a chat template."""
    loaded = load_student(str(folder_of(family, folder)))
    loaded.tokenizer.add_special_tokens({"additional_special_tokens": list(extra)})
    loaded.tokenizer.chat_template = template
    loaded.tokenizer.save_pretrained(folder)
    return load_student(str(folder), **more)


@pytest.mark.parametrize("family", ["gpt2", "llama", "opt", "bart"])
@pytest.mark.parametrize("spelling", ["</s>", "<|im_end|>", "<s></s>"])
def test_a_spelling_of_a_special_token_is_no_token(family: str, spelling: str, tmp_path: Path) -> None:
    one = student(family, tmp_path, extra=("<|im_end|>",))
    special = set(one.tokenizer.all_special_ids)
    target = f" HTML has {spelling} in it.\n"
    view = View("r", "target", f"Q: What is {spelling}?\nA:", (Piece(" Well,"), Piece(target, 0.5)))
    encoded = encode_view(one.tokenizer, one.template, view)
    prompt = encode_prompt(one.tokenizer, one.template, view.prompt)
    around = {*one.template.before, *one.template.source_end, *one.template.target_start, one.template.end}
    body = encoded.tokens[encoded.weights == 0.5].tolist()[:-1]
    assert not special & set(body) and one.tokenizer.decode(body) == target
    assert special & set(prompt) <= around and prompt.count(one.template.end) <= one.template.source_end.count(2)
    read = encoded.source if one.template.split else encoded.tokens[: len(prompt)]
    assert tuple(read.tolist()) == prompt  # the same ids in training as at inference


def test_siblings_spell_as_views_do(tmp_path: Path) -> None:
    one = student("gpt2", tmp_path)
    views = [View("r", "target", "Q: </s>?\nA:", (Piece(text),), ends=False) for text in (" a </s> b", " plain")]
    together = encode_siblings(one.tokenizer, one.template, views)
    for view, encoded in zip(views, together, strict=True):
        assert encoded.tokens.tolist() == encode_view(one.tokenizer, one.template, view).tokens.tolist()


def test_a_methods_own_tokens_stay_tokens(tmp_path: Path) -> None:
    one = student("gpt2", tmp_path)
    one.add_tokens(["<sem>"])
    view = View("r", "target", "Q: </s>?\nA:", (Piece(" <sem>"), Piece(" </s>")), ends=False)
    ids = encode_view(one.tokenizer, one.template, view).tokens.tolist()
    assert ids.count(one.tokenizer.convert_tokens_to_ids("<sem>")) == 1 and one.template.end not in ids


def test_only_a_chat_template_writes_special_tokens(tmp_path: Path) -> None:
    one = student("gpt2", tmp_path, TEMPLATE, ("<|user|>", "<|assistant|>", "<|over|>"), chat=True)
    ids = list(encode_prompt(one.tokenizer, one.template, "Is <|over|> the end?"))
    assert ids.count(one.tokenizer.convert_tokens_to_ids("<|over|>")) == 1
    assert one.tokenizer.decode(ids) == "<|user|>Is <|over|> the end?<|over|><|assistant|>"


def test_a_template_that_prints_the_date_is_rendered_once(tmp_path: Path) -> None:
    """Asked on another day, a student reads what it read in training; the card keeps it."""
    dated = "{{ strftime_now('%Y') }} {{ messages[0].content }}!"
    one = student("gpt2", tmp_path / "a", dated.replace("strftime_now('%Y')", "'1999'"), chat=True)
    one.tokenizer.chat_template = dated
    one.save(tmp_path / "b", card_of("cot", {"prompt_style": "chat"}, "word_problems", "main"))
    from smallsteps.decoding.answering import load_trained

    _, students, _ = load_trained(tmp_path / "b")
    found = encode_prompt(students["main"].tokenizer, students["main"].template, "how many?")
    assert students["main"].tokenizer.decode(found) == "1999 how many?!"
    assert read_card(tmp_path / "b")["loading"]["chat"] == ["1999 ", "!"]


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ raise_exception('a system turn comes first') }}", "refuses a single user message"),
        ("{{ messages[0].content | upper }}{{ messages[0].content[3:] }}", "does not repeat a user message"),
    ],
)
def test_a_template_that_does_not_fit_is_a_sentence(template: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=rf"{reason}.*use prompt_style: plain"):
        student("gpt2", tmp_path, template, chat=True)


RECORD = Record("r0", "word_problems", "How many?", "125", rationales=(Rationale("We count.", "125", True),))


class Notes(list[str]):
    """A progress that remembers its notes."""

    note = list.append

    def bar(self, title: str, total: float | None) -> Any:
        from smallsteps.progress import SILENT

        return SILENT.bar(title, total)


def change_text(one: Student, change: Any) -> None:
    """Let the tokenizer decode as one does that loses something on the way."""
    decode = one.tokenizer.decode
    object.__setattr__(one.tokenizer, "decode", lambda *a, **b: change(decode(*a, **b)))


@pytest.mark.parametrize(
    "change",
    [str.lower, lambda text: text.replace(":", " :"), lambda text: text.replace("5", " 5"), lambda text: ""],
    ids=["lower-casing", "spaces before colons", "spaces between digits", "nothing"],
)
def test_a_tokenizer_that_loses_the_answer(change: Any, tmp_path: Path) -> None:
    """Refused where the answer cannot be read back; what a reader reads all the same may be trained."""
    one, notes = student("gpt2", tmp_path), Notes()
    method = make_method("cot")
    change_text(one, change)
    expected = method.reader.read(change("So the answer is: 125\n"), _task())
    if expected.announced and expected.answer == "125":
        check_round_trip(one, method, "main", [RECORD], notes)  # type: ignore[arg-type]
        assert not notes
    else:
        with pytest.raises(OptionError, match=r"does not give text back: the answer '125' of record 'r0' comes"):
            check_round_trip(one, method, "main", [RECORD], notes)  # type: ignore[arg-type]


def _task() -> Any:
    from smallsteps.tasks import get_task

    return get_task("word_problems")


def test_a_few_letters_that_a_tokenizer_lacks_are_told(tmp_path: Path) -> None:
    one, notes = student("gpt2", tmp_path), Notes()
    records = [Record(f"r{number}", "word_problems", "How many?", str(number + 5),
                      rationales=(Rationale("So.", str(number + 5), True),)) for number in range(4)]  # fmt: skip
    change_text(one, lambda text: text.replace("8", ""))
    check_round_trip(one, make_method("cot"), "main", records, notes)  # type: ignore[arg-type]
    assert len(notes) == 1 and notes[0].startswith("warning: 1 of 4 answers looked at do not survive")
