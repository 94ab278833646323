import torch
from torch import nn

from clover_chat.model.efficientnet import (
    BATCH_NORM_EPS,
    HIDDEN_SIZE,
    EfficientNetLite2,
    _fold,
)


def test_every_cell_of_32_pixels_becomes_one_token() -> None:
    with torch.inference_mode():
        tokens = EfficientNetLite2()(torch.randn(2, 3, 64, 96)).last_hidden_state
    assert tokens.shape == (2, 2 * 3, HIDDEN_SIZE)


def test_folding_batch_norm_keeps_what_the_convolution_says() -> None:
    conv, norm = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4, eps=BATCH_NORM_EPS).eval()
    for name, tensor in norm.state_dict().items():
        if name != "num_batches_tracked":
            nn.init.uniform_(tensor, 0.5, 2)
    published = {"c." + k: v for k, v in conv.state_dict().items()}
    published |= {"n." + k: v for k, v in norm.state_dict().items()}
    folded = nn.Conv2d(3, 4, 3)
    folded.load_state_dict(
        {k.removeprefix("t."): v for k, v in _fold(published, "c", "n", "t").items()}
    )

    x = torch.randn(1, 3, 8, 8)
    torch.testing.assert_close(folded(x), norm(conv(x)), rtol=1e-4, atol=1e-5)
