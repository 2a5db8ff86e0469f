"""`smallsteps segment CORPUS`: cut rationales into extractive and abstractive segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from smallsteps.records import Record
    from smallsteps.segment import Scorer, Segmentation, Strategy

BY = "The strategy that labels the clauses; repeat to compare several. The segments of the first are written."
SCORER = "The folder of a trained student; needed by entropy and loss."
BETA = "β: a clause is abstractive if its score is above β times the mean of its rationale (default 1.4)."
MERGE = "Join neighbours with the same label into one segment."
SETTINGS = "An option of the strategies, NAME=VALUE; may be repeated. It goes to the strategies that have it."


def segment(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="The corpus to segment.")],
    by: Annotated[list[str] | None, typer.Option(help=BY)] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The corpus to write.")] = None,
    scorer: Annotated[Path | None, typer.Option(metavar="STUDENT", help=SCORER)] = None,
    beta: Annotated[float | None, typer.Option(help=BETA)] = None,
    merge: Annotated[bool, typer.Option(help=MERGE)] = True,
    settings: Annotated[list[str] | None, typer.Option("--set", help=SETTINGS)] = None,
    show: Annotated[int, typer.Option(min=0, help="Number of segmented rationales to print.")] = 3,
) -> None:
    """Cut every rationale into extractive segments (restated) and abstractive ones (new), and show the result."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.cli._inputs import require_corpus
    from smallsteps.records import read_records, write_records
    from smallsteps.segment import STRATEGIES, segment_records, segmentation

    names = list(dict.fromkeys(by or STRATEGIES.names()))
    strategies = {name: _strategy(name, beta, merge, settings or []) for name in names}
    _check_settings(list(strategies.values()), settings or [])
    judge = _scorer(scorer, strategies)
    require_corpus(corpus)
    records = list(read_records(corpus))
    cut = {name: list(segment_records(records, one, judge, progress())) for name, one in strategies.items()}
    first = next(iter(cut.values()))
    if out is not None:
        write_records(out, first)
        console.print(f"wrote {out}")
    console.print(shares_table({name: segmentation(some) for name, some in cut.items()}))
    if len(cut) > 1:
        console.print(agreement_table(cut))
    for text in _examples(first, show):
        console.print(text)


def _strategy(name: str, beta: float | None, merge: bool, settings: Sequence[str]) -> Strategy:
    """A strategy with those of the given options that it has."""
    from dataclasses import fields

    from smallsteps.errors import OptionError
    from smallsteps.segment import STRATEGIES, make_strategy

    known = {item.name for item in fields(STRATEGIES.get(name))}
    options: dict[str, Any] = {"merge": merge}
    if beta is not None:
        options["beta"] = beta
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals and value):
            raise OptionError(f"--set {setting}: expected NAME=VALUE, such as --set per=mean")
        options[key.strip()] = value.strip()
    return make_strategy(name, {key: value for key, value in options.items() if key in known})


def _check_settings(strategies: Sequence[Strategy], settings: Sequence[str]) -> None:
    """Raise UnknownNameError for an option that none of the strategies has."""
    from dataclasses import fields

    from smallsteps.errors import UnknownNameError

    known = {item.name for strategy in strategies for item in fields(strategy)}
    for setting in settings:
        name = setting.partition("=")[0].strip()
        if name not in known:
            raise UnknownNameError("option of these strategies:", name, known)


def _scorer(folder: Path | None, strategies: dict[str, Strategy]) -> Scorer | None:
    """The scorer, loaded only if a strategy needs it. Raises InputError if it is missing."""
    from smallsteps.errors import InputError

    readers = [name for name, strategy in strategies.items() if strategy.scorer_context is not None]
    if not readers:
        return None
    if folder is None:
        raise InputError(f"the strategy '{readers[0]}' needs a trained student as scorer; name its folder with "
                         "--scorer (an arm of a run, or the folder of `smallsteps train`)")  # fmt: skip
    from smallsteps.decoding.scorer import load_scorer

    return load_scorer(folder)


def shares_table(found: dict[str, Segmentation]) -> Any:
    """The statistics of each strategy."""
    from smallsteps.cli._console import table
    from smallsteps.text.tables import TableColumn

    columns = (
        TableColumn("strategy", number=False), TableColumn("rationales"), TableColumn("segments"),
        TableColumn("per rationale", priority=1), TableColumn("abstractive %"),
        TableColumn("of words %", priority=2), TableColumn("single segment %", priority=3),
    )  # fmt: skip
    rows = [
        (name, one.rationales, one.segments, f"{one.per_rationale:.2f}", f"{100 * one.abstractive:.1f}",
         f"{100 * one.abstractive_words:.1f}", f"{100 * one.whole / max(one.rationales, 1):.1f}")
        for name, one in found.items()
    ]  # fmt: skip
    return table("", columns, rows)


def agreement_table(cut: dict[str, list[Record]]) -> Any:
    """The share of characters that two strategies label the same, for every pair."""
    from smallsteps.cli._console import table
    from smallsteps.segment import agreement

    rows = [
        (name, *(f"{100 * agreement(records, others):.1f}" for others in cut.values())) for name, records in cut.items()
    ]
    return table("agreement (characters with the same label), %", ("strategy", *cut), rows)


def _examples(records: Sequence[Record], number: int) -> Iterator[Text]:
    from itertools import islice

    firsts = ((record, rationale) for record in records for rationale in record.rationales[:1])
    for record, rationale in islice(firsts, number):
        yield segments_text(record, rationale)


def segments_text(record: Record, rationale: Any) -> Text:
    """A question with one rationale, its abstractive segments in colour, each segment with its score."""
    from rich.text import Text

    text = Text(f"{record.id} ", "bold").append(record.question.strip() + "\n", "dim")
    return text.append_text(spans_text(rationale)).append("\n")


def spans_text(rationale: Any) -> Text:
    """A rationale with its abstractive segments in colour, each segment with its score; plain without segments."""
    from rich.text import Text

    from smallsteps.segment import segment_spans

    text = Text()
    for words, kind, score in segment_spans(rationale):
        mark, style = ("AS", "bold green") if kind == "abstractive" else ("ES", "")
        value = "" if score is None else f" {score:.2f}"
        text.append(f" [{mark}{value}]", "cyan").append(words, style)
    return text if text else Text(rationale.text.strip())
