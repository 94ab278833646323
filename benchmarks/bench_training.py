"""How much faster the bridge trains on cached features than with the encoder run for every look.

    python -m benchmarks.bench_training

The real training loop on the default model and pictures of noise: the only difference is whether a
picture's features are at hand or are computed each time it is drawn.
"""

import json
import random
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import platformdirs
import torch
from PIL import Image
from torch import Tensor

from benchmarks.rows import Row, more, show
from clover_chat.model.clover import CloverModel
from clover_chat.model.loading import open_model
from clover_chat.model.pixels import to_pixel_values
from clover_chat.model.presets import Places, preset
from clover_chat.model.processor import CloverProcessor
from clover_chat.resources import resource_dir
from training.batches import Views
from training.instructions.records import ImageRef, Method, Provenance, Record, RecordTurn
from training.record_sampler import RecordSampler
from training.tune import TrainConfig, tune

PRESET = "clover-mini"
PICTURES = 12
SIDE = 224
WARM_UP_STEPS, STEPS = 2, 2
_WARM_UP, _TUNING = slice(0, WARM_UP_STEPS), slice(WARM_UP_STEPS, None)
REPEATED = 20
"""How often each picture is asked about, so that there are answers worth learning to choose."""
LABELS = ("lung adenocarcinoma", "basophil", "normal oral mucosa")


def rows() -> Iterator[Row]:
    """Measure and yield every line."""
    cache_dir = platformdirs.user_cache_path("clover-chat")
    places = Places(cache_dir, None, lambda state: None)  # noqa: ARG005 - nobody watches
    bridge_dir = resource_dir("assets") / "bridges" / PRESET
    model, processor, _ = open_model(preset(PRESET), bridge_dir, places)
    pictures = {_image(number): _noise(number) for number in range(PICTURES)}
    encoded = _Encoded(model, pictures)
    cached = {image: encoded[image] for image in pictures}
    kept_s = _seconds(model, processor, cached)
    encoded_s = _seconds(model, processor, encoded)
    for stage, which in (("warm-up", _WARM_UP), ("tuning", _TUNING)):
        kept, run = (statistics.median(each[which]) for each in (kept_s, encoded_s))
        name = f"{stage} steps, features cached / encoder run, steps/s"
        yield more(name, 1 / kept, 1 / run, 1.0)
    whole = TrainConfig()
    kept, run = (_run_s(each, whole) for each in (kept_s, encoded_s))
    steps = whole.warm_up_steps + whole.steps
    name = "steps of a whole default run, features cached / encoder run, steps/s"
    yield more(name, steps / kept, steps / run, 3.0)


class _Encoded(Mapping[ImageRef, Views]):
    """Pictures whose features are computed whenever they are asked for."""

    def __init__(self, model: CloverModel, pictures: Mapping[ImageRef, Image.Image]) -> None:
        self._model, self._pictures = model, pictures

    def __getitem__(self, image: ImageRef) -> Views:
        pixels = to_pixel_values(self._pictures[image], self._model.config.image_input)
        features: Tensor = self._model.encode(pixels)[0].half()
        return (features,)

    def __iter__(self) -> Iterator[ImageRef]:
        return iter(self._pictures)

    def __len__(self) -> int:
        return len(self._pictures)


def _seconds(
    model: CloverModel, processor: CloverProcessor, views: Mapping[ImageRef, Views]
) -> list[float]:
    """Return how long each step of a little run took, the warm-up first."""
    sampler = RecordSampler([_record(image) for image in views] * REPEATED, views)
    config = TrainConfig(warm_up_steps=WARM_UP_STEPS, steps=STEPS)
    with tempfile.TemporaryDirectory() as scratch:
        run_dir = Path(scratch)
        tune(model, processor, sampler, config, run_dir)
        log = (run_dir / "log.jsonl").read_text().splitlines()
        return [json.loads(line)["s"] for line in log]


def _run_s(seconds: list[float], config: TrainConfig) -> float:
    """Return how long a whole run takes at these rates."""
    warm_up = statistics.median(seconds[_WARM_UP])
    tuning = statistics.median(seconds[_TUNING])
    return config.warm_up_steps * warm_up + config.steps * tuning


def _noise(number: int) -> Image.Image:
    generator = torch.Generator().manual_seed(number)
    pixels = torch.randint(0, 255, (SIDE, SIDE, 3), generator=generator, dtype=torch.uint8)
    return Image.fromarray(pixels.numpy())


def _image(number: int) -> ImageRef:
    return ImageRef(f"{number}.png", f"{number:064x}", f"noise/{number}")


def _record(image: ImageRef) -> Record:
    label = random.Random(image.path).choice(LABELS)  # noqa: S311 - not a secret
    turns = (RecordTurn("label", "What is the diagnosis?", f"This is {label}."),)
    made = Provenance(Method.TEMPLATE, "benchmark", "0" * 64)
    return Record((image,), turns, "noise", "CC0-1.0", made, "train", label)


if __name__ == "__main__":
    show(rows())
