"""The verb `season`: the whole circle with a scripted pathologist, as a benchmark and a demo."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from clover_chat.resources import resource_dir
from training.commands.gating import contender
from training.commands.options import (
    CACHE,
    CacheOption,
    DataOption,
    OnProblemOption,
    PresetOption,
)
from training.commands.pictures import RecordPictures
from training.evaluation.report.cases import Opener
from training.feedback.learning import FeedbackConfig
from training.files import write_whole
from training.gate.contender import Contender
from training.instructions.pictures import Gallery
from training.instructions.problems import OnProblem
from training.instructions.records import ImageRef, Record
from training.instructions.specimens import HELD_BACK, hold_back, read_specimens
from training.season.lab import Fault, open_lab
from training.season.playing import SeasonConfig, Tools, play_season
from training.season.table import table
from training.sights import open_image

AFFECTED = ("monocyte", "erythroblast", "high-grade squamous intraepithelial lesion (HSIL)")


def season(
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Folder of the season; one goes on where it stopped.")],
    bridge: Annotated[
        Path | None, typer.Option(help="Bridge folder to start from; the shipped one if unset.")
    ] = None,
    affected: Annotated[
        list[str] | None, typer.Option(help="Label that the first bridge gets wrong.")
    ] = None,
    fault: Annotated[Fault, typer.Option(help="What is wrong with them.")] = Fault.MISSING,
    per_label: Annotated[
        int, typer.Option(min=2, help="Pictures of each label that the lab starts with.")
    ] = 40,
    standing: Annotated[
        int, typer.Option(min=1, help="Pictures of each source that the gate asks about.")
    ] = SeasonConfig.standing,
    rounds: Annotated[
        int, typer.Option(min=0, help="Rounds before the poisoned one.")
    ] = SeasonConfig.rounds,
    pictures: Annotated[
        int, typer.Option(min=1, help="Pictures asked about in a round.")
    ] = SeasonConfig.pictures,
    corrections: Annotated[
        int, typer.Option(min=1, help="At most so many in a round.")
    ] = SeasonConfig.corrections,
    poison: Annotated[
        float, typer.Option(help="Share of wrong corrections in the poisoned round.")
    ] = SeasonConfig.poison,
    pinned: Annotated[
        int, typer.Option(min=0, help="Right answers that must stay right.")
    ] = SeasonConfig.pinned,
    steps: Annotated[
        int, typer.Option(min=0, help="Steps that words are learnt in; 0 fits the reading only.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Of which pictures are asked about.")] = 0,
    preset_name: PresetOption = "clover-mini",
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Play a season: a faulty bridge, corrections, rounds, the gate, and a poisoned round."""
    accepted = read_specimens(data, on_problem=on_problem)
    typer.echo(accepted.summary, err=True)
    lab = open_lab(hold_back(accepted.items, HELD_BACK), affected or AFFECTED, fault, per_label)
    config = SeasonConfig(
        rounds=rounds,
        pictures=pictures,
        corrections=corrections,
        poison=poison,
        standing=standing,
        pinned=pinned,
        seed=seed,
    )
    gallery = Gallery((data,))

    def open_contender(folder: Path, more: Sequence[Path]) -> Contender:
        return contender(folder, preset_name, [*more, data], cache_dir)

    def open_picture(image: ImageRef) -> Image.Image:
        return open_image(image, gallery)

    def thumbnails(
        records: Sequence[Record], images: Sequence[ImageRef], more: Sequence[Path]
    ) -> Opener:
        return RecordPictures(records, [*more, data], images)

    rows = play_season(
        bridge or resource_dir("assets") / "bridges" / preset_name,
        lab,
        fault,
        FeedbackConfig(steps=steps, seed=seed),
        config,
        Tools(open_contender, open_picture, thumbnails, partial(typer.echo, err=True)),
        out,
    )
    write_whole(out / "season.json", json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    typer.echo(table(rows))
    typer.echo(f"Every answer that changed stands in the gate.html of each round in {out}.")
