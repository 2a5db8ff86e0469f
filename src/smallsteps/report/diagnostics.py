"""What could distort the scores: outcomes, readings, answer bias, test questions in the training set."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.report.arm_table import ArmTable
from smallsteps.report.claims import probability
from smallsteps.report.content import (
    Cell,
    Column,
    Heading,
    Part,
    Prose,
    Section,
    Table,
    count_of,
    number,
    percent,
    words,
)
from smallsteps.report.identity import ARM_COLUMNS, arm_cells
from smallsteps.report.load import ArmData, RunData
from smallsteps.scoring.diagnostics import Bias, Leak, answer_bias, disagreements, exact_leaks, near_leaks
from smallsteps.scoring.evaluate import OUTCOMES
from smallsteps.study.sources import Parts
from smallsteps.tasks import get_task

MOST_ANSWERS = 8
"""A task with at most so many distinct gold answers is one of letters, or of yes and no."""

_MOST_LISTED, _MOST_SPLIT = 40, 10


def diagnostics_section(run_data: RunData, arm_table: ArmTable) -> Section:
    """Outcomes and readings of every arm, answer bias, and leaked questions."""
    parts: list[Part] = [_outcomes(run_data), *_readings(run_data), *_disagreements(run_data)]
    parts += [*_bias(run_data, arm_table), *_leaks(run_data)]
    lead = (
        "Every question has one outcome, and the outcomes add up to N. The rest of this section can flatter a number."
    )
    return Section("diagnostics", "Diagnostics", lead, tuple(parts))


def _outcomes(run_data: RunData) -> Table:
    columns = (
        *ARM_COLUMNS, *(Column(name.replace("_", " "), True, fold=True) for name in OUTCOMES),
        Column("strict %", True, "the headline accuracy"),
        Column("lenient %", True, "the last candidate counts if the answer phrase is missing"),
        Column("readings differ", True, "questions that only one of the two readings counts as right", fold=True),
        Column("chance %", True, fold=True),
    )  # fmt: skip
    rows = []
    for data in run_data.arms:
        score = data.score
        rows.append((
            *arm_cells(data), *(number(score.outcomes[name]) for name in OUTCOMES),
            percent(score.accuracy), percent(score.lenient), number(len(data.readings_differ)),
            percent(float(data.scores["chance"])),
        ))  # fmt: skip
    return Table("outcomes", "Outcomes and readings of every arm", columns, tuple(rows))


def _readings(run_data: RunData) -> list[Part]:
    """The questions on which strict and lenient reading disagree about right or wrong."""
    rows = [
        (*arm_cells(data)[:-1], words(one.id), words(one.name.replace("_", " ")), words(one.answer or ""),
         words(one.lenient or ""), words("right" if one.lenient_correct else "wrong"))
        for data in run_data.arms for one in data.readings_differ
    ]  # fmt: skip
    if not rows:
        return [Prose("Strict and lenient reading agree on every answer of every arm.")]
    columns = (*ARM_COLUMNS[:-1], Column("question"), Column("outcome, strict"), Column("strict answer"),
               Column("lenient answer"), Column("lenient is"))  # fmt: skip
    note = f"The first {_MOST_LISTED} of {len(rows)}; the CSV file has all." * (len(rows) > _MOST_LISTED)
    return [Table("readings", "Where the two readings disagree", columns, tuple(rows), note, _MOST_LISTED)]


def _disagreements(run_data: RunData) -> list[Part]:
    """The questions that some arms get right and others do not, the most evenly split first."""
    rows: list[tuple[Cell, ...]] = []
    for key, corpus in run_data.run.parts.items():
        arms = {data.arm.name: data.right for data in run_data.arms if run_data.parts_of(data) is corpus}
        questions = {record.id: record.question for record in corpus.test}
        for one in disagreements(arms):
            right = sum(one.values.values())
            split = min(right, len(arms) - right) / len(arms)
            rows.append((words(key), words(one.id), percent(split), number(right), number(len(arms) - right),
                         words(questions[one.id])))  # fmt: skip
    if not rows:
        return []
    rows.sort(key=lambda row: -(row[2].value or 0.0))
    split_hint = "the share of arms on the smaller side; 50 % is the largest disagreement"
    columns = (Column("corpus", fold=True), Column("question", head=True), Column("disagreement %", True, split_hint),
               Column("arms right", True), Column("arms wrong", True), Column("text"))  # fmt: skip
    note = f"The first {_MOST_SPLIT} of {len(rows)}; the CSV file has all." * (len(rows) > _MOST_SPLIT)
    return [Table("disagreements", "Where the arms disagree most", columns, tuple(rows), note, _MOST_SPLIT)]


def _bias(run_data: RunData, arm_table: ArmTable) -> list[Part]:
    rows: list[tuple[Cell, ...]] = []
    for line in arm_table.lines:
        parts = run_data.parts_of(line.arms[0])
        task = get_task(parts.test[0].task)
        gold = {record.id: answer for record in parts.test if (answer := task.extract(record.answer or "")) is not None}
        if not 2 <= len(set(gold.values())) <= MOST_ANSWERS:
            continue
        teacher, teacher_gold = _teacher(parts)
        for data in line.arms:
            said = {one.id: one.answer for one in data.outcomes if one.answer is not None}
            if said:
                found = answer_bias(said, gold | teacher_gold, teacher)
                rows += _bias_rows(data, found)
    if not rows:
        return []
    columns = (
        *ARM_COLUMNS[:-1], Column("answer"), Column("student %", True), Column("teacher %", True),
        Column("gold %", True), Column("distance, student", True, "total variation distance to the gold answers"),
        Column("distance, teacher", True), Column("p", True, "Stuart-Maxwell: same distribution as the gold answers"),
    )  # fmt: skip
    return [
        Heading("Answer bias"),
        Table("bias", "How often each answer is given: student, teacher, gold", columns, tuple(rows),
              "The teacher's shares are of its answers to training questions."),
    ]  # fmt: skip


def _teacher(parts: Parts) -> tuple[dict[str, str], dict[str, str]]:
    """The teacher's answers to training questions, and the gold answers to these, by rationale."""
    task = get_task(parts.test[0].task)
    said: dict[str, str] = {}
    gold: dict[str, str] = {}
    for record in parts.train:
        true = task.extract(record.answer or "")
        for index, rationale in enumerate(record.rationales):
            answer = task.extract(rationale.answer or "")
            if answer is not None and true is not None:
                said[f"teacher/{record.id}/{index}"], gold[f"teacher/{record.id}/{index}"] = answer, true
    return said, gold


def _bias_rows(data: ArmData, bias: Bias) -> list[tuple[Cell, ...]]:
    return [
        (*arm_cells(data)[:-1], words(row.answer), percent(row.student), percent(row.teacher),
         percent(row.gold), number(bias.student_distance, 3), number(bias.teacher_distance, 3), probability(bias.p))
        for row in bias.rows
    ]  # fmt: skip


def _leaks(run_data: RunData) -> list[Part]:
    parts: list[Part] = [Heading("Test questions in the training set")]
    rows: list[tuple[Cell, ...]] = []
    for key, corpus in run_data.run.parts.items():
        taught = [*corpus.train, *corpus.validation]
        exact, near = exact_leaks(taught, corpus.test), near_leaks(taught, corpus.test)
        share = len(near) / len(corpus.test)
        parts.append(Prose(
            f"{key}: {count_of(len(corpus.leaked), 'training question')} left out because "
            f"{'it is' if len(corpus.leaked) == 1 else 'they are'} in the test part. Of "
            f"{count_of(len(corpus.test), 'test question')}, {len(exact)} are in the training set word for word and "
            f"{len(near)} ({100 * share:.1f} %) almost word for word (Jaccard similarity of word trigrams ≥ 0.8).",
            "bad" if exact else "",
        ))  # fmt: skip
        rows += _leak_rows(key, corpus, [*exact, *near])
    if rows:
        columns = (Column("corpus", fold=True), Column("test question", head=True), Column("training question"),
                   Column("similarity", True), Column("test text"), Column("training text"))  # fmt: skip
        note = f"The {_MOST_LISTED} most similar of {len(rows)}; the CSV file has all." * (len(rows) > _MOST_LISTED)
        rows.sort(key=lambda row: -(row[3].value or 0))
        parts.append(
            Table(
                "leaks", "Test questions in the training set, exact and near", columns, tuple(rows), note, _MOST_LISTED
            )
        )
    return parts


def _leak_rows(key: str, corpus: Parts, leaks: Sequence[Leak]) -> list[tuple[Cell, ...]]:
    train = {record.id: record.question for record in (*corpus.train, *corpus.validation)}
    test = {record.id: record.question for record in corpus.test}
    return [
        (words(key), words(leak.test_id), words(leak.train_id), number(leak.similarity, 2), words(test[leak.test_id]),
         words(train[leak.train_id]))
        for leak in leaks
    ]  # fmt: skip
