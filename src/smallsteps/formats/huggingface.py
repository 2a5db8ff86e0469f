"""Data sets by Hugging Face id and revision, through the `datasets` library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import OptionError
from smallsteps.formats import Format, Part, Row
from smallsteps.formats._hub import hub_rows
from smallsteps.formats._public import PUBLIC, PublicData
from smallsteps.records import Record


@dataclass(frozen=True)
class Huggingface(Format):
    """Public data sets of the tasks by id: `smallsteps import huggingface openai/gsm8k@REVISION --part train`.

    Known without `--task`: openai/gsm8k, ChilleD/MultiArith, ChilleD/SVAMP, deepmind/aqua_rat, tau/commonsense_qa
    (its validation split is the test part), ChilleD/StrategyQA, skrishna/coin_flip, ChilleD/LastLetterConcat,
    stanfordnlp/imdb, stanfordnlp/sst2 (its validation split too), facebook/anli (all three rounds; `meta.group` says
    which, `reason` becomes a human rationale), allenai/openbookqa, community-datasets/quarel. With
    `--task date_understanding` or `tracking_shuffled_objects`: lukaemon/bbh (test only). Any other id, or a folder,
    with `--task`: a data set with the same columns as the public one of that task; for other columns use the layout
    `json`. Rows are streamed; code of a data
    set is never run. `@REVISION` is a commit or a tag: without it, the newest is taken and a study is not repeatable.
    """

    task: str | None = None
    """The task, where the id does not tell it."""
    config: str | None = None
    """The configuration of the data set, where it is not the public one's."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """The questions of a part, or of both."""
        for file in files:
            name, _, revision = str(file).partition("@")
            task = self._task(name)
            for side in ("train", "test") if part is None else (part,):
                yield from _records(name, revision or None, task, self._data(name, task), side)

    def looks_like(self, row: object) -> bool:
        """Never: a data set is named by its id."""
        return False

    def _task(self, name: str) -> str:
        if self.task is not None:
            if self.task not in PUBLIC:
                raise OptionError(f"--task {self.task}: no public data set is known for it, only for "
                                  f"{', '.join(sorted(PUBLIC))}")  # fmt: skip
            return self.task
        tasks = [task for task, data in PUBLIC.items() if data.id.lower() == name.lower()]
        if len(tasks) != 1:
            raise OptionError(f"{name}: the id tells no task; say which with --task NAME "
                              f"(one of {', '.join(tasks or sorted(PUBLIC))})")  # fmt: skip
        return tasks[0]

    def _data(self, name: str, task: str) -> PublicData:
        public = PUBLIC[task]
        config = self.config or (public.config if name.lower() == public.id.lower() else None)
        return PublicData(name, public.content, config, public.splits)


def _records(name: str, revision: str | None, task: str, data: PublicData, part: Part) -> Iterator[Record]:
    stem = Path(name).name
    for split in data.split_names(part):
        for index, row in enumerate(hub_rows(name, data.config, split, revision)):
            content = data.content(Row(Path(f"{name}/{split}"), index + 1, row))
            rationales = () if content.rationale is None else (content.rationale,)
            own, source = f"{task}-{stem}-{split}-{index}", f"{name}@{revision or 'newest'}/{split}:{index + 1}"
            meta = {"source": source, **content.meta}
            yield Record(own, task, content.question, content.answer, content.choices, rationales, meta)
