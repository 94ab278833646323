"""EfficientNet-Lite2 as a frozen image encoder that keeps several scales.

Architecture: Tan and Le 2019 (arXiv 1905.11946), the "Lite" variant without squeeze-and-excitation
    and with ReLU6. Batch normalisation is folded into the convolutions when the weights are
    converted (`fold_batch_norm`), so the network is convolutions only and loads in one read.

    B batch, P image patches (cells of the stride-32 grid), V channels of a token
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from transformers.modeling_outputs import BaseModelOutput

BATCH_NORM_EPS = 1e-3
STRIDE = 32


class Stage(NamedTuple):
    """A run of inverted residual blocks with the same width."""

    kernel: int
    stride: int
    expansion: int
    width: int
    depth: int


STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 3),
    Stage(5, 2, 6, 48, 3),
    Stage(3, 2, 6, 88, 4),
    Stage(5, 1, 6, 120, 4),
    Stage(5, 2, 6, 208, 5),
    Stage(3, 1, 6, 352, 1),
)
STEM_WIDTH = 32
FINE, MIDDLE = 2, 4  # stages whose maps have stride 8 and stride 16
HIDDEN_SIZE = STAGES[-1].width + 2 * STAGES[MIDDLE].width + 2 * STAGES[FINE].width


def _conv(
    width_in: int, width_out: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    return nn.Conv2d(width_in, width_out, kernel, stride, kernel // 2, groups=groups)


class InvertedResidual(nn.Module):
    """Expand, filter depthwise, project; add the input where the shapes agree."""

    def __init__(self, width_in: int, stage: Stage, stride: int) -> None:
        super().__init__()
        hidden = width_in * stage.expansion
        self.expand = _conv(width_in, hidden, 1) if stage.expansion > 1 else None
        self.depthwise = _conv(hidden, hidden, stage.kernel, stride, groups=hidden)
        self.project = _conv(hidden, stage.width, 1)
        self.has_shortcut = stride == 1 and width_in == stage.width

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's map, [B, width, height / stride, width / stride]."""
        hidden = F.relu6(self.expand(x), inplace=True) if self.expand is not None else x
        projected: Tensor = self.project(F.relu6(self.depthwise(hidden), inplace=True))
        return projected + x if self.has_shortcut else projected


class EfficientNetLite2(nn.Module):
    """Image to multi-scale tokens, one for each 32 x 32 pixel cell.

    A token is the cell of the last map (352 channels) beside the mean and the standard deviation,
    over the same cell, of the stride-16 map (2 x 120) and of the stride-8 map (2 x 48): 688
    channels. Each of the five parts is normalised by itself (layer normalisation without
    parameters), so that no scale drowns another.
    """

    hidden_size = HIDDEN_SIZE

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, STEM_WIDTH, 3, 2)
        self.stages = nn.ModuleList()
        width = STEM_WIDTH
        for stage in STAGES:
            blocks = [InvertedResidual(width, stage, stage.stride)]
            blocks += [InvertedResidual(stage.width, stage, 1) for _ in range(stage.depth - 1)]
            self.stages.append(nn.Sequential(*blocks))
            width = stage.width

    def use_channels_last(self) -> None:
        """Lay the weights out as CPU convolutions read them fastest."""
        for parameter in self.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)

    def forward(self, pixel_values: Tensor) -> BaseModelOutput:
        """Return the tokens of the images.

        Args:
            pixel_values: Normalised images, [B, 3, height, width], both sides multiples of 32.

        Returns:
            Tokens in reading order as `last_hidden_state`, [B, P, V].
        """
        x = F.relu6(self.stem(pixel_values.contiguous(memory_format=torch.channels_last)))
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        parts = [maps[-1], *_cell_statistics(maps[MIDDLE], 2), *_cell_statistics(maps[FINE], 4)]
        tokens = [part.flatten(2).transpose(1, 2) for part in parts]  # [B, P, width] each
        normalised = [F.layer_norm(part, part.shape[-1:]) for part in tokens]
        return BaseModelOutput(last_hidden_state=torch.cat(normalised, dim=-1))


def _cell_statistics(x: Tensor, cell: int) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation over cells of `cell` x `cell`."""
    mean = F.avg_pool2d(x, cell)
    variance = (F.avg_pool2d(x * x, cell) - mean * mean).clamp_min(0)
    return mean, variance.sqrt()


def fold_batch_norm(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """Turn the published checkpoint's tensors into this module's.

    Args:
        published: State dict with `_conv_stem`, `_blocks.N._expand_conv`, `_bn0` ... and batch
            normalisation.

    Returns:
        State dict of `EfficientNetLite2`; the classification head is left out.
    """
    folded = _fold(published, "_conv_stem", "_bn0", "stem")
    number = 0
    for position, stage in enumerate(STAGES):
        for block in range(stage.depth):
            source, target = f"_blocks.{number}.", f"stages.{position}.{block}."
            if stage.expansion > 1:
                folded |= _fold(
                    published, source + "_expand_conv", source + "_bn0", target + "expand"
                )
            folded |= _fold(
                published, source + "_depthwise_conv", source + "_bn1", target + "depthwise"
            )
            folded |= _fold(
                published, source + "_project_conv", source + "_bn2", target + "project"
            )
            number += 1
    return folded


def _fold(published: dict[str, Tensor], conv: str, norm: str, target: str) -> dict[str, Tensor]:
    variance = published[norm + ".running_var"]
    scale = published[norm + ".weight"] / torch.sqrt(variance + BATCH_NORM_EPS)
    return {
        target + ".weight": published[conv + ".weight"] * scale[:, None, None, None],
        target + ".bias": published[norm + ".bias"] - published[norm + ".running_mean"] * scale,
    }
