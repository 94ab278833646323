"""Turn a published file of frozen weights into the form that loads fast.

    python -m clover_chat.model.convert NAME PUBLISHED TARGET

Runs in a process of its own (see `weights`), so that the memory it takes ends with it.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from clover_chat.model.efficientnet import fold_batch_norm
from clover_chat.model.weights import EFFICIENTNET_LITE2, SMOLLM2


def convert_smollm2(published: Path, target: Path) -> None:
    """Write the de-quantised language model and its tokenizer in transformers' own layout."""
    source = {"gguf_file": published.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(published.parent, **source)
    model = AutoModelForCausalLM.from_pretrained(
        published.parent,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
        **source,
    )
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def convert_efficientnet(published: Path, target: Path) -> None:
    """Write the encoder with batch normalisation folded into the convolutions."""
    tensors = torch.load(published, map_location="cpu", weights_only=True)
    target.mkdir(parents=True)
    folded = {name: tensor.contiguous() for name, tensor in fold_batch_norm(tensors).items()}
    save_file(folded, target / "model.safetensors")


CONVERTERS = {
    SMOLLM2.name: convert_smollm2,
    EFFICIENTNET_LITE2.name: convert_efficientnet,
}

if __name__ == "__main__":
    CONVERTERS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
