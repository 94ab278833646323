"""Where on a picture the Q-Former looked for a question: its cross-attention, averaged.

Attention says which patches were read, not what was made of them (Jain and Wallace 2019, "Attention
is not explanation"); mean and spread of all patches, which the bridge reads besides, have no place.

    Q query tokens, P image patches, V encoder width, h rows and w columns of patches
"""

import copy
import math
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from clover_chat.model.clover import CloverModel
from clover_chat.model.pixels import ImageInput


class Gaze:
    """Looks once more at pictures that were answered about, this time keeping the attention.

    It works on a copy of the Q-Former that shares its numbers, so that answers being written
    meanwhile are computed as before.

    Args:
        model: With its bridge.
    """

    def __init__(self, model: CloverModel) -> None:
        qformer = model.qformer
        shared = {id(each): each for each in chain(qformer.parameters(), qformer.buffers())}
        self._model = model
        self._qformer = copy.deepcopy(qformer, shared)
        self._qformer.set_attn_implementation("eager")  # others do not tell their weights

    @torch.inference_mode()
    def over(self, patches: Tensor, input_ids: Tensor, mask: Tensor) -> Tensor:
        """Return each patch's share of the attention, [P], averaged over layers, heads and queries.

        Args:
            patches: Encoder features of one picture, [P, V].
            input_ids: The question in the Q-Former's vocabulary, [1, T].
            mask: 1 where `input_ids` is a question, [1, T].
        """
        queries = self._model.query_tokens
        scaled, _ = self._model.feature_scale(patches[None].to(queries.dtype))
        output: Any = self._qformer(
            input_ids=input_ids,
            attention_mask=torch.cat([mask.new_ones(queries.shape[:2]), mask], dim=1),
            query_embeds=queries,
            encoder_hidden_states=scaled,
            output_attentions=True,
        )
        layers = torch.stack(output.cross_attentions)[:, 0]  # [layers, heads, Q, P (+ summary)]
        looked = layers.mean(dim=(0, 1, 2))[: len(patches)].float().cpu()
        return looked / looked.sum()


def grid_of(patches: int, size: tuple[int, int], image_input: ImageInput) -> tuple[int, int] | None:
    """Return rows and columns of patches, None where they lie on no grid.

    Args:
        patches: How many there are.
        size: Width and height of the picture as the encoder takes it, in pixels.
        image_input: How pictures are prepared.
    """
    columns, rows = (side // image_input.multiple for side in size)
    if rows * columns == patches:
        return rows, columns
    side = math.isqrt(patches)
    return (side, side) if side * side == patches and size[0] == size[1] else None


def on_grid(shares: Tensor, size: tuple[int, int], image_input: ImageInput) -> Tensor | None:
    """Return shares of patches, [P], as a map, [h, w]; None where they lie on no grid.

    A first token that stands for the whole picture, as in CLIP's encoders, is left out.
    """
    for patches in (shares, shares[1:]):
        if grid := grid_of(len(patches), size, image_input):
            return (patches / patches.sum()).reshape(grid)
    return None
