"""How often the statistics cry wolf: simulated studies in which nothing differs, and some in which something does.

    python benchmarks/null_studies.py [--studies 1000] [--seeds 3] [--questions 300] [--taste 20]

For each between-seed deviation, `--studies` studies of two methods go through `compare_arms`, the function behind every
leaderboard. Claim one (*these trained students differ*): at each seed the two students have the same accuracy over all
questions that could be asked. Claim two (*these methods differ*): the methods have the same accuracy over all seeds,
each trained student deviates from it on its own. `taste` is how much the methods' chances at one question deviate from
each other: 0 where they find the same questions hard, `--taste` where each has its own strengths. Beside them two
analyses that are *not* claim two: the bootstrap over questions of the seeds' mean, and the plain paired t test.
Then coverage of the intervals, and a planted gain against the predicted power. About five minutes on one core.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smallsteps import stats

DEVIATIONS_POINTS = (0, 1, 3, 5)


@dataclass(frozen=True)
class World:
    """What studies are drawn from; deviations and tastes in points of accuracy."""

    seeds: int = 3
    questions: int = 300
    deviation: float = 0.0
    taste: float = 0.0
    gain: float = 0.0
    same_students: bool = False

    def draw(self, generator: np.random.Generator) -> NDArray[np.bool_]:
        """Outcomes of one study, right or wrong; shape [2 methods, seeds, questions]."""
        hardness = generator.uniform(0.1, 0.9, size=(1, 1, self.questions))
        taste = generator.normal(0, self.taste / 100, size=(2, 1, self.questions))
        training = generator.normal(0, self.deviation / 100, size=(1 if self.same_students else 2, self.seeds, 1))
        gain = np.array([self.gain / 200, -self.gain / 200])[:, None, None]
        chance = hardness + taste + training + gain
        return np.asarray(generator.random((2, self.seeds, self.questions)) < np.clip(chance, 0, 1))


def comparisons(outcomes: NDArray[np.bool_]) -> list[stats.Comparison]:
    """What `compare_arms` says of a study's outcomes [2, seeds, questions]."""
    arms = [
        stats.ArmResult(name, "student", seed, "task", {str(q): bool(right) for q, right in enumerate(row)})
        for name, rows in zip(("new", "old"), outcomes, strict=True)
        for seed, row in enumerate(rows)
    ]
    return stats.compare_arms(arms, "old")


def clustered_rejects(outcomes: NDArray[np.bool_]) -> bool:
    """Whether the bootstrap over questions of the mean over seeds rejects: the analysis that is not claim two."""
    differences = (outcomes[0].astype(float) - outcomes[1]).mean(axis=0)
    low, high = stats.percentile_interval(stats.bootstrap_means(differences, 2_000))
    return bool(low > 0 or high < 0)


def t_rejects(outcomes: NDArray[np.bool_]) -> bool:
    """Whether the paired t test over seeds, which takes the questions as fixed, rejects."""
    per_seed = (outcomes[0].astype(float) - outcomes[1]).mean(axis=1)
    return bool(np.ptp(per_seed) > 1e-12 and stats.paired_t(per_seed).p < 0.05)


def null_row(world: World, studies: int, seed: int) -> str:
    """One line of the table of false positives."""
    generator = np.random.default_rng(seed)
    one, family, two, clustered, plain = [], [], [], [], []
    for _ in range(studies):
        fixed = comparisons(World(**{**vars(world), "same_students": True}).draw(generator))
        students = [found for found in fixed if found.level == "students"]
        one.append((students[0].p or 0) < 0.05)
        family.append(any(found.verdict in ("better", "worse") for found in students))
        outcomes = world.draw(generator)
        (methods,) = (found for found in comparisons(outcomes) if found.level == "methods")
        two.append(methods.verdict in ("better", "worse"))
        clustered.append(clustered_rejects(outcomes))
        plain.append(t_rejects(outcomes))
    cells = "   ".join(rate(found) for found in (one, family, two, clustered, plain))
    return f"{world.deviation:9g} {world.taste:6g}   {cells}"


def rate(found: list[bool]) -> str:
    """A share in percent with its Wilson interval."""
    low, high = stats.wilson(sum(found), len(found))
    return f"{100 * np.mean(found):5.1f} % [{100 * low:4.1f}, {100 * high:4.1f}]"


def coverage_row(world: World, studies: int, seed: int) -> str:
    """How often the three intervals hold the truth."""
    generator = np.random.default_rng(seed)
    accuracy, students, methods = [], [], []
    for _ in range(studies):
        # For one trained student the truth is its own accuracy over all questions: no deviation between seeds here.
        calm = World(**{**vars(world), "deviation": 0.0}).draw(generator)
        low, high = stats.wilson(int(calm[0, 0].sum()), world.questions)
        accuracy.append(low <= 0.5 + world.gain / 200 <= high)
        low, high = stats.compare_students(calm[0, 0], calm[1, 0]).interval
        students.append(low <= world.gain / 100 <= high)
        interval = stats.compare_methods(*world.draw(generator).astype(float)).interval
        methods.append(interval is not None and interval.low <= world.gain / 100 <= interval.high)
    return f"{world.deviation:9g} {world.taste:6g}   {rate(accuracy)}   {rate(students)}   {rate(methods)}"


def power_rows(studies: int, seed: int) -> list[str]:
    """A planted gain of 7 and of 6 points: how often it is found, against the power predicted for it."""
    generator = np.random.default_rng(seed)
    gain, loss = 0.20, 0.13
    n = stats.questions_needed(gain, loss) or 0
    drawn = generator.multinomial(n, [gain, loss, 1 - gain - loss], size=studies)
    found = [stats.mcnemar_exact(int(gains), int(losses)) < 0.05 for gains, losses, _ in drawn]
    rows = [power_row(f"students, +7 points, {n} questions", stats.mcnemar_power(n, gain, loss), found)]
    seeds, spread = planned_seeds(World(deviation=2.0, gain=6.0, questions=600))
    world = World(seeds=seeds, deviation=2.0, gain=6.0, questions=600)
    results = [stats.compare_methods(*world.draw(generator).astype(float)).p for _ in range(studies)]
    predicted = stats.seeds_power(world.gain / 100, spread, seeds)
    found = [p is not None and p < 0.05 for p in results]
    return [*rows, power_row(f"methods, +6 points, {seeds} seeds", predicted, found)]


def planned_seeds(world: World) -> tuple[int, stats.Spread]:
    """The seeds that a gain needs, from the world's true variances: both students' seeds, the chance of an answer."""
    hardness = np.linspace(0.1, 0.9, 10_001)
    chances = (hardness + world.gain / 200, hardness - world.gain / 200)
    noise = float(np.mean(sum(chance * (1 - chance) for chance in chances))) / world.questions
    one_seed = 2 * (world.deviation / 100) ** 2 + noise
    spread = stats.Spread(one_seed / 2, 1, 0.0, world.questions - 1)
    return stats.seeds_needed(world.gain / 100, spread) or 0, spread


def power_row(what: str, predicted: float, found: list[bool]) -> str:
    """One planted gain as a line."""
    return f"{what}: predicted {100 * predicted:.1f} %, found {rate(found)}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--taste", type=float, default=20, help="points, for the second half of the rows")
    options = parser.parse_args()
    worlds = [
        World(options.seeds, options.questions, deviation, taste)
        for taste in (0, options.taste)
        for deviation in DEVIATIONS_POINTS
    ]
    print(
        f"False positives at 5 %, {options.studies} studies a row, {options.seeds} seeds, {options.questions} questions"
    )
    columns = ("claim 1, one pair", "claim 1, Holm over all", "claim 2", "bootstrap of questions", "plain t over seeds")
    print("deviation  taste   " + " ".join(f"{column:23}" for column in columns))
    for index, world in enumerate(worlds):
        print(null_row(world, options.studies, index), flush=True)
    print("\nCoverage of the 95 % intervals")
    print("deviation  taste   accuracy (Wilson)       students' difference    methods' difference")
    for index, world in enumerate(worlds):
        print(coverage_row(world, options.studies, 100 + index), flush=True)
    print("\nA planted gain")
    print("\n".join(power_rows(options.studies, 200)))


if __name__ == "__main__":
    main()
