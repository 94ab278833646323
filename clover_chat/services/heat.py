"""A map of shares laid over a picture: the more of them, the brighter.

Brightness goes with the square root, or one patch would be all that is seen.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

_LOW, _HIGH = (38, 28, 92), (255, 214, 64)
_FAINTEST, _STRONGEST = 0.12, 0.62


def heat_over(image: Image.Image, rows: Sequence[Sequence[float]]) -> Image.Image:
    """Return a picture under a map.

    Args:
        image: RGB, at the size of the result.
        rows: The map, rows of shares of 0 or more; it covers the whole picture.
    """
    shares = np.asarray(rows, dtype=np.float32)
    spread = float(shares.max() - shares.min())
    scaled = np.sqrt((shares - shares.min()) / spread) if spread > 0 else np.zeros_like(shares)
    smooth = Image.fromarray(scaled).resize(image.size, Image.Resampling.BICUBIC)
    heat = np.clip(np.asarray(smooth), 0, 1)[..., None]
    colour = np.array(_LOW) + heat * (np.array(_HIGH) - np.array(_LOW))
    alpha = _FAINTEST + heat * (_STRONGEST - _FAINTEST)
    mixed = np.asarray(image) * (1 - alpha) + colour * alpha
    return Image.fromarray(np.clip(mixed, 0, 255).round().astype(np.uint8))
