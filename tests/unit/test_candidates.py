"""Edges of reading answers that no golden case shows."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction

import pytest

from smallsteps.text.candidates import dates, letters, strings, yes_no
from smallsteps.text.numbers import canonical_number, numbers, same_number
from smallsteps.text.plain import plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("29.00"), "29"),
        (Decimal("-0.0"), "0"),
        (Decimal("1e3"), "1000"),
        (Decimal("0.0000000000001"), "0"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(-7, 2), "-3.5"),
        (Fraction(10**40, 1), "1" + "0" * 40),
    ],
)
def test_a_number_has_one_canonical_form(value: Decimal | Fraction, text: str) -> None:
    assert canonical_number(value) == text


def test_long_integers_stay_exact() -> None:
    number = "9" * 5000
    assert numbers(f"{number}.") == [number]
    assert same_number(number, number)
    assert not same_number(number, number[:-1] + "8")


def test_a_huge_exponent_or_denominator_is_cheap() -> None:
    start = time.perf_counter()
    assert numbers("1e99")[0] == "1" + "0" * 99
    assert "1e999999" not in numbers("1e999999")
    assert numbers(f"1/{'7' * 31}") == []
    assert numbers("1" * 20_000 + "/") == ["1" * 20_000]
    assert time.perf_counter() - start < 2


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    start = time.perf_counter()
    for unit in ("-1 ", "a b ", "(A ", '"', "no ", "1,111", "12/12/", "- ", "{", "\\boxed{", "1 "):
        text = unit * 2_000
        for read in (numbers, yes_no, strings, dates):
            read(text)
        letters(text, "ABC")
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("NaN", "4", False),
        ("NaN", "NaN", True),
        ("sNaN", "4", False),
        ("Infinity", "Infinity", True),
        ("Infinity", "-Infinity", False),
        ("Infinity", "1e999999999", False),
        ("1e999999999", "4", False),
        ("1e999999999", "1e999999999", True),
        ("1e999999999", "1e999999998", False),
        ("1e999999999999999999", "-9e999999999999999999", False),
        ("1e9999999999999999999999", "4", False),
        ("1e-999999999", "0", True),
    ],
)
def test_same_number_takes_whatever_a_number_can_look_like(a: str, b: str, same: bool) -> None:
    assert same_number(a, b) is same
    assert same_number(b, a) is same


def test_same_number_of_texts_that_are_no_numbers_compares_them() -> None:
    assert same_number("seven", "seven")
    assert not same_number("seven", "7")


def test_the_allowed_letters_decide() -> None:
    assert letters("(D)", "ABC") == []
    assert letters("(D)", "ABCD") == ["D"]
    assert letters("(I)", "ABCDEFGHI") == ["I"]


def test_plain_unwraps_latex_and_wide_characters() -> None:
    assert plain("\\boxed{\\text{１２}}").replace("\\boxed{12}", "12") == "12"
    assert plain("1\\frac{1}{2}") == "1 1/2"
    assert plain("\\dfrac{3}{4}") == "3/4"


def test_several_candidates_stand_in_order() -> None:
    assert numbers("12 + 7 = 19, not 1,900") == ["12", "7", "19", "1900"]
    assert letters("not (A), maybe B, surely C.", "ABC") == ["A", "B", "C"]
    assert yes_no("Yes or no? No.") == ["yes", "no", "no"]
    assert dates("from Jan 2, 1958 to 01/02/2008") == ["01/02/1958", "01/02/2008"]
