"""Pieces, weights and special tokens around them, on tokenizers of several kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import folder_of
from smallsteps.engine import tokens
from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tokens import encode_prompt, encode_view, encode_views
from smallsteps.errors import InputError, OptionError
from smallsteps.views import Mark, Piece, View


def student(family: str, folder: Path) -> Student:
    return load_student(str(folder_of(family, folder)))


def view(*pieces: Piece, **more: object) -> View:
    return View("r", "target", "Q: how many?\nA:", pieces, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("family", "before"), [("llama", [1]), ("opt", [1]), ("gpt2", []), ("qwen3", [])])
def test_start_token_where_the_tokenizer_has_one(family: str, before: list[int], tmp_path: Path) -> None:
    pupil = student(family, tmp_path)
    encoded = encode_view(pupil.tokenizer, pupil.template, view(Piece(" So the answer is: 19\n")))
    assert encoded.tokens[: len(before)].tolist() == before
    assert (
        pupil.tokenizer.decode(encoded.tokens[len(before) : -1].tolist()) == "Q: how many?\nA: So the answer is: 19\n"
    )
    assert encoded.tokens[-1] == 2


def test_pieces_keep_their_weights(tmp_path: Path) -> None:
    pupil = student("gpt2", tmp_path)
    pieces = (Piece(" So the answer is: 19\n"), Piece(" Tom has 19 apples.", 0.5), Piece(" Ignored.", 0.0))
    encoded = encode_view(pupil.tokenizer, pupil.template, view(*pieces, weight=2.0, ends=False))
    text = {weight: pupil.tokenizer.decode(encoded.tokens[encoded.weights == weight].tolist()) for weight in (2.0, 1.0)}
    assert text == {2.0: " So the answer is: 19\n", 1.0: " Tom has 19 apples."}


def test_a_line_break_survives_every_tokenizer(tmp_path: Path) -> None:
    """T5's tokenizer folds line breaks away; the answer line needs its own, so the student is given one."""
    pupil = student("t5", tmp_path)
    encoded = encode_view(pupil.tokenizer, pupil.template, view(Piece(" So the answer is: 19\n"), Piece(" Tom.")))
    assert "19\n" in pupil.tokenizer.decode(encoded.tokens.tolist(), skip_special_tokens=True)
    assert len(pupil.tokenizer) <= pupil.model.get_input_embeddings().num_embeddings


def test_encoder_reads_leading_context(tmp_path: Path) -> None:
    pupil = student("bart", tmp_path)
    led = encode_view(
        pupil.tokenizer, pupil.template, view(Piece(" Tom has 12.", 0.0), Piece(" So the answer is: 19\n"))
    )
    assert pupil.tokenizer.decode(led.source.tolist(), skip_special_tokens=True) == "Q: how many?\nA: Tom has 12."
    assert led.source[[0, -1]].tolist() == [1, 2]
    assert led.tokens[0] == 1  # BART's targets begin with the start token, learnt
    assert (led.weights > 0).all()


def test_marks_point_to_the_last_token_of_their_piece(tmp_path: Path) -> None:
    for family in ("gpt2", "t5"):
        pupil = student(family, tmp_path / family)
        pupil.add_tokens(("<sem>",))
        pieces = (Piece(" So the answer is: 19\n"), Piece("<sem>"))
        encoded = encode_view(pupil.tokenizer, pupil.template, view(*pieces, marks=(Mark(1, ("k",)),)))
        ((index, keys),) = encoded.marks
        assert keys == ("k",)
        assert encoded.tokens[index] == pupil.tokenizer.convert_tokens_to_ids("<sem>")


@pytest.mark.parametrize("family", ["gpt2", "llama", "t5", "bart"])
def test_many_views_at_once_are_encoded_as_each_alone(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prompts that recur, a target that does not continue its prompt's tokens ("apple" + "s"), calls of two views."""
    pupil = student(family, tmp_path)
    pieces = [(Piece(" Tom has 12.", 0.5), Piece(" So the answer is: 19\n")), (Piece("s and 7 more."),)]
    prompts = ("Q: how many?\nA:", "Tom has 12 apple")
    views = [View("r", "target", prompt, some) for prompt in prompts for some in pieces]
    alone = [encode_view(pupil.tokenizer, pupil.template, one) for one in views]
    monkeypatch.setattr(tokens, "CALL", 2)
    together = encode_views(pupil.tokenizer, pupil.template, [*views, views[0]])
    for one, other in zip([*alone, alone[0]], together, strict=True):
        assert one.source.tolist() == other.source.tolist()
        assert one.tokens.tolist() == other.tokens.tolist()
        assert one.weights.tolist() == other.weights.tolist()


def test_chat_prompts_go_through_the_template(tmp_path: Path) -> None:
    folder = folder_of("gpt2", tmp_path)
    with pytest.raises(OptionError, match="chat template"):
        load_student(str(folder), chat=True)
    pupil = load_student(str(folder))
    pupil.tokenizer.chat_template = (
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    pupil.tokenizer.save_pretrained(folder)
    talker = load_student(str(folder), chat=True)
    ids = encode_prompt(talker.tokenizer, talker.template, "how many?")
    assert talker.tokenizer.decode(list(ids)) == "<|user|>how many?\n<|assistant|>"
    encoded = encode_view(talker.tokenizer, talker.template, View("r", "target", "how many?", (Piece(" 19\n"),)))
    assert encoded.tokens[: len(ids)].tolist() == list(ids)
    assert talker.tokenizer.decode(encoded.tokens[len(ids) : -1].tolist()) == "19\n"


def test_a_view_without_a_supervised_token_is_refused(tmp_path: Path) -> None:
    pupil = student("gpt2", tmp_path)
    with pytest.raises(InputError, match=r"record 'r': a view of part 'target' has no supervised token"):
        encode_view(pupil.tokenizer, pupil.template, view(Piece(" context", 0.0)))
    with pytest.raises(InputError, match="no supervised token"):
        encode_view(pupil.tokenizer, pupil.template, view(Piece(""), ends=False))


def test_a_student_that_cannot_be_loaded() -> None:
    with pytest.raises(OptionError, match="did you mean 'tiny-decoder'"):
        load_student("tiny-decodr")
