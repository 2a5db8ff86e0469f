"""The package keeps to what ARCHITECTURE.md says: the table of rows there is the only copy, and is read here."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import smallsteps

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
PACKAGE = ROOT / "src" / "smallsteps"
HEAVY = {"torch", "transformers", "accelerate", "peft", "datasets"}
LONGEST_FUNCTION, LONGEST_FILE = 60, 330


@dataclass(frozen=True)
class Import:
    """`module` imports `target` on `line`; `late`: only once a function runs; `typing`: for type checkers alone."""

    module: str
    target: str
    line: int
    late: bool
    typing: bool


@dataclass(frozen=True)
class Table:
    """The rows of ARCHITECTURE.md: each room's row and group, the ★ folders, the rooms that may load torch."""

    row: dict[str, int]
    group: dict[str, str]
    stars: frozenset[str]
    heavy: frozenset[str]


@cache
def table() -> Table:
    row: dict[str, int] = {}
    group: dict[str, str] = {}
    stars, heavy = set(), set()
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"\| (\d+) \| (.+?) \| (.+?) \|(.*?)\|", line)
        if not found:
            continue
        number, rooms, torch = int(found[1]), found[2], found[4].strip()
        for cell in rooms.split(", "):
            together = re.findall(r"`(\w+)`", cell)
            for name in together:
                assert name not in row, f"ARCHITECTURE.md gives `{name}` two rows"
                row[name], group[name] = number, "+".join(together)
            if "★" in cell:
                stars.update(together)
            if torch == "torch":
                heavy.update(together)
    assert list(dict.fromkeys(row.values())) == list(range(1, max(row.values()) + 1)), "rows are numbered 1, 2, 3 …"
    return Table(row, group, frozenset(stars), frozenset(heavy))


@cache
def modules() -> dict[str, Path]:
    """Every module of the package with its file, by its name below `smallsteps` (the package itself: `smallsteps`)."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        found[name or "smallsteps"] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(module: str) -> str:
    return module.partition(".")[0]


def where(module: str, line: int) -> str:
    return f"{modules()[module].relative_to(ROOT)}:{line}"


@cache
def imports() -> tuple[Import, ...]:
    return tuple(one for name, path in modules().items() for one in _imports(name, tree(path), False, False))


def _imports(module: str, node: ast.AST, late: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from (Import(module, target, child.lineno, late, typing) for target in _targets(module, child))
        inside = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        only = typing or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
        yield from _imports(module, child, inside, only)


def _targets(module: str, node: ast.Import | ast.ImportFrom) -> list[str]:
    """What is imported: modules of the package by their names below it, others by their full names."""
    if isinstance(node, ast.Import):
        return [_below(alias.name) for alias in node.names]
    assert node.level == 0, f"{where(module, node.lineno)}: a relative import; write smallsteps.… in full"
    source = str(node.module)
    if source.partition(".")[0] != "smallsteps":
        return [source]
    return [_below(f"{source}.{a.name}" if _below(f"{source}.{a.name}") in modules() else source) for a in node.names]


def _below(name: str) -> str:
    return name.removeprefix("smallsteps.")


def test_every_module_has_a_row() -> None:
    rooms = {room(name) for name in modules()}
    homeless = sorted(rooms - set(table().row))
    assert not homeless, (
        f"no row for {', '.join(homeless)}: write it into the table of ARCHITECTURE.md, below everything it imports"
    )
    gone = sorted(set(table().row) - rooms)
    assert not gone, f"ARCHITECTURE.md gives a row to {', '.join(gone)}, and there is no such module; take it out"


def test_imports_go_upwards_only() -> None:
    """A module imports only from rows above its own: imports inside functions and for type checkers count as well."""
    rows, group = table().row, table().group
    wrong = []
    for one in imports():
        source, target = room(one.module), room(one.target)
        if one.target not in modules() or group.get(source) == group.get(target):
            continue
        if one.module == "smallsteps" and one.typing:
            continue  # the public surface, fetched by name
        if rows.get(target, 0) >= rows.get(source, 10**6):
            wrong.append(
                f"{where(one.module, one.line)}: {source} (row {rows[source]}) imports {target} (row {rows[target]})"
            )
    assert not wrong, "a module imports only from rows above its own (ARCHITECTURE.md):\n" + "\n".join(wrong)


def test_variations_never_import_one_another() -> None:
    """A ★ folder may know the base class of another, in its `__init__`, and none of its variations."""
    stars = table().stars
    assert {"tasks", "formats", "generators", "teachers", "segment", "methods"} <= stars
    wrong = [
        f"{where(one.module, one.line)}: imports {one.target}"
        for one in imports()
        if {room(one.module), room(one.target)} <= stars
        and room(one.module) != room(one.target)
        and one.target != room(one.target)
    ]
    assert not wrong, "★ folders never import one another's variations:\n" + "\n".join(wrong)


def test_private_modules_stay_in_their_package() -> None:
    wrong = [
        f"{where(one.module, one.line)}: imports {one.target}"
        for one in imports()
        if "._" in one.target and "__" not in one.target and room(one.module) != room(one.target)
    ]
    assert not wrong, (
        "a module with an underscore is its package's own; export the name in its __init__:\n" + "\n".join(wrong)
    )


def test_no_module_imports_itself_in_a_circle() -> None:
    """Imports inside functions and for type checkers count; the public surface, fetched by name, does not."""
    edges: dict[str, set[str]] = {}
    for one in imports():
        if one.target in modules() and "smallsteps" not in (one.module, one.target):
            edges.setdefault(one.module, set()).add(one.target)
    circles = sorted(name for name in edges if name in _reached(name, edges))
    assert not circles, f"import cycles among: {', '.join(circles)}"


def test_the_root_holds_only_what_everything_shares() -> None:
    files = [path.name for path in PACKAGE.iterdir() if path.is_file()]
    assert len(files) <= 8, f"src/smallsteps holds {len(files)} files: {', '.join(sorted(files))}"


def test_torch_waits_until_it_is_named() -> None:
    """No module of a row without the mark `torch` reaches torch by imports that run when it is imported."""
    at_once: dict[str, set[str]] = {}
    for one in imports():
        if not one.late and not one.typing:
            at_once.setdefault(one.module, set()).add(one.target)
    wrong = []
    for name in modules():
        if room(name) in table().heavy or (room(name) in table().stars and "._" in name):
            continue
        reached = _reached(name, at_once)
        wrong += [f"{name} reaches {target}" for target in sorted(reached) if target.partition(".")[0] in HEAVY]
    assert not wrong, "these load a heavy library at import; import it inside the function:\n" + "\n".join(wrong)


def _reached(name: str, edges: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for target in edges.get(waiting.pop(), set()) - found:
            found.add(target)
            waiting.append(target)
    return found


def test_commands_that_need_no_model_load_no_torch(tmp_path: Path) -> None:
    script = """
import sys
from smallsteps.cli import main
from smallsteps.records import Record, write_records
corpus = sys.argv[1]
write_records(corpus, [Record("a", "gsm8k", "What is 1 + 1?", "2")])
for line in ("--help", "--version", "compare --help", "list", "list methods", f"show {corpus}",
             f"generate coin_flip -n 3 -o {corpus}", f"show {corpus} --method cot",
             f"import records {corpus} -o {corpus}", "show nowhere.jsonl"):
    sys.argv = ["smallsteps", *line.split()]
    try:
        main()
    except SystemExit as end:
        assert end.code in (0, 2, None), line
    heavy = {"torch", "transformers"} & set(sys.modules)
    assert not heavy, f"smallsteps {line} loads {heavy}"
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "corpus.jsonl")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-800:]


def test_importing_the_package_is_cheap() -> None:
    script = (
        "import sys; import smallsteps; print(*sorted(name for name in sys.modules if name.startswith('smallsteps')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["smallsteps"]


def test_the_public_surface_is_a_list() -> None:
    """What the package promises. A name that goes, or comes, is a line in the changelog."""
    assert smallsteps.__all__ == [
        "Budget", "Decoding", "Format", "Generator", "Leaderboard", "Mark", "Method", "Piece", "Rationale",
        "Record", "RunResults", "Segment", "Strategy", "Task", "Teacher", "TrainedStudent", "Training", "View",
        "answer_questions", "compare", "generate_corpus", "get_task", "import_corpus", "judge_answers", "load_run",
        "load_student", "load_trained", "make_method", "read_records", "score_outcomes", "train_student",
        "write_records",
    ]  # fmt: skip
    for name in smallsteps.__all__:
        assert getattr(smallsteps, name).__doc__, f"smallsteps.{name} has no docstring"
    names = [node.names for node in ast.walk(tree(PACKAGE / "__init__.py")) if isinstance(node, ast.ImportFrom)]
    typed = {alias.asname for aliases in names for alias in aliases if alias.asname}
    assert typed == set(smallsteps.__all__), "the names for type checkers are those of __all__"
    with pytest.raises(AttributeError, match="make_method"):
        _ = smallsteps.make_metod


def only_here() -> dict[str, set[str]]:
    """The knowledge that few files may have, from the second table of ARCHITECTURE.md."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|", text, re.MULTILINE)
    return {what: set(re.findall(r"`([\w/]+)`", files)) for what, files in rows}


def test_few_files_know_what_kind_a_model_is() -> None:
    found = {name for name, path in modules().items() if "is_encoder_decoder" in path.read_text(encoding="utf-8")}
    assert {name.replace(".", "/") for name in found} == only_here()["decoder-only or encoder-decoder"]


def test_few_files_tokenise() -> None:
    found = {name.replace(".", "/") for name, path in modules().items() if any(map(_tokenises, ast.walk(tree(path))))}
    assert found == only_here()["tokens of a text"]


def _tokenises(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    return bool(re.search(r"(^|[._])tokenizer(\.(encode|batch_encode_plus|apply_chat_template))?$", called)) and not (
        isinstance(node.func, ast.Name) and node.func.id != "tokenizer"
    )


def test_public_names_say_what_they_are() -> None:
    wrong = []
    for name, path in modules().items():
        if not ast.get_docstring(tree(path)):
            wrong.append(where(name, 1))
        wrong += [f"{where(name, node.lineno)}: {node.name}" for node in _undocumented(tree(path).body)]
    assert not wrong, "every public name has a docstring:\n" + "\n".join(wrong)


def _undocumented(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node
            if isinstance(node, ast.ClassDef):
                yield from _undocumented(node.body)


def test_functions_and_files_stay_short() -> None:
    """A function's statements are counted, not its signature: that of a command is its list of options."""
    wrong = []
    for name, path in modules().items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            wrong.append(f"{where(name, 1)}: {lines} lines")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = int(node.end_lineno or 0) - node.body[0].lineno + 1
                if length > LONGEST_FUNCTION:
                    wrong.append(f"{where(name, node.lineno)}: {node.name} has {length} lines")
    assert not wrong, f"at most {LONGEST_FUNCTION} lines a function, {LONGEST_FILE} a file:\n" + "\n".join(wrong)
