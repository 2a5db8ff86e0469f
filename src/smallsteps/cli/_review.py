"""What `smallsteps review` does with its options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.cli._console import out as console
from smallsteps.cli._console import progress, table
from smallsteps.cli._inputs import require_corpus
from smallsteps.errors import InputError, OptionError, WorkError
from smallsteps.records import content_hash, read_records
from smallsteps.review.judgements import JudgementStore
from smallsteps.review.tables import COLUMNS, FOLDER, all_results, notes, result_rows, write_csv


@dataclass(frozen=True)
class Page:
    """Where the page listens and what it shows."""

    host: str
    port: int
    token: str | None
    show_answers: bool


@dataclass(frozen=True)
class Sides:
    """Which sides of a run are compared over how many pairs."""

    run: Path
    a: str
    b: str
    count: int
    seed: int
    share: float
    store: Path | None

    @property
    def facts(self) -> dict[str, object]:
        """What makes this comparison another one."""
        return {"a": self.a, "b": self.b, "pairs": self.count, "seed": self.seed, "share": self.share}

    @property
    def path(self) -> Path:
        """The store: the one given, else one of its own in the run folder."""
        return (
            self.store
            or self.run / FOLDER / f"{content_hash(self.a, self.b, self.count, self.seed, self.share)}.sqlite"
        )

    def open(self) -> JudgementStore:
        """The store with the pairs in it. Raises FileError, InputError or UnknownNameError for what does not fit."""
        from smallsteps.review.pairs import make_pairs
        from smallsteps.study.open_run import open_run

        pairs = make_pairs(open_run(self.run), self.a, self.b, self.count, self.seed, self.share)
        if len(pairs) < self.count:
            console.print(f"{len(pairs)} questions have a rationale on both sides; -n {self.count} was asked for")
        store = JudgementStore(self.path)
        store.load(pairs, self.facts)
        return store


@dataclass(frozen=True)
class Judge:
    """Which model judges, and what it may cost."""

    model: str
    base_url: str
    key_env: str
    rubric: Path | None
    settings: Sequence[str]
    price: str | None
    max_cost: float | None


def review_pairs(sides: Sides, page: Page) -> None:
    """Serve the page on which people compare."""
    _require_server()
    from smallsteps.review.compare_app import compare_app
    from smallsteps.review.pages import access, serve

    hosts, token = access(page.host, page.token)
    with sides.open() as store:
        _tell(page, token, store.path)
        serve(compare_app(store, hosts, token, page.show_answers), page.host, page.port)


def review_corpus(corpus: Path, store: Path | None, seed: int, page: Page) -> None:
    """Serve the page on which people accept, reject and edit."""
    _require_server()
    from smallsteps.review.corpus_app import corpus_app
    from smallsteps.review.corrections import CorrectionStore
    from smallsteps.review.pages import access, serve
    from smallsteps.review.suspicion import make_items

    require_corpus(corpus)
    if corpus.is_dir():
        raise InputError(f"{corpus} is a folder; --accept reviews a corpus (.jsonl)")
    items = make_items(list(read_records(corpus)), seed)
    if not items:
        raise InputError(f"{corpus} holds no rationale to review")
    hosts, token = access(page.host, page.token)
    path = store or corpus.with_name(f"{corpus.name}.review.sqlite")
    with CorrectionStore(path) as decisions:
        _tell(page, token, path)
        odd = sum(bool(one.reasons) for one in items)
        console.print(f"{odd} of {len(items)} rationales look suspicious and come first", soft_wrap=True)
        console.print(
            f"to carry the decisions out: smallsteps select {corpus} --reviewed {path} -o OUT", soft_wrap=True
        )
        serve(corpus_app(items, decisions, hosts, token), page.host, page.port)


def judge_pairs(sides: Sides, judge: Judge) -> None:
    """Ask the judge model about every pair in both orders, then show the results."""
    from smallsteps.cli._sampling import parse_settings
    from smallsteps.review.judge import ask_judge, read_rubric
    from smallsteps.sampling import Caps, Settings, Store, make_teacher, parse_price
    from smallsteps.teachers import PromptedTeacher

    given = {"model": judge.model, "key_env": (judge.key_env,), "temperature": 0.0, "logprobs": False}
    given |= {"base_url": (judge.base_url,)} if judge.base_url else {}
    teacher = make_teacher("openai", given | parse_settings(judge.settings))
    assert isinstance(teacher, PromptedTeacher)
    if judge.max_cost is not None and judge.price is None:
        raise OptionError("--max-cost needs --price IN,OUT to count with")
    caps = Caps(price=parse_price(judge.price) if judge.price else None, cost=judge.max_cost)
    rubric = read_rubric(judge.rubric)
    with sides.open() as store, Store(sides.path.with_suffix(".replies.sqlite")) as samples:
        run = ask_judge(store, teacher, samples, rubric, Settings(count=1, choices=1), caps, progress())
        console.print(f"kept {run.kept} new verdicts; {run.unread} replies name no winner", soft_wrap=True)
        _show(store, sides)
    if run.missing:
        raise WorkError(f"{run.missing} verdicts are missing; run the same command to go on")


def show_results(sides: Sides, csv: Path | None) -> None:
    """Print the results, and write the judgements as CSV where asked."""
    if not sides.path.exists():
        raise InputError(f"{sides.path}: nothing was judged yet with these sides, -n, --seed and --share")
    with JudgementStore(sides.path) as store:
        if csv is not None:
            console.print(f"wrote {write_csv(csv, store, store.facts())} judgements to {csv}", soft_wrap=True)
        _show(store, sides)


def _show(store: JudgementStore, sides: Sides) -> None:
    found = all_results(store)
    if not found:
        raise InputError(f"{store.path}: nothing was judged yet")
    console.print(
        table(f"{sides.a} against {sides.b}: wins and losses of {sides.a}", COLUMNS, result_rows(found), left=2)
    )
    for line in notes(found, store.judgements()):
        console.print(line, soft_wrap=True)


def _tell(page: Page, token: str | None, store: Path) -> None:
    shown = f"[{page.host}]" if ":" in page.host else page.host
    tail = f"/?token={token}" if token else ""
    console.print(
        f"open http://{shown}:{page.port}{tail}   judgements: {store}   Ctrl-C ends", soft_wrap=True, markup=False
    )


def _require_server() -> None:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise OptionError(
            "the review page needs starlette and uvicorn; install them with pip install 'smallsteps[review]'"
        ) from None
