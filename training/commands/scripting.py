"""The verb that scripts conversations to ask a bridge: `dialogues`."""

from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import TrainingError
from training.commands.options import DataOption, OnProblemOption
from training.evaluation.follow_ups import PER_SOURCE, follow_up_dialogues
from training.instructions.problems import OnProblem
from training.instructions.records import write_records
from training.instructions.specimens import SOURCES, read_specimens


def dialogues(
    data: DataOption,
    out: Annotated[Path, typer.Option(help="File for the conversations.")],
    source: Annotated[
        list[str], typer.Option(help="Which folders of the data; may be given several times.")
    ] = list(SOURCES),  # noqa: B006 - Typer copies it
    split: str = "test",
    per_source: Annotated[int, typer.Option(min=1)] = PER_SOURCE,
    seed: Annotated[int, typer.Option(help="Of pictures and phrasings.")] = 0,
    on_problem: OnProblemOption = OnProblem.SKIP,
) -> None:
    """Script natural conversations about unseen pictures: what is this, why, how sure are you."""
    accepted = read_specimens(data, source, on_problem)
    typer.echo(accepted.summary, err=True)
    records = follow_up_dialogues(accepted.items, split, per_source, seed)
    if not records:
        raise TrainingError(f"No picture under {data} belongs to the split {split!r}.")
    count = write_records(out, records)
    typer.echo(
        f"{out}: {count:,} conversations. Next: clover-train evaluate --instructions {out} "
        f"--root {data} --bridge BRIDGE"
    )
