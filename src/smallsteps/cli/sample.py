"""`smallsteps sample`: ask a teacher for rationales."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_TEACHER, _PROMPT, _PACE, _MONEY, _BATCH = "Teacher", "Prompt", "Pace", "Money", "Batch files"
TEACHER = "The teacher: openai (any compatible endpoint), huggingface (a local model), rule_based, or FILE.py:CLASS."
KEY_ENV = "Environment variable with the API key; one for all base URLs, or one each."
STOP = "Stop sequence; may be repeated. Plain completions stop before the next 'Q:' unless given."
SETTINGS = "Any other teacher setting, NAME=VALUE (VALUE may be JSON); a wrong name lists them all."
LABEL = "The teacher's name in the corpus (default: the model's name)."
SHOWN = "Few-shot examples: a corpus, a JSON object of named prompts, or 'Q: … A: …' text."
AGAINST = "Corpus of test questions: a demonstration or a question that is one of them is refused."
INSTRUCTION = "What asks for reasoning when there are no demonstrations; empty for none."
UNTIL_RIGHT = "Ask only questions without a right rationale, until one is right, at most -n times."
REPHRASE = "Instead of rationales: N rewritings of each question; answer kept, parent in meta."
CHOICES = "Samples per request ('n'): 8 unless given, 1 with --until-right; lower it if the server refuses 'n'."
PATIENCE = "Give up after this many seconds without a reply."
PRICE = "Price of a million prompt and completion tokens: IN,OUT."
MAX_COST = "Cost cap of the store, over all runs; needs --price."
MAX_TOKENS = "Token cap of the store (prompt and completion), over all runs."
BATCH = "Ask through the provider's batch service: upload, wait, read; goes on with a batch under way."
WRITE = "Write what is missing as a batch input file, and ask nothing."
READ = "Read a batch results file into the store; may be repeated."
FORGET = "Give up on batch files whose results never came, so that their samples may be asked for again."


def sample(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="A corpus; its own rationales are kept.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The corpus to write.")],
    teacher: Annotated[str, typer.Option(help=TEACHER, rich_help_panel=_TEACHER)],
    count: Annotated[int, typer.Option("-n", min=1, help="Samples for each question.")] = 30,
    store: Annotated[Path | None, typer.Option(help="Where samples are kept; OUT.samples.sqlite.")] = None,
    seed: Annotated[int | None, typer.Option(help="Sent to the teacher; another seed gives other samples.")] = None,
    until_right: Annotated[bool, typer.Option("--until-right", help=UNTIL_RIGHT)] = False,
    rephrase: Annotated[int | None, typer.Option(min=1, help=REPHRASE)] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate requests, tokens and cost; ask nothing.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="The model's name or folder.", rich_help_panel=_TEACHER)] = None,
    base_url: Annotated[
        list[str] | None,
        typer.Option(help="Server, like http://host:8000/v1; may be repeated.", rich_help_panel=_TEACHER),
    ] = None,
    key_env: Annotated[list[str] | None, typer.Option(help=KEY_ENV, rich_help_panel=_TEACHER)] = None,
    api: Annotated[str | None, typer.Option(help="chat or completions.", rich_help_panel=_TEACHER)] = None,
    temperature: Annotated[float | None, typer.Option(help="1.0 unless given.", rich_help_panel=_TEACHER)] = None,
    top_p: Annotated[float | None, typer.Option(help="Nucleus sampling.", rich_help_panel=_TEACHER)] = None,
    max_tokens: Annotated[
        int | None, typer.Option(help="The longest sample; 512 unless given.", rich_help_panel=_TEACHER)
    ] = None,
    stop: Annotated[list[str] | None, typer.Option(help=STOP, rich_help_panel=_TEACHER)] = None,
    logprobs: Annotated[
        bool | None,
        typer.Option("--logprobs/--no-logprobs", help="Ask for log-probabilities.", rich_help_panel=_TEACHER),
    ] = None,
    label: Annotated[str | None, typer.Option(help=LABEL, rich_help_panel=_TEACHER)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=SETTINGS, rich_help_panel=_TEACHER)] = None,
    demonstrations: Annotated[Path | None, typer.Option(help=SHOWN, rich_help_panel=_PROMPT)] = None,
    demonstration_set: Annotated[
        str | None, typer.Option(help="Which set of a file that names several.", rich_help_panel=_PROMPT)
    ] = None,
    against: Annotated[Path | None, typer.Option(help=AGAINST, rich_help_panel=_PROMPT)] = None,
    guidance: Annotated[
        Path | None, typer.Option(help="File of instructions to put before every question.", rich_help_panel=_PROMPT)
    ] = None,
    instruction: Annotated[str | None, typer.Option(help=INSTRUCTION, rich_help_panel=_PROMPT)] = None,
    choices: Annotated[int | None, typer.Option(min=1, help=CHOICES, rich_help_panel=_PACE)] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Most requests in flight at each endpoint.", rich_help_panel=_PACE)
    ] = 64,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds for a whole request; 120 unless given.", rich_help_panel=_PACE)
    ] = None,
    retries: Annotated[
        int, typer.Option(min=0, help="Times a failed request is sent again.", rich_help_panel=_PACE)
    ] = 8,
    patience: Annotated[float, typer.Option(help=PATIENCE, rich_help_panel=_PACE)] = 300.0,
    price: Annotated[str | None, typer.Option(help=PRICE, rich_help_panel=_MONEY)] = None,
    max_cost: Annotated[float | None, typer.Option(help=MAX_COST, rich_help_panel=_MONEY)] = None,
    max_tokens_total: Annotated[int | None, typer.Option(help=MAX_TOKENS, rich_help_panel=_MONEY)] = None,
    batch: Annotated[bool, typer.Option("--batch", help=BATCH, rich_help_panel=_BATCH)] = False,
    batch_write: Annotated[Path | None, typer.Option(help=WRITE, rich_help_panel=_BATCH)] = None,
    batch_read: Annotated[list[Path] | None, typer.Option(help=READ, rich_help_panel=_BATCH)] = None,
    batch_forget: Annotated[bool, typer.Option("--batch-forget", help=FORGET, rich_help_panel=_BATCH)] = False,
) -> None:
    """Ask a teacher for rationales; nothing that was paid for is lost, asked twice, or beyond the cap.

    Samples are kept in a store beside the corpus: the same command goes on where it stopped, a larger -n asks only for
    what is missing, and a larger --max-tokens asks again only for what was cut off.
    """
    from smallsteps.cli._sampling import Job, SampleOptions
    from smallsteps.sampling import Caps, Settings, parse_price

    given = {"model": model, "base_url": base_url, "key_env": key_env, "api": api, "temperature": temperature,
             "top_p": top_p, "max_tokens": max_tokens, "stop": stop, "timeout_seconds": timeout, "logprobs": logprobs,
             "name": label}  # fmt: skip
    options = SampleOptions(
        questions=questions,
        out=out,
        store=store or out.with_suffix(".samples.sqlite"),
        teacher=teacher,
        given={name: value for name, value in given.items() if value is not None},
        settings=tuple(settings or ()),
        demonstrations=demonstrations,
        demonstration_set=demonstration_set,
        against=against,
        guidance=guidance,
        instruction=instruction,
        rephrase=rephrase,
        dry_run=dry_run,
        batch=batch,
        batch_write=batch_write,
        batch_read=tuple(batch_read or ()),
        batch_forget=batch_forget,
        caps=Caps(max_cost, max_tokens_total, parse_price(price) if price else None),
        pace=Settings(
            rephrase or count, choices or (1 if until_right else 8), concurrency, retries, patience, seed, until_right
        ),
    )
    Job(options).run()
