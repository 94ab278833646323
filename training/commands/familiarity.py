"""The verb that teaches a bridge what is unlike the pictures it learnt from: `familiar`."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import torch
import typer
from PIL import Image
from torch import Tensor

from clover_chat.model.clover import CloverModel
from clover_chat.model.familiarity import pooled
from clover_chat.model.familiarity_files import save_familiar
from clover_chat.model.loading import open_model
from clover_chat.model.pixels import to_pixel_values
from clover_chat.model.presets import preset
from training.commands.options import (
    CACHE,
    CacheOption,
    DataOption,
    OnProblemOption,
    PresetOption,
    bar,
    known_specimens,
    looker,
    places,
)
from training.familiarity import Pooled, alarms, alarms_table, fit_familiar
from training.instructions.problems import OnProblem
from training.instructions.specimens import (
    EXTERNAL,
    Specimen,
    read_specimens,
)
from training.reading import train_sample
from training.seen_store import Look

PHOTOGRAPHS = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "moon.png",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)
"""Pictures that scikit-image ships in its wheel and that show no histology."""

_BATCH = 64


def familiar(
    bridge: Annotated[Path, typer.Option(help="Bridge folder; what it remembers is put into it.")],
    data: DataOption,
    per_label: Annotated[
        int | None, typer.Option(min=1, help="At most this many train pictures of each label.")
    ] = None,
    preset_name: PresetOption = "clover-mini",
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Teach a bridge to tell pictures unlike those it learnt from, and print how often it does."""
    samples = cache_dir / "training-samples"
    known = known_specimens(data, samples, on_problem)
    others = read_specimens(data, _at_hand(data), on_problem).items
    model, _, identity = open_model(preset(preset_name), bridge, places(cache_dir))
    look = looker(model, [data, samples], cache_dir)
    learnt = list(_pooled(train_sample(known, per_label), look))
    remembered = fit_familiar(learnt, identity.bridge_hash)
    save_familiar(bridge, remembered)
    tested = [each for each in learnt if each.split == "test"]
    groups = {
        **{f"{name}, test split": numbers for name, numbers in _by_source(tested).items()},
        "all of the test split": [each.numbers for each in tested],
        **_by_source(list(_pooled(others, look))),
        "photographs, scikit-image": [pooled(each) for each in _photographs(model)],
    }
    found = [alarms(remembered, name, each) for name, each in groups.items() if each]
    typer.echo(alarms_table(found))
    typer.echo(f"What it remembers is in {bridge}, beside the bridge it belongs to.")


def _at_hand(data: Path) -> list[str]:
    """Return the sets never trained on that there are."""
    return [source for source in EXTERNAL if (data / source).is_dir()]


def _pooled(specimens: Sequence[Specimen], look: Look) -> Iterator[Pooled]:
    for start in bar(list(range(0, len(specimens), _BATCH)), "batch"):
        batch = specimens[start : start + _BATCH]
        views = look([each.image for each in batch])
        for each in batch:
            numbers = pooled(views[each.image][0])
            yield Pooled(each.source, each.label, each.split, numbers)


def _by_source(seen: Sequence[Pooled]) -> dict[str, list[Tensor]]:
    sources = dict.fromkeys(each.source for each in seen)
    return {source: [each.numbers for each in seen if each.source == source] for source in sources}


def _photographs(model: CloverModel) -> Iterator[Tensor]:
    """Yield the encoder features, [P, V], of pictures that show no histology."""
    for name in PHOTOGRAPHS:
        with Image.open(str(files("skimage") / "data" / name)) as file:
            pixels = to_pixel_values(file.convert("RGB"), model.config.image_input)
        with torch.inference_mode():
            yield model.encode(pixels.to(model.query_tokens.device))[0].cpu()
