import threading
from collections.abc import Callable

import pytest
import torch
from PIL import Image

from clover_chat.model.engine import CloverEngine
from clover_chat.model.gaze import Gaze, grid_of, on_grid
from clover_chat.model.pixels import ImageInput
from clover_chat.types import Picture, Turn

QUESTION = "Where is the gland?"


def test_a_map_has_a_share_for_every_patch(
    llama: CloverEngine, picture: Callable[[str], Picture]
) -> None:
    found = llama.gaze(picture("red"), QUESTION)
    step = llama._model.config.image_input.multiple
    assert len(found.rows) == found.height // step
    assert {len(row) for row in found.rows} == {found.width // step}
    assert sum(map(sum, found.rows)) == pytest.approx(1, abs=1e-5)
    assert (found.width, found.height) == llama._model.config.image_input.target(80, 64)


def test_it_is_the_mean_of_what_the_layers_attend_to(llama: CloverEngine) -> None:
    model = llama._model
    patches = torch.randn(6, model.qformer.config.encoder_hidden_size)
    asked = llama._processor.question_batch([QUESTION])
    gaze = Gaze(model)
    seen: list[torch.Tensor] = []
    for name, module in gaze._qformer.named_modules():
        if name.endswith("crossattention.attention"):
            module.register_forward_hook(lambda _module, _given, output: seen.append(output[1]))
    shares = gaze.over(patches, *asked)
    expected = torch.stack(seen)[:, 0].mean(dim=(0, 1, 2))[:6]
    torch.testing.assert_close(shares, expected / expected.sum())


def test_it_shares_the_numbers_and_leaves_the_model_as_it_was(
    llama: CloverEngine, turn: Turn
) -> None:
    model = llama._model
    before = model.qformer.config._attn_implementation
    gaze = Gaze(model)
    pairs = zip(gaze._qformer.parameters(), model.qformer.parameters(), strict=True)
    assert all(one is other for one, other in pairs)
    assert gaze._qformer.config._attn_implementation == "eager"
    assert model.qformer.config._attn_implementation == before


def test_the_map_depends_on_the_question(llama: CloverEngine) -> None:
    noise = Image.effect_noise((96, 64), 60).convert("RGB")
    shown = Picture("noise", lambda: noise)
    assert llama.gaze(shown, "Which organ is this?") != llama.gaze(shown, "Is it malignant?")


def test_maps_may_be_asked_for_by_several_at_once(
    llama: CloverEngine, picture: Callable[[str], Picture]
) -> None:
    alone = llama.gaze(picture("blue"), QUESTION)
    found: list[object] = []
    askers = [
        threading.Thread(target=lambda: found.append(llama.gaze(picture("blue"), QUESTION)))
        for _ in range(3)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found == [alone] * 3


def test_patches_lie_on_the_grid_of_the_picture_or_on_none() -> None:
    assert grid_of(12 * 9, (384, 288), ImageInput()) == (9, 12)
    assert grid_of(256, (224, 224), ImageInput(is_square=True, multiple=32)) == (16, 16)
    assert grid_of(7, (384, 288), ImageInput()) is None
    assert on_grid(torch.ones(7), (384, 288), ImageInput()) is None


def test_a_token_for_the_whole_picture_has_no_place_on_the_map() -> None:
    shares = torch.cat([torch.tensor([5.0]), torch.arange(1.0, 5.0)])
    found = on_grid(shares, (64, 64), ImageInput())
    assert found is not None
    torch.testing.assert_close(found, torch.tensor([[0.1, 0.2], [0.3, 0.4]]))
