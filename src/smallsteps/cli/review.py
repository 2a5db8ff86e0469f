"""`smallsteps review`: people or a judge model compare rationales, or clean a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_WHAT, _JUDGE, _PAGE = "What is reviewed", "Judge model", "Page"
TARGET = "A run folder (compare two sides), or a corpus (with --accept)."
SIDE = "teacher, a corpus file, METHOD, STUDENT/METHOD (student/METHOD: any student), each arm also with @SEED."
SHARE = "Share of the pairs that every rater sees, for agreement; the others go to whoever comes first."
STORE = "Where judgements are kept; by default reviews/ in the run, or CORPUS.review.sqlite beside the corpus."
JUDGE = "Ask this model instead of people, through an OpenAI-compatible endpoint, in both orders of every pair."
RUBRIC = "File with the judge's prompt, with {question}, {first} and {second} in it."
TOKEN = "Secret that the address must carry; one is made for a host other than this machine."
PRICE = "What a million prompt and completion tokens cost: IN,OUT."


def review(
    target: Annotated[Path, typer.Argument(metavar="RUN|CORPUS", help=TARGET)],
    a: Annotated[str | None, typer.Option("--a", help=SIDE, rich_help_panel=_WHAT)] = None,
    b: Annotated[str, typer.Option("--b", help=SIDE, rich_help_panel=_WHAT)] = "teacher",
    count: Annotated[int, typer.Option("-n", min=1, help="Number of pairs.", rich_help_panel=_WHAT)] = 300,
    seed: Annotated[int, typer.Option(help="Draws and orders the pairs.", rich_help_panel=_WHAT)] = 0,
    share: Annotated[float, typer.Option(min=0, max=1, help=SHARE, rich_help_panel=_WHAT)] = 0.2,
    accept: Annotated[bool, typer.Option("--accept", help="Review a corpus.", rich_help_panel=_WHAT)] = False,
    results: Annotated[bool, typer.Option("--results", help="Print the results.", rich_help_panel=_WHAT)] = False,
    csv: Annotated[Path | None, typer.Option(help="Write every judgement as CSV.", rich_help_panel=_WHAT)] = None,
    store: Annotated[Path | None, typer.Option(help=STORE, rich_help_panel=_WHAT)] = None,
    show_answers: Annotated[
        bool, typer.Option("--show-answers", help="Show final answers, hidden by default.", rich_help_panel=_PAGE)
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.", rich_help_panel=_PAGE)] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.", rich_help_panel=_PAGE)] = 8765,
    token: Annotated[str | None, typer.Option(help=TOKEN, rich_help_panel=_PAGE)] = None,
    judge: Annotated[str | None, typer.Option(metavar="MODEL", help=JUDGE, rich_help_panel=_JUDGE)] = None,
    base_url: Annotated[str, typer.Option(help="Base URL of the judge.", rich_help_panel=_JUDGE)] = "",
    key_env: Annotated[
        str, typer.Option(help="Environment variable with the key.", rich_help_panel=_JUDGE)
    ] = "OPENAI_API_KEY",
    rubric: Annotated[Path | None, typer.Option(help=RUBRIC, rich_help_panel=_JUDGE)] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Other settings, NAME=VALUE.", rich_help_panel=_JUDGE)
    ] = None,
    price: Annotated[str | None, typer.Option(help=PRICE, rich_help_panel=_JUDGE)] = None,
    max_cost: Annotated[
        float | None, typer.Option(help="Never spend more; needs --price.", rich_help_panel=_JUDGE)
    ] = None,
) -> None:
    """Compare two sides' rationales blind, on a local page or by a judge model; or accept, reject and edit a corpus."""
    from smallsteps.cli._review import Judge, Page, Sides, judge_pairs, review_corpus, review_pairs, show_results
    from smallsteps.errors import OptionError

    page = Page(host, port, token, show_answers)
    if accept:
        review_corpus(target, store, seed, page)
        return
    if a is None:
        raise OptionError("--a is missing: name the side to compare with the teacher, such as --a student/cot; "
                          "for a corpus give --accept")  # fmt: skip
    sides = Sides(target, a, b, count, seed, share, store)
    if results or csv is not None:
        show_results(sides, csv)
    elif judge is not None:
        judge_pairs(sides, Judge(judge, base_url, key_env, rubric, tuple(settings or ()), price, max_cost))
    else:
        review_pairs(sides, page)
