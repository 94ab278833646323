"""From a picture to the tensor the frozen encoder takes."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor


@dataclass(frozen=True)
class ImageInput:
    """How pictures are sized and normalised for an encoder.

    Attributes:
        size: Longest side a picture is enlarged to, in pixels; the exact side where `is_square`.
        max_size: Longest side a larger picture is reduced to, in pixels.
        multiple: Both sides become multiples of this, in pixels (the stride of the encoder).
        mean: Per channel, of values between 0 and 1.
        std: Per channel, of values between 0 and 1.
        is_square: Stretch to `size` x `size`, for encoders with a fixed grid (CLIP and EVA towers).
    """

    size: int = 384
    max_size: int = 512
    multiple: int = 32
    mean: tuple[float, float, float] = (127 / 255, 127 / 255, 127 / 255)
    std: tuple[float, float, float] = (128 / 255, 128 / 255, 128 / 255)
    is_square: bool = False

    def target(self, width: int, height: int) -> tuple[int, int]:
        """Return the (width, height) a picture of this size is resized to, in pixels."""
        if self.is_square:
            return self.size, self.size
        longest = max(width, height)
        scale = min(max(longest, self.size), self.max_size) / longest
        return self._rounded(width * scale), self._rounded(height * scale)

    def _rounded(self, side: float) -> int:
        return max(self.multiple, round(side / self.multiple) * self.multiple)


def to_pixel_values(image: Image.Image, image_input: ImageInput) -> Tensor:
    """Return one normalised image, [1, 3, height, width]."""
    size = image_input.target(*image.size)
    resized = image.convert("RGB").resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    pixels = torch.from_numpy(np.asarray(resized, dtype=np.float32) / 255)
    normalised = (pixels - torch.tensor(image_input.mean)) / torch.tensor(image_input.std)
    return normalised.permute(2, 0, 1)[None].contiguous()
