import io
import warnings

import pytest
from PIL import ImageFile

from clover_chat.errors import ImageError
from clover_chat.services.headers import open_header
from tests.services.files import CLAIMING, encoded, tissue


@pytest.fixture
def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any attempt to decode, or to reserve room for pixels, fail the test."""

    def refuse(*_: object) -> None:
        pytest.fail("a pixel was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", refuse)
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", refuse)
    monkeypatch.setattr("PIL._webp.WebPAnimDecoder", refuse)


@pytest.mark.usefixtures("no_decoding")
@pytest.mark.parametrize(
    ("kind", "side"), [("PNG", 20_000), ("TIFF", 20_000), ("JPEG", 20_000), ("WebP", 16_000)]
)
def test_a_huge_picture_is_refused_from_its_header(kind: str, side: int) -> None:
    data = CLAIMING[kind](side, side)
    assert len(data) < 5000
    with pytest.raises(ImageError, match=f"{side:,} x {side:,} pixels; up to 50 megapixels"):
        open_header(io.BytesIO(data))


@pytest.mark.parametrize("kind", CLAIMING)
@pytest.mark.parametrize("side", [7_100, 10_000, 14_000])
def test_no_warning_of_a_decompression_bomb_gets_out(kind: str, side: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ImageError, match="up to 50 megapixels"):
            open_header(io.BytesIO(CLAIMING[kind](side, side)))
    assert caught == []


@pytest.mark.parametrize(("width", "height"), [(20_001, 100), (100, 20_001)])
def test_a_side_may_not_be_endless(width: int, height: int) -> None:
    with pytest.raises(ImageError, match=r"a side may have up to 20,000"):
        open_header(io.BytesIO(CLAIMING["PNG"](width, height)))


@pytest.mark.parametrize(("width", "height"), [(15, 400), (400, 15), (1, 1)])
def test_a_picture_too_small_to_show_anything_is_refused(width: int, height: int) -> None:
    with pytest.raises(ImageError, match=f"{width} x {height} pixels; each side needs 16"):
        open_header(io.BytesIO(encoded(tissue(width, height), "PNG")))


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0"}])
@pytest.mark.parametrize(("width", "height"), [(16, 16), (300, 17), (64, 48)])
def test_the_size_of_every_kind_of_webp_is_read(
    options: dict[str, object], width: int, height: int
) -> None:
    data = encoded(tissue(width, height), "WEBP", **options)
    assert open_header(io.BytesIO(data)).size == (width, height)
    with pytest.raises(ImageError, match=f"15 x {height} pixels"):
        open_header(io.BytesIO(encoded(tissue(15, height), "WEBP", **options)))
