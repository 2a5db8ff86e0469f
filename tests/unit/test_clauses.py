"""Where a text is cut into clauses and where not."""

from __future__ import annotations

import pytest

from smallsteps.text.clauses import count_words, split_clauses

WHOLE = "|"


def cut(text: str, shortest: int = 4) -> list[str]:
    return [text[start:end] for start, end in split_clauses(text, shortest)]


@pytest.mark.parametrize(
    "text",
    [
        "Tom has 3 apples and buys 4 more.| Then he gives 2 of them away,| which leaves him with 5 apples.",
        "She pays 1,200 dollars and 3.5 percent of interest on that.| The total of both is 1,242.00 dollars!",
        "Mr. Smith of St. Ives met Dr. J. Brown at 3 p.m. on a Monday.| They talked e.g. about fruit vs. vegetables.",
        "The class began at 3 p.m.| They left for home two hours later.",
        "Today is Jan. 5, 2001 and a Friday.| The date 10 days ago is 12/26/2000.",
        "The first line says something new|\nand the second line does so as well|\n\nStep 3: this is another one.",
        'He said "I have five apples."| And then he ate one of them.',
        "Wait a moment, my dear...| That would make seven of them;| so we are done with it.",
        "She takes 1, 2 and 3 of the boxes.",
    ],
)
def test_cuts_stand_at_sentence_ends_line_breaks_and_commas_only(text: str) -> None:
    assert cut(text.replace(WHOLE, "")) == text.split(WHOLE)


@pytest.mark.parametrize(
    "text",
    [
        "So, the answer is seven.",  # opens the clause behind it
        "Tom has apples, pears, and plums.",  # each too short: all together
        "There are nine of them now, right?",  # closes the clause before it
        "Yes. Tom has five apples now.",  # a short sentence opens the next one
        "1. We add the two numbers up.",  # the number of a list
        "That is all of it. Done.",
        "Hi.",
    ],
)
def test_short_clauses_stay_with_a_neighbour(text: str) -> None:
    assert cut(text) == [text]


def test_a_short_clause_prefers_what_follows_in_its_own_sentence() -> None:
    assert cut("He eats two of them. Then, he buys ten more of those.") == [
        "He eats two of them.",
        " Then, he buys ten more of those.",
    ]


def test_the_shortest_clause_is_an_option() -> None:
    assert cut("So, the answer is seven.", shortest=1) == ["So,", " the answer is seven."]


def test_other_scripts_are_cut_at_their_own_punctuation() -> None:
    assert cut("双肺纹理增多，未见明显异常密度影。肝脏大小正常，形态规则。") == [
        "双肺纹理增多，",
        "未见明显异常密度影。",
        "肝脏大小正常，",
        "形态规则。",
    ]
    assert len(cut("टॉम के पास पाँच सेब हैं। वह दो सेब खाता है।")) == 2
    assert len(cut("لدى توم خمس تفاحات في السلة، ثم أكل اثنتين منها بعد ذلك.")) == 2


def test_nothing_and_white_space() -> None:
    assert cut("") == []
    assert cut(" \n ") == [" \n "]
    assert cut("Tom has five apples now. \n") == ["Tom has five apples now. \n"]


def test_words_are_counted_by_script() -> None:
    assert count_words("Tom has 3.5 apples - yes!") == 5
    assert count_words("肝脏大小正常。") == 6
