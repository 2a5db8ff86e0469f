"""Which checkpoint of AS-ES learning: the one with the best BLEU of one pass, or with the best accuracy of iterating?

    smallsteps compare recipes/ases_loss.yaml --jobs 2
    python benchmarks/ases_checkpoints.py runs/ases_loss --out docs/studies/ases_checkpoints.svg

The run keeps the parameters of every evaluation (`training.checkpoints: all`). Each of them is measured on the
validation part: BLEU of one pass, each target written from the gold text before it (the whole rationale for `cot`, the
next segment for `ases`), and the accuracy of asking as at inference, segment after segment. What each choice, the
lowest validation loss and the last step reach on the test part stands in the table that is printed.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smallsteps.decoding.settings import Decoding
    from smallsteps.engine.student import Student
    from smallsteps.methods import Method
    from smallsteps.records import Record
    from smallsteps.study.arms import Arm
    from smallsteps.study.compare import Run

CHOICES = {"bleu": "BLEU of one pass", "accuracy": "iterated accuracy", "loss": "validation loss", "last": "last step"}


def one_pass_bleu(
    method: Method, students: Mapping[str, Student], records: Sequence[Record], decoding: Decoding
) -> float:
    """BLEU of every target written once, from the gold text before it, over all paths."""
    from smallsteps.decoding.writer import StudentWriter
    from smallsteps.engine.tokens import encode_view
    from smallsteps.text.overlap import bleu

    write = StudentWriter(students, decoding)
    found: list[str] = []
    gold: list[str] = []
    for path, student in students.items():
        views = [view for record in records for view in method.views(method.visit(record, 0, 0), path)]
        encoded = [encode_view(student.tokenizer, student.template, view) for view in views]
        prefixes = [one.source if student.architecture.split else one.tokens[: one.weights.argmax()] for one in encoded]
        limit = getattr(method, "segment_tokens", None)
        keys = [f"{path}/{number}" for number in range(len(views))]
        written = write(path, [prefix.tolist() for prefix in prefixes], keys, method.stop(), limit)
        found += [_line(one.text) for one in written]
        gold += [_line("".join(piece.text for piece in view.target if piece.weight)) for view in views]
    return bleu(found, gold)


def accuracy(method: Method, students: Mapping[str, Student], records: Sequence[Record], decoding: Decoding) -> float:
    """The strict accuracy of asking as at inference."""
    from smallsteps.decoding.answering import answer_questions
    from smallsteps.scoring.evaluate import judge_answers, score_outcomes

    answers = answer_questions(method, students, records, decoding, "checkpoint")
    by_id = {record.id: record for record in records}
    return score_outcomes(judge_answers(answers, by_id, method.reader), by_id).accuracy


def steps_of(folder: Path) -> list[int]:
    """The evaluations whose parameters stand in an arm's folder, for every path."""
    kept = [{int(file.stem.partition("-")[2]) for file in path.glob("step-*.safetensors")}
            for path in (folder / "training").iterdir()]  # fmt: skip
    steps = sorted(set.intersection(*kept))
    if not steps:
        raise SystemExit(f"{folder}: no parameters of evaluations stand here; run the study with "
                         "training.checkpoints: all")  # fmt: skip
    return steps


def at_step(students: Mapping[str, Student], folder: Path, step: int) -> None:
    """Give an arm's students the parameters that they had at a step."""
    from safetensors.torch import load_file

    for path, student in students.items():
        state = load_file(folder / "training" / path / f"step-{step}.safetensors")
        missing, _ = student.model.load_state_dict(state, strict=False)
        assert not set(missing) & {name for name, _ in student.model.named_parameters()}, missing


def validation_loss(folder: Path, step: int) -> float:
    """The mean over an arm's paths of the validation loss at a step."""
    found = []
    for log in (folder / "training").glob("*/log.jsonl"):
        lines = map(json.loads, log.read_text().splitlines())
        found += [line["eval_loss"] for line in lines if line["step"] == step and "eval_loss" in line]
    return float(sum(found) / len(found))


def measured(run: Run, arm: Arm) -> dict[str, Any]:
    """An arm's curves over its steps, the step that each choice takes, and what that reaches on the test part."""
    from smallsteps.decoding.answering import load_trained
    from smallsteps.study.requirements import NeedsContext, provide
    from smallsteps.study.run import decoding_of

    folder, parts = run.folder_of(arm), run.parts_of(arm)
    method, students, _ = load_trained(folder)
    context = NeedsContext(run.folder / "cache", defaultdict(float), run.folder / "arms")
    held_out = [record for record in provide(arm, parts, context).validation if method.kept(record)]
    decoding, steps = decoding_of(arm), steps_of(folder)
    curves: dict[str, list[float]] = {"bleu": [], "accuracy": [], "loss": []}
    for step in steps:
        at_step(students, folder, step)
        curves["bleu"].append(one_pass_bleu(method, students, held_out, decoding))
        curves["accuracy"].append(accuracy(method, students, held_out, decoding))
        curves["loss"].append(validation_loss(folder, step))
    chosen = {name: steps[max(range(len(steps)), key=lambda index: (sign * curves[name][index], -index))]
              for name, sign in (("bleu", 1), ("accuracy", 1), ("loss", -1))} | {"last": steps[-1]}  # fmt: skip
    reached = {}
    for step in sorted(set(chosen.values())):
        at_step(students, folder, step)
        reached[step] = accuracy(method, students, parts.test, decoding)
    return {"method": arm.label, "student": arm.student.label, "seed": arm.seed, "steps": steps, "curves": curves,
            "chosen": chosen, "test": {name: reached[step] for name, step in chosen.items()}}  # fmt: skip


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """For each method and student the steps chosen, seed by seed, and the mean test accuracy of each choice."""
    header = " | ".join(f"{name}: steps, test accuracy %" for name in CHOICES.values())
    lines = [f"| method | student | {header} |", "|---" * (2 + len(CHOICES)) + "|"]
    for (method, student), arms in _grouped(found).items():
        cells = []
        for choice in CHOICES:
            mean = sum(arm["test"][choice] for arm in arms) / len(arms)
            cells.append(f"{', '.join(str(arm['chosen'][choice]) for arm in arms)}: {100 * mean:.1f}")
        lines.append(f"| {method} | {student} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def drawn(found: Sequence[Mapping[str, Any]], out: Path) -> None:
    """BLEU of one pass and iterated accuracy over steps, a panel a method and student, means over seeds."""
    from plots import subplots, write

    groups = _grouped(found)
    figure, panels = subplots(1, len(groups), figsize=(3.2 * len(groups), 3.2), squeeze=False)
    for axes, ((method, student), arms) in zip(panels[0], groups.items(), strict=True):
        for name in ("bleu", "accuracy"):
            curves = [arm["curves"][name] for arm in arms]
            mean = [100 * sum(values) / len(values) for values in zip(*curves, strict=True)]
            (line,) = axes.plot(arms[0]["steps"], mean, marker="o", markersize=3, label=CHOICES[name])
            for arm in arms:
                axes.axvline(arm["chosen"][name], color=line.get_color(), alpha=0.3, linestyle=":")
        axes.set(title=f"{method}, {student}", xlabel="step", ylabel="validation part, %")
        axes.grid(alpha=0.3)
    panels[0][0].legend(fontsize="small")
    write(figure, out)


def _grouped(found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for arm in found:
        groups.setdefault((arm["method"], arm["student"]), []).append(arm)
    return groups


def _line(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Measure every arm of a run, draw and print."""
    import torch

    from smallsteps.study.open_run import finished_arms, open_run

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/studies/ases_checkpoints.svg"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    run = open_run(options.run)
    found = []
    for arm in finished_arms(run):
        found.append(measured(run, arm))
        print(f"{arm.name}: chosen {found[-1]['chosen']}, test {found[-1]['test']}", flush=True)
    print(table(found))
    drawn(found, options.out)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
