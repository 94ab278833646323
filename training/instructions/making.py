"""From labelled patches to files of instruction records, with a page that shows what they hold.

template.jsonl   questions from templates, every split
card.jsonl       descriptions and conversations from knowledge cards, every split
hybrid.jsonl     the train split, methods in the proportions of the mix
overview.html    counts, lengths and samples
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.instructions.composed import CardRecipe, composed_records
from training.instructions.factory import TemplateRecipe, template_records
from training.instructions.intake import read_records
from training.instructions.mixing import Mix, mix
from training.instructions.overview import save_overview
from training.instructions.problems import OnProblem, Problem
from training.instructions.records import Method, write_records
from training.instructions.sources import SOURCES
from training.instructions.specimens import read_specimens, sample_specimens

HYBRID, OVERVIEW = "hybrid.jsonl", "overview.html"


@dataclass(frozen=True)
class MakingConfig:
    """What is made of labelled patches."""

    data: Path = field(metadata={"help": "Folder with a folder for each source."})
    out: Path = field(metadata={"help": "Folder for the files of records."})
    sources: tuple[str, ...] = field(default=SOURCES, metadata={"help": "Which sources."})
    template: TemplateRecipe = field(default_factory=TemplateRecipe)
    cards: CardRecipe = field(default_factory=CardRecipe)
    extra: tuple[Path, ...] = field(
        default=(), metadata={"help": "Files of generated or published records to mix in."}
    )
    shares: Mapping[Method, float] = field(
        default_factory=lambda: {Method.TEMPLATE: 0.5, Method.CARD: 0.5}
    )
    total: int | None = field(default=None, metadata={"help": "Records in the mix; None is most."})
    has_sample: bool = field(default=True, metadata={"help": "Add crops of the CC0 sample."})
    on_problem: OnProblem = field(default=OnProblem.SKIP)


@dataclass(frozen=True)
class Made:
    """What was made.

    Attributes:
        counts: Records in each file, by its name.
        problems: What was left out.
    """

    counts: Mapping[str, int]
    problems: Sequence[Problem]

    @property
    def sentence(self) -> str:
        """What was made, in words."""
        counts = ", ".join(f"{count:,} in {name}" for name, count in self.counts.items())
        return f"Records: {counts}. {len(self.problems)} lines were left out."


def make_instructions(config: MakingConfig) -> Made:
    """Write the files of records and the page about them.

    Raises:
        TrainingError: Data is missing or to be refused, or there is too little for the mix.
    """
    patches = read_specimens(config.data, config.sources, config.on_problem)
    sample = sample_specimens(config.out) if config.has_sample else []
    specimens = [*patches.items, *sample]
    made = {
        Method.TEMPLATE: list(template_records(specimens, config.template)),
        Method.CARD: list(composed_records(specimens, config.cards)),
    }
    written = [config.out / f"{method}.jsonl" for method in made]
    counts = {
        path.name: write_records(path, of_method)
        for path, of_method in zip(written, made.values(), strict=True)
    }
    roots = (config.data, config.out, *(path.parent for path in config.extra))
    accepted = read_records([*written, *config.extra], roots, config.on_problem)
    drawn = mix(accepted.items, Mix(config.shares, config.total, seed=config.template.seed))
    counts[HYBRID] = write_records(config.out / HYBRID, drawn)
    problems = (*patches.problems, *accepted.problems)
    save_overview(config.out / OVERVIEW, drawn, roots, problems)
    return Made(counts, problems)
