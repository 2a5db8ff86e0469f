"""The comparisons of a whole study, its letters, its gate and its tasks."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from smallsteps import stats
from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.records import to_dict


def study(
    accuracies: Mapping[str, float], seeds: int = 4, questions: int = 400, task: str = "sums"
) -> list[stats.ArmResult]:
    """Arms whose questions share their hardness, so that a higher accuracy is a real gain."""
    generator = np.random.default_rng(7)
    hardness = generator.random(questions)
    return [
        stats.ArmResult(
            method, "tiny", seed, task, right_where(hardness + generator.normal(0, 0.1, questions) < accuracy)
        )
        for method, accuracy in accuracies.items()
        for seed in range(seeds)
    ]


def right_where(outcomes: np.ndarray) -> dict[str, bool]:
    return {f"q{index}": bool(right) for index, right in enumerate(outcomes)}


@pytest.fixture(scope="module")
def arms() -> list[stats.ArmResult]:
    return study({"answer_only": 0.4, "cot": 0.7, "post": 0.41})


@pytest.fixture(scope="module")
def all_pairs(arms: list[stats.ArmResult]) -> list[stats.Comparison]:
    return stats.compare_arms(arms, "answer_only", all_pairs=True)


def at(comparisons: list[stats.Comparison], level: str, *methods: str) -> list[stats.Comparison]:
    return [one for one in comparisons if one.level == level and one.methods == methods]


def test_every_method_meets_the_baseline_at_both_levels(arms: list[stats.ArmResult]) -> None:
    found = stats.compare_arms(arms, "answer_only")
    assert len(at(found, "students", "cot", "answer_only")) == 4
    (cot,) = at(found, "methods", "cot", "answer_only")
    (post,) = at(found, "methods", "post", "answer_only")
    assert (cot.verdict, post.verdict) == ("better", "tie")
    assert cot.difference == pytest.approx(0.3, abs=0.05)
    assert cot.p_holm == pytest.approx(2 * cot.p if cot.p else None)
    assert cot.n_needed is None
    assert cot.sentence.endswith("the methods differ significantly.")
    assert "not significant; " in post.sentence
    assert [one.level for one in found] == ["students"] * 8 + ["methods"] * 2


def test_comparisons_are_deterministic_and_become_json(arms: list[stats.ArmResult]) -> None:
    found = stats.compare_arms(arms, "answer_only")
    assert found == stats.compare_arms(arms, "answer_only")
    written = json.loads(json.dumps([to_dict(one) for one in found]))
    assert {"a", "b", "level", "difference", "interval", "p", "p_holm"} <= written[0].keys()
    assert len(written[0]["interval"]) == 2


def test_the_family_of_holm_is_the_level(all_pairs: list[stats.Comparison]) -> None:
    for level in ("students", "methods"):
        family = [one for one in all_pairs if one.level == level]
        assert [one.p_holm for one in family] == stats.holm([one.p for one in family])


def test_a_tie_says_how_much_more_would_resolve_it() -> None:
    generator = np.random.default_rng(0)
    arms = [
        stats.ArmResult(method, "tiny", seed, "sums", right_where(generator.random(200) < accuracy))
        for method, accuracies in {"b": (0.50, 0.52, 0.50), "a": (0.62, 0.50, 0.64)}.items()
        for seed, accuracy in enumerate(accuracies)
    ]
    found = stats.compare_arms(arms, "b")
    ties = [one for one in found if one.verdict == "tie"]
    assert {one.level for one in ties} == {"students", "methods"}
    for one in ties:
        assert one.n_needed is not None
        have = one.n if one.level == "students" else len(one.seeds)
        assert one.n_needed > have
        assert f"about {one.n_needed - have} more" in one.sentence


def test_students_of_different_seeds_never_meet_and_unpaired_seeds_are_named(arms: list[stats.ArmResult]) -> None:
    fewer = [arm for arm in arms if not (arm.method == "cot" and arm.seed in (1, 3))]
    found = stats.compare_arms(fewer, "answer_only")
    (cot,) = at(found, "methods", "cot", "answer_only")
    assert (cot.seeds, cot.unpaired) == ((0, 2), (1, 3))
    assert cot.sentence.endswith("Unpaired seeds left out: 1, 3.")
    assert [one.seeds for one in at(found, "students", "cot", "answer_only")] == [(0,), (2,)]


def test_one_seed_decides_about_students_but_not_about_methods(arms: list[stats.ArmResult]) -> None:
    found = stats.compare_arms([arm for arm in arms if arm.seed == 0], "answer_only")
    (students,) = at(found, "students", "cot", "answer_only")
    (methods,) = at(found, "methods", "cot", "answer_only")
    assert students.verdict == "better"
    assert (methods.verdict, methods.p, methods.p_holm, methods.interval) == ("undecidable", None, None, None)
    assert methods.difference == students.difference
    assert "one seed): too little to compare methods" in methods.sentence
    assert "at least 3 common seeds" in methods.sentence


def test_no_common_seed_and_no_deviation_between_seeds_are_undecidable(arms: list[stats.ArmResult]) -> None:
    apart = [arm for arm in arms if (arm.method == "cot") == (arm.seed < 2) and arm.method != "post"]
    (one,) = stats.compare_arms(apart, "answer_only")
    assert (one.verdict, one.seeds, one.unpaired) == ("undecidable", (), (0, 1, 2, 3))
    assert "the two share no seed" in one.sentence
    stuck = [stats.ArmResult(arm.method, "tiny", seed, "sums", arm.correct) for arm in arms[::4] for seed in range(3)]
    methods = [one for one in stats.compare_arms(stuck, "answer_only") if one.level == "methods"]
    assert {one.verdict for one in methods} == {"undecidable"}
    assert "leaves t undefined" in methods[0].sentence


def test_identical_arms_and_perfect_arms_tie() -> None:
    perfect = [
        stats.ArmResult(m, "tiny", s, "sums", dict.fromkeys("abcdef", True)) for m in ("x", "y") for s in range(3)
    ]
    found = stats.compare_arms(perfect, "x")
    students = [one for one in found if one.level == "students"]
    assert {(one.p, one.verdict, one.n_needed) for one in students} == {(1.0, "tie", None)}
    assert "have the same accuracy" in students[0].sentence
    assert "no difference between these two trained students" in students[0].sentence
    assert found[-1].verdict == "undecidable"


def test_scores_are_permuted_and_keep_their_unit() -> None:
    generator = np.random.default_rng(2)
    base = generator.uniform(10, 60, 80)
    arms = [
        stats.ArmResult(
            m, "t5", s, "summaries", {str(i): float(v) for i, v in enumerate(base + gain + generator.normal(0, 4, 80))}
        )
        for m, gain in (("ases", 5), ("cot", 0))
        for s in range(3)
    ]
    found = stats.compare_arms(arms, "cot")
    assert {one.unit for one in found} == {"score"}
    assert found[0].test == "permutation"
    assert found[-1].difference == pytest.approx(5, abs=1.5)
    assert found[-1].interval is not None and found[-1].interval.high > 1
    assert "points" not in found[-1].sentence


def test_different_questions_are_refused_with_their_ids(arms: list[stats.ArmResult]) -> None:
    short = stats.ArmResult("cot", "tiny", 9, "sums", {f"q{i}": True for i in range(393)})
    with pytest.raises(InputError, match=r"'cot/tiny/9' lacks .* q393, q394, q395, q396, q397 and 2 more"):
        stats.compare_arms([*arms, short], "answer_only")
    with pytest.raises(InputError, match="has no answers"):
        stats.compare_arms([*arms, stats.ArmResult("cot", "tiny", 9, "sums", {})], "answer_only")


def test_a_wrong_study_is_refused(arms: list[stats.ArmResult]) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'answer_only'"):
        stats.compare_arms(arms, "answer")
    with pytest.raises(InputError, match="appears twice"):
        stats.compare_arms([*arms, arms[0]], "answer_only")
    with pytest.raises(InputError, match="at least two"):
        stats.compare_arms(arms[:4], "answer_only")


def test_letters_join_exactly_what_is_not_shown_to_differ(all_pairs: list[stats.Comparison]) -> None:
    methods = [one for one in all_pairs if one.level == "methods"]
    letters = stats.significance_groups(["cot", "post", "answer_only"], methods)
    assert letters == {"cot": "a", "post": "b", "answer_only": "b"}
    with pytest.raises(InputError, match="were not compared"):
        stats.significance_groups(["cot", "pst"], methods)


def test_a_gate_holds_only_for_what_is_proved(arms: list[stats.ArmResult], all_pairs: list[stats.Comparison]) -> None:
    assert stats.gate_holds(stats.parse_gate("cot > answer_only"), all_pairs).holds
    assert stats.gate_holds(stats.parse_gate("post < cot"), all_pairs).holds
    assert stats.gate_holds(stats.parse_gate("cot>answer_only"), all_pairs, "students").holds
    assert not stats.gate_holds(stats.parse_gate("answer_only > cot"), all_pairs).holds
    assert not stats.gate_holds(stats.parse_gate("post > answer_only"), all_pairs).holds
    alone = stats.compare_arms([arm for arm in arms if arm.seed == 0], "answer_only")
    undecided = stats.gate_holds(stats.parse_gate("cot > answer_only"), alone)
    assert not undecided.holds
    assert "too little to compare methods" in undecided.sentences[0]


@pytest.mark.parametrize("text", ["", "cot", "cot >", "> cot", "a > b > c", "a >= b", "a = b", "a >> b"])
def test_an_unreadable_gate_shows_a_readable_one(text: str) -> None:
    with pytest.raises(OptionError, match="'cot > answer_only'"):
        stats.parse_gate(text)


def test_a_gate_over_unknown_or_uncompared_methods_is_refused(arms: list[stats.ArmResult]) -> None:
    found = stats.compare_arms(arms, "answer_only")
    with pytest.raises(UnknownNameError, match="did you mean 'cot'"):
        stats.gate_holds(stats.parse_gate("cott > answer_only"), found)
    with pytest.raises(OptionError, match="compare all pairs"):
        stats.gate_holds(stats.parse_gate("cot > post"), found)
    with pytest.raises(OptionError, match="with itself"):
        stats.parse_gate("cot > cot")


def test_several_tasks_count_the_same() -> None:
    arms = study({"cot": 0.7, "answer_only": 0.4}) + study(
        {"cot": 0.5, "answer_only": 0.5}, questions=100, task="dates"
    )
    macro = stats.compare_macro(arms, "cot", "answer_only", "tiny")
    assert macro.difference == pytest.approx(np.mean(list(macro.per_task.values())))
    assert macro.difference == pytest.approx(
        stats.macro_mean(arms, "cot", "tiny") - stats.macro_mean(arms, "answer_only", "tiny")
    )
    assert macro.p is not None and macro.p < 0.05
    assert macro.interval is not None and macro.interval.low < macro.questions_interval.low
    found = stats.compare_arms(arms, "answer_only")
    assert stats.tally(found, "cot", "answer_only") == stats.WinsTiesLosses(1, 1, 0, 0)
    assert stats.tally(found, "answer_only", "cot") == stats.WinsTiesLosses(0, 1, 1, 0)


def test_several_tasks_with_one_seed_say_nothing_about_methods() -> None:
    arms = study({"cot": 0.7, "answer_only": 0.4}, seeds=1)
    macro = stats.compare_macro(arms, "cot", "answer_only", "tiny")
    assert (macro.interval, macro.p) == (None, None)
    assert "one seed" in macro.reason
    assert macro.questions_interval.low > 0.2
    with pytest.raises(InputError, match="share no seed"):
        stats.compare_macro(arms, "cot", "post", "tiny")


def test_null_studies_do_not_cry_wolf() -> None:
    benchmark = load_benchmark()
    studies = 80
    for deviation in benchmark.DEVIATIONS_POINTS:
        generator = np.random.default_rng(deviation)
        same = benchmark.World(deviation=deviation, same_students=True)
        world = benchmark.World(deviation=deviation, taste=10)
        pairs = [same.draw(generator)[:, 0] for _ in range(studies)]
        one = sum(stats.mcnemar_exact(int((a & ~b).sum()), int((b & ~a).sum())) < 0.05 for a, b in pairs)
        two = sum((stats.compare_methods(*world.draw(generator)).p or 1) < 0.05 for _ in range(studies))
        for found in (one, two):
            assert stats.wilson(found, studies).low <= 0.05, deviation
    assert len(benchmark.null_row(benchmark.World(questions=20), 3, 0).split("%")) == 6


def test_the_bootstrap_of_questions_over_seeds_is_no_claim_about_methods() -> None:
    benchmark = load_benchmark()
    generator = np.random.default_rng(0)
    world = benchmark.World(deviation=5)
    rejected = sum(benchmark.clustered_rejects(world.draw(generator)) for _ in range(200))
    assert stats.wilson(rejected, 200).low > 0.2


def load_benchmark() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "null_studies.py"
    if "null_studies" in sys.modules:
        return sys.modules["null_studies"]
    spec = importlib.util.spec_from_file_location("null_studies", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["null_studies"] = module
    spec.loader.exec_module(module)
    return module
