"""What a bridge sees of pictures, kept on disk: whoever asks again need not look again.

It follows from the bridge's tensors and the picture, so that a bridge whose reading alone is new
finds everything of its parent's.

    S what is seen of a picture
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

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
from training.reading import ASPECTS, Seen, see

FOLDER = "training-sights"
_BATCH = 64
Look = Callable[[Iterable[ImageRef]], Mapping[ImageRef, Views]]
"""Returns the encoder features of pictures."""


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

    def see(self, specimens: Sequence[Specimen]) -> list[Seen]:
        """Return specimens as the bridge sees them, in their order.

        What was just looked at is read back, for sums over another layout round otherwise.
        """
        outputs = {each.image: self._read(each.image) for each in specimens}
        unseen = [each for each in specimens if outputs[each.image] is None]
        for start in self._progress(range(0, len(unseen), _BATCH)) if unseen else ():
            batch = unseen[start : start + _BATCH]
            views = self._look([each.image for each in batch])
            for seen in see(self._model, self._processor, batch, views):
                self._write(seen.specimen.image, seen.output)
                outputs[seen.specimen.image] = self._read(seen.specimen.image)
        return [Seen(each, outputs[each.image] or {}) for each in specimens]

    def _path(self, image: ImageRef) -> Path:
        name = hashlib.sha256(image_name(image).encode()).hexdigest()
        return self._folder / name[:2] / f"{name}.safetensors"

    def _read(self, image: ImageRef) -> Mapping[str, Tensor] | None:
        path = self._path(image)
        try:
            tensors = load_file(path) if path.exists() else {}
        except (OSError, SafetensorError):
            return None
        return tensors if set(tensors) == set(ASPECTS) else None

    def _write(self, image: ImageRef, output: Mapping[str, Tensor]) -> None:
        rows = {aspect: tensor.contiguous() for aspect, tensor in output.items()}
        save_whole(rows, self._path(image))
