"""The verb that gives a bridge its own reading of pictures: `read`."""

from pathlib import Path
from typing import Annotated

import typer

from clover_chat.model.loading import open_model
from clover_chat.model.presets import preset
from clover_chat.model.reading import DecidedBy, ReadingRecipe
from clover_chat.model.reading_files import save_reading
from training.commands.options import (
    CACHE,
    CacheOption,
    DataOption,
    OnProblemOption,
    PresetOption,
    ViewsOption,
    bar,
    known_specimens,
    looker,
    places,
)
from training.evaluation.cutbacks import cut_backs, limits, limits_table
from training.evaluation.predictions import read_predictions
from training.instructions.problems import OnProblem
from training.reading import (
    fit_reading,
    measure,
    measured_table,
    of_split,
    read_all,
    train_sample,
)
from training.seen_store import FOLDER, SeenStore


def read(
    bridge: Annotated[Path, typer.Option(help="Bridge folder; the reading is put into it.")],
    data: DataOption,
    predictions: Annotated[
        Path | None, typer.Option(help="Answers of `evaluate`: say how the check cuts them back.")
    ] = None,
    per_label: Annotated[
        int | None, typer.Option(min=1, help="At most this many train pictures of each label.")
    ] = None,
    views: ViewsOption = 3,
    preset_name: PresetOption = "clover-mini",
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Teach a bridge to say what it sees and how sure it is, and print how well that holds."""
    samples = cache_dir / "training-samples"
    known = known_specimens(data, samples, on_problem)
    specimens = train_sample(known, per_label)
    model, processor, identity = open_model(preset(preset_name), bridge, places(cache_dir))
    store = SeenStore(
        cache_dir / FOLDER,
        model,
        processor,
        looker(model, [data, samples], cache_dir),
        lambda starts: bar(list(starts), "batch"),
    )
    seen = store.see(specimens, views)
    width, recipe = model.qformer.config.hidden_size, ReadingRecipe(views, DecidedBy.VAL)
    head = fit_reading(seen, identity.bridge_hash, width, recipe)
    save_reading(bridge, head)
    told = [(head.read(each.output), each.specimen.label) for each in of_split("val", seen)]
    tested = of_split("test", seen)
    typer.echo(f"On {len(tested):,} pictures of the test split, before and after calibration:")
    typer.echo(measured_table(measure(head, tested)))
    if told:
        typer.echo(f"\nOn the {len(told):,} pictures it was calibrated on:")
        typer.echo(limits_table(limits(told)))
    if predictions is not None:
        typer.echo(cut_backs(read_predictions(predictions), read_all(head, seen)).line)
    typer.echo(f"The reading is in {bridge}, beside the bridge it belongs to.")
