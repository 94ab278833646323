"""What a bridge sees of pictures, kept on disk: whoever asks again need not look again.

It follows from the bridge's tensors and the picture, so that a bridge whose reading alone is new
finds everything of its parent's.

    S what is seen of a picture
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from clover_chat.model.clover import CloverModel
from clover_chat.model.features import save_whole
from clover_chat.model.processor import CloverProcessor
from training.batches import Views
from training.evaluation.asking import image_name
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen
from training.reading import ASPECTS, Seen, see, to_see

FOLDER = "training-sights"
_BATCH = 64


class Look(Protocol):
    """Looks pictures up."""

    def __call__(self, images: Iterable[ImageRef], views: int = 1) -> Mapping[ImageRef, Views]:
        """Return the encoder features of pictures, in so many views each."""
        ...


def tensors_digest(model: CloverModel) -> str:
    """Return the SHA-256 of what a bridge computes with, hexadecimal."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.bridge_state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


class SeenStore:
    """Looks at pictures for one bridge, each once.

    Args:
        folder: Below the cache; a folder for each bridge is made in it.
        model: With its bridge.
        processor: Its vocabularies.
        look: Called for the pictures that have not been seen.
        progress: Wraps the batches, for a progress bar.
    """

    def __init__(
        self,
        folder: Path,
        model: CloverModel,
        processor: CloverProcessor,
        look: Look,
        progress: Callable[[Iterable[int]], Iterable[int]] = iter,
    ) -> None:
        self._folder = folder / tensors_digest(model)[:16]
        self._model, self._processor = model, processor
        self._look, self._progress = look, progress

    def see(self, specimens: Sequence[Specimen], views: int = 1) -> list[Seen]:
        """Return specimens as the bridge sees them, in their order.

        What was just looked at is read back, for sums over another layout round otherwise.

        Args:
            specimens: Labelled pictures.
            views: How many views those of the train split are seen in; see `training.reading.see`.
        """
        looks = to_see(specimens, lambda _: views)
        outputs = [self._read(each) for each in looks]
        unseen = [each for each, found in zip(looks, outputs, strict=True) if found is None]
        for count in sorted({1, views}):
            new = [each.specimen for each in unseen if each.weight == 1 / count]
            self._look_at(list({each.image: each for each in new}.values()), count)
        return [
            replace(each, output=found or self._read(each) or {})
            for each, found in zip(looks, outputs, strict=True)
        ]

    def _look_at(self, specimens: Sequence[Specimen], views: int) -> None:
        for start in self._progress(range(0, len(specimens), _BATCH)) if specimens else ():
            batch = specimens[start : start + _BATCH]
            shown = self._look([each.image for each in batch], views)
            for seen in see(self._model, self._processor, batch, shown):
                self._write(seen)

    def _path(self, wanted: Seen) -> Path:
        view = f"_{wanted.view}" if wanted.view else ""
        name = hashlib.sha256(f"{image_name(wanted.specimen.image)}{view}".encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.safetensors"

    def _read(self, wanted: Seen) -> Mapping[str, Tensor] | None:
        path = self._path(wanted)
        try:
            tensors = load_file(path) if path.exists() else {}
        except (OSError, SafetensorError):
            return None
        return tensors if set(tensors) == set(ASPECTS) else None

    def _write(self, seen: Seen) -> None:
        rows = {aspect: tensor.contiguous() for aspect, tensor in seen.output.items()}
        save_whole(rows, self._path(seen))
