"""A generated answer, written in any of the usual ways, is read back; what only looks like an answer is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallsteps.text.candidates import dates, letters, strings, yes_no
from smallsteps.text.numbers import numbers, same_number

quick = settings(max_examples=40, deadline=None)

WIDE = str.maketrans("0123456789.,-%$", "０１２３４５６７８９．，－％＄")
whole_numbers = st.integers(min_value=0, max_value=10**12)
cents = st.integers(min_value=0, max_value=10**9).map(lambda n: Decimal(n) / 100)

WAYS: dict[str, Callable[[int], str]] = {
    "plain": str,
    "trailing period": lambda n: f"{n}.",
    "sentence": lambda n: f" they have {n} apples, I think.",
    "decimal point": lambda n: f"{n}.0",
    "two decimals": lambda n: f"{n}.00.",
    "thousands": lambda n: f"{n:,}",
    "thousands in a sentence": lambda n: f"about {n:,}, more or less",
    "dollars": lambda n: f"${n}",
    "dollars and cents": lambda n: f"${n:,}.00",
    "escaped dollars": lambda n: f"\\${n}",
    "dollars with a gap": lambda n: f"$ {n}",
    "euros": lambda n: f"€{n:,}",
    "unit": lambda n: f"{n} miles",
    "unit without a gap": lambda n: f"{n}km",
    "percent": lambda n: f"{n}%",
    "LaTeX percent": lambda n: f"${n}\\%$",
    "bold": lambda n: f"**{n}**.",
    "italic": lambda n: f"_{n}_",
    "boxed": lambda n: f"\\boxed{{{n}}}",
    "boxed thousands": lambda n: "\\boxed{" + f"{n:,}".replace(",", "{,}") + "}",
    "inline LaTeX": lambda n: f"\\({n}\\)",
    "LaTeX text": lambda n: f"{n}\\text{{ apples}}",
    "full-width": lambda n: str(n).translate(WIDE),
    "full-width thousands": lambda n: f"{n:,}".translate(WIDE),
    "thin spaces": lambda n: f"{n:,}".replace(",", "\u202f"),
    "brackets": lambda n: f"({n})",
    "equation": lambda n: f"= {n}",
    "fraction over one": lambda n: f"{n}/1",
    "line break": lambda n: f"\n{n}\n",
    "leading zeros": lambda n: f"00{n}",
}
MINUS_SIGNS = {"hyphen": "-", "minus": "−", "en dash": "–", "full-width": "－"}


@pytest.mark.parametrize("way", WAYS)
@quick
@given(whole_numbers)
def test_a_number_is_read_in_every_way_of_writing_it(way: str, number: int) -> None:
    assert numbers(WAYS[way](number))[0] == str(number)


@pytest.mark.parametrize("sign", MINUS_SIGNS)
@pytest.mark.parametrize(
    "form", ["{s}{n}", "{s}${n}", "${s}{n}", "= {s}{n}.", "({s}{n})", "**{s}{n}**", "it is {s}{n} degrees"]
)
@quick
@given(st.integers(min_value=1, max_value=10**9))
def test_a_negative_number_is_read_with_each_minus_sign(sign: str, form: str, number: int) -> None:
    assert numbers(form.format(s=MINUS_SIGNS[sign], n=number)) == [str(-number)]


@quick
@given(cents, st.sampled_from(["${:,.2f}", "{:.2f}", "{:,.2f} euros", "**${:.2f}**", "\\boxed{{{:.2f}}}"]))
def test_an_amount_with_cents_is_read(amount: Decimal, form: str) -> None:
    (found,) = numbers(form.format(amount))
    assert Decimal(found) == amount


@quick
@given(
    st.integers(1, 999),
    st.integers(1, 999),
    st.sampled_from(["{a}/{b}", "\\frac{{{a}}}{{{b}}}", "$\\dfrac{{{a}}}{{{b}}}$", "{a}⁄{b} of it"]),
)
def test_a_fraction_is_read_as_its_value(top: int, bottom: int, form: str) -> None:
    (found,) = numbers(form.format(a=top, b=bottom))
    assert same_number(found, str(Decimal(top) / Decimal(bottom)))


@quick
@given(
    st.integers(1, 99),
    st.sampled_from([("½", "0.5"), ("¼", "0.25"), ("¾", "0.75"), (" 1/2", "0.5"), ("\\frac{1}{2}", "0.5")]),
)
def test_a_mixed_fraction_is_one_number(whole: int, part: tuple[str, str]) -> None:
    assert numbers(f"{whole}{part[0]} cups") == [str(whole + Decimal(part[1]))]


@quick
@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_date_is_no_number(day: date) -> None:
    assert numbers(f"{day.month}/{day.day}/{day.year:04d}") == [] == numbers(day.isoformat())


@quick
@given(st.integers(0, 23), st.integers(0, 59), st.integers(1, 200))
def test_times_ordinals_versions_and_room_numbers_are_no_numbers(hour: int, minute: int, number: int) -> None:
    text = f"{hour}:{minute:02d}, the {number}th, v{number}, version {number}.{hour}.{minute}, room B{number}"
    assert numbers(text) == []


@quick
@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_different_numbers_are_different_answers(a: int, b: int) -> None:
    assert same_number(numbers(str(a))[0], numbers(str(b))[0]) == (a == b)
    assert not same_number(str(a), f"{a}{b}")  # 25 is not 5, nor 2


@quick
@given(st.decimals(min_value=-1000, max_value=1000, places=3), st.sampled_from(["0.0000001", "0.00001"]))
def test_numbers_are_equal_within_a_millionth(number: Decimal, off: str) -> None:
    near = number + Decimal(off)
    assert same_number(str(number), format(near, "f")) == (off == "0.0000001")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text("0123456789.,-–−/:%$()[]ABabcIyesno '\"\\{}*_eE½x×^\n", max_size=60))
def test_any_text_can_be_read_and_every_reading_reads_back(text: str) -> None:
    for read in (numbers, yes_no, strings, dates, lambda text: letters(text, "ABCDEF")):
        for found in read(text):
            assert read(found) == [found]


@quick
@given(
    st.sampled_from("ABCDE"),
    st.sampled_from(["({})", "{}", " {}.", "{})", "**{}**", "\\boxed{{{}}}", "[{}]", "{}: the one", "（{}）"]),
)
def test_a_choice_letter_is_read_in_either_case(letter: str, form: str) -> None:
    assert letters(form.format(letter), "ABCDE") == [letter]
    if form in ("({})", "{})", "[{}]", "（{}）"):
        assert letters(form.format(letter.lower()), "ABCDE") == [letter]


@quick
@given(
    st.sampled_from(["train", "ball", "man", "good idea"]),
    st.sampled_from(["A {}", "is a {}", "such a {} as A{}", "I am a {}"]),
)
def test_the_article_and_the_pronoun_are_no_choices(word: str, form: str) -> None:
    assert letters(form.format(word, word), "ABCDEFGHI") == []


@quick
@given(
    st.sampled_from(["yes", "no"]),
    st.sampled_from(["{}", "{}.", "{}, of course", "**{}**", "({})", "“{}”", "{} because it is"]),
)
def test_yes_and_no_are_read_in_any_case(word: str, form: str) -> None:
    for written in (word, word.upper(), word.capitalize()):
        assert yes_no(form.format(written)) == [word]


@quick
@given(st.sampled_from(["one", "evidence", "longer", "doubt", "way"]))
def test_no_before_a_noun_is_no_answer(noun: str) -> None:
    assert yes_no(f"there is no {noun} here, and nobody knows") == []


@quick
@given(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8),
    st.sampled_from(['"{}"', "{}.", "**{}**", "'{}'.", "“{}”", "\\boxed{{{}}}", "{}\n"]),
)
def test_a_string_of_letters_is_read(word: str, form: str) -> None:
    assert strings(form.format(word)) == [word] == strings(form.format(word.upper()))


@quick
@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8), st.sampled_from(["-", " ", ", ", ". "]))
def test_a_spelled_string_is_joined(word: str, gap: str) -> None:
    assert strings(gap.join(word)) == [word]


@quick
@given(
    st.dates(min_value=date(1000, 1, 1)),
    st.sampled_from(["{d.month}/{d.day}/{d.year}", "{d:%m/%d/}{d.year}.", "{d:%m-%d-}{d.year}",
                     "{d:%B} {d.day}, {d.year}", "{d:%b} {d.day}, {d.year}", "{d.day} {d:%B} {d.year}",
                     "**{d:%m/%d/}{d.year}**"]),
)  # fmt: skip
def test_a_date_is_read_in_every_way_of_writing_it(day: date, form: str) -> None:
    assert dates(form.format(d=day)) == [f"{day:%m/%d/}{day.year:04d}"]


@quick
@given(st.integers(13, 31), st.integers(1, 12), st.integers(1900, 2100))
def test_the_day_first_is_no_date(day: int, month: int, year: int) -> None:
    assert dates(f"{day}/{month:02d}/{year}") == []
