"""The verb that holds stated probabilities against the truth: `calibration`."""

from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import TrainingError
from clover_chat.model.loading import open_model
from clover_chat.model.presets import preset
from clover_chat.model.reading import seen_width
from clover_chat.model.reading_files import load_reading
from training.commands.options import (
    CACHE,
    CacheOption,
    DataOption,
    OnProblemOption,
    PresetOption,
    bar,
    looker,
    places,
)
from training.evaluation.report.reliability import calibration_table
from training.evaluation.scores import known_names, score_all
from training.evaluation.standing import standing_test
from training.evaluation.verdicts import YES_NO, verdicts
from training.instructions.problems import OnProblem
from training.instructions.specimens import HELD_BACK, hold_back, read_specimens
from training.reading import read_all
from training.seen_store import FOLDER, SeenStore


def calibration(
    bridge: Annotated[Path, typer.Option(help="Bridge folder with a reading.")],
    data: DataOption,
    splits: Annotated[
        list[str] | None, typer.Option("--split", help="May be given several times.")
    ] = None,
    preset_name: PresetOption = "clover-mini",
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Ask a bridge's reading yes or no about labels, and print whether its probabilities hold.

    What is said is what the app says, for yes and no follow the reading there; no word is written,
    so that this takes minutes where `evaluate` takes an hour.
    """
    accepted = read_specimens(data, on_problem=on_problem)
    typer.echo(accepted.summary, err=True)
    specimens = hold_back(accepted.items, HELD_BACK)
    model, processor, identity = open_model(preset(preset_name), bridge, places(cache_dir))
    head = load_reading(bridge, identity.bridge_hash, seen_width(model))
    if head is None:
        raise TrainingError(f"{bridge} has no reading yet. Give it one with clover-train read.")
    look = looker(model, [data], cache_dir)
    for split in splits or ["val", "test"]:
        store = SeenStore(
            cache_dir / FOLDER, model, processor, look, lambda starts: bar(list(starts), "batch")
        )
        mine = [each for each in specimens if each.split == split]
        records = standing_test(specimens, split)
        said = verdicts(records, read_all(head, store.see(mine)), identity.bridge_hash)
        scored = score_all(said, known_names())
        typer.echo(f"Yes or no about labels ({YES_NO}), {split} split, {len(mine):,} pictures:")
        typer.echo(calibration_table(scored))
