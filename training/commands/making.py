"""The verb that makes instructions from labelled pictures and knowledge cards."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import TrainingError
from training.commands.options import DataOption, OnProblemOption
from training.instructions.composed import CardRecipe, composed_records
from training.instructions.factory import TemplateRecipe, template_records
from training.instructions.mixing import Mix, mix
from training.instructions.overview import save_overview
from training.instructions.problems import OnProblem
from training.instructions.records import SPLITS, Method, write_records
from training.instructions.sample import sample_specimens
from training.instructions.specimens import (
    HELD_BACK,
    SOURCES,
    hold_back,
    read_specimens,
)

OutOption = Annotated[Path, typer.Option(help="Folder for the records and a page about them.")]


def instructions(
    data: DataOption,
    out: OutOption,
    source: Annotated[
        list[str], typer.Option(help="Which folders of the data; may be given several times.")
    ] = list(SOURCES),  # noqa: B006 - Typer copies it
    cards: Annotated[
        float, typer.Option(min=0, max=1, help="Share composed from knowledge cards.")
    ] = 0.4,
    phrasings: Annotated[int, typer.Option(min=0)] = TemplateRecipe.phrasings,
    yes_no: Annotated[int, typer.Option(min=0)] = TemplateRecipe.yes_no,
    dialogues: Annotated[int, typer.Option(min=0)] = TemplateRecipe.dialogues,
    held_back: Annotated[
        float,
        typer.Option(
            min=0, max=0.5, help="Share of groups kept for validation where a source has no val."
        ),
    ] = HELD_BACK,
    total: Annotated[
        int | None, typer.Option(min=1, help="Records of the train split; by default all.")
    ] = None,
    emphasis: Annotated[
        list[str] | None,
        typer.Option(help="KIND=FACTOR: how much more, or less, of a kind of question."),
    ] = None,
    seed: int = 0,
    on_problem: OnProblemOption = OnProblem.SKIP,
) -> None:
    """Compose instructions from labelled pictures: templates and knowledge cards, mixed."""
    accepted = read_specimens(data, source, on_problem)
    typer.echo(accepted.summary, err=True)
    specimens = [*hold_back(accepted.items, held_back), *sample_specimens(out)]
    template = TemplateRecipe(phrasings=phrasings, yes_no=yes_no, dialogues=dialogues, seed=seed)
    records = [
        *template_records(specimens, template),
        *composed_records(specimens, CardRecipe(seed=seed)),
    ]
    shares = {Method.TEMPLATE: 1 - cards, Method.CARD: cards}
    for split in SPLITS:
        if not any(record.split == split for record in records):
            continue
        wanted = total if split == "train" else None
        mixed = mix(records, Mix(shares, wanted, split, seed, _factors(emphasis or [])))
        count = write_records(out / f"{split}.jsonl", mixed)
        typer.echo(f"{out / split}.jsonl: {count:,} records")
        if split == "train":
            save_overview(out / "overview.html", mixed, (data, out), accepted.problems)
    if not (out / "train.jsonl").exists():
        raise TrainingError(f"No picture under {data} belongs to the split train.")
    typer.echo(
        f"Look at {out / 'overview.html'}. Next: clover-train align "
        f"--instructions {out / 'train.jsonl'} --root {data} --out {out / 'aligned'}"
    )


def _factors(emphasis: Sequence[str]) -> dict[str, float]:
    """Read factors as they are typed.

    Raises:
        TrainingError: One is not KIND=FACTOR.
    """
    factors: dict[str, float] = {}
    for each in emphasis:
        kind, _, factor = each.partition("=")
        try:
            factors[kind] = float(factor)
        except ValueError:
            raise TrainingError(
                f"--emphasis takes KIND=FACTOR, such as label=2, got {each!r}."
            ) from None
    return factors
