import pytest
import torch
from PIL import Image

from clover_chat.model.pixels import ImageInput, to_pixel_values


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((224, 224), (384, 384)),
        ((139, 145), (384, 384)),
        ((448, 448), (448, 448)),
        ((4000, 3000), (512, 384)),
        ((10_000, 16), (512, 32)),
    ],
)
def test_small_pictures_grow_and_large_ones_shrink_in_proportion(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert ImageInput().target(*size) == expected


def test_square_encoders_get_squares() -> None:
    assert ImageInput(size=224, is_square=True).target(1000, 300) == (224, 224)


def test_pixels_are_normalised_by_channel() -> None:
    values = to_pixel_values(Image.new("RGB", (384, 384), (127, 255, 0)), ImageInput())

    assert values.shape == (1, 3, 384, 384)
    torch.testing.assert_close(values[0, :, 0, 0], torch.tensor([0.0, 1.0, -127 / 128]))
