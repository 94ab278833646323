"""What a bridge makes of pictures under one fixed question, as features for a linear layer."""

from collections.abc import Mapping

import torch
from torch import Tensor

from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from training.batches import Views, stack_patches
from training.instructions.records import ImageRef

QUESTION = "What is this?"


@torch.inference_mode()
def mean_query_output(
    model: CloverModel,
    processor: CloverProcessor,
    views: Mapping[ImageRef, Views],
    question: str = QUESTION,
    batch: int = 24,
) -> dict[ImageRef, Tensor]:
    """Return the mean of the Q-Former's query outputs of every picture, each [H].

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        views: Encoder features of the pictures.
        question: What the Q-Former reads with each of them.
        batch: Pictures at once.
    """
    images, found = list(views), dict[ImageRef, Tensor]()
    for start in range(0, len(images), batch):
        some = images[start : start + batch]
        patches, mask = stack_patches([views[image][0].float() for image in some])
        asked = processor.question_batch([question] * len(some))
        output = model.get_query_output(patches, *asked, mask).last_hidden_state
        means = output[:, : model.config.num_query_tokens].mean(1).double()  # [B, H]
        found |= dict(zip(some, means.cpu(), strict=True))
    return found
