"""LoRA on the Q-Former (arXiv 2106.09685): a few small matrices are trained, not all of it."""

from typing import cast

from peft import LoraConfig, PeftModel, get_peft_model
from transformers import InstructBlipQFormerModel

from clover_chat.model.clover import CloverModel

TARGETS = ["query", "key", "value", "dense"]


def add_lora(model: CloverModel, rank: int) -> None:
    """Freeze the Q-Former and put LoRA beside its matrices; tokens and projection stay trained.

    Args:
        model: Changed in place.
        rank: Of the added matrices; scaled so that the rate need not follow the rank.
    """
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGETS, lora_dropout=0.05)
    model.qformer = cast("InstructBlipQFormerModel", get_peft_model(model.qformer, config))


def merge_lora(model: CloverModel) -> None:
    """Add what LoRA learnt to the Q-Former's own matrices, so that it is a plain bridge again."""
    if isinstance(model.qformer, PeftModel):
        model.qformer = model.qformer.merge_and_unload()
