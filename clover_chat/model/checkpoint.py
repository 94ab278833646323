"""A bridge is a folder of configuration, tensors, vocabulary, model card and metrics.

Only the trained tensors are in it, in safetensors; it names the frozen models it belongs to by
content hash.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from clover_chat.errors import BridgeError, BridgeMismatch
from clover_chat.model.bridge_folder import CONFIG, TENSORS, VOCABULARY
from clover_chat.model.clover import CloverModel
from clover_chat.model.config import CloverConfig

__all__ = [
    "CONFIG",
    "TENSORS",
    "VOCABULARY",
    "check_frozen",
    "load_bridge",
    "read_config",
    "read_tensors",
    "read_vocabulary",
    "save_bridge",
]


def save_bridge(
    folder: Path,
    model: CloverModel,
    vocabulary: Tokenizer,
    dtype: torch.dtype = torch.float32,
    remarks: Mapping[str, str] | None = None,
) -> None:
    """Write the trained part of a model; frozen weights are never written.

    Args:
        folder: Made if it is missing.
        model: Whose bridge it is.
        vocabulary: The Q-Former's own.
        dtype: Of the stored tensors; float16 halves a bridge that only answers.
        remarks: Kept with the tensors, so that bridges which differ in nothing else have different
            hashes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: tensor.detach().to(dtype) for name, tensor in model.bridge_state_dict().items()
    }
    part = folder / (TENSORS + ".part")
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(contiguous, part, metadata=dict(remarks) if remarks else None)
    vocabulary.save(str(folder / VOCABULARY))
    model.config.save(folder / CONFIG)
    part.replace(folder / TENSORS)


def read_config(folder: Path) -> CloverConfig:
    """Return the configuration of a bridge folder.

    Raises:
        BridgeError: There is no such folder, or its configuration is incomplete.
    """
    if not folder.is_dir():
        raise BridgeError(
            f"There is no bridge folder {folder}. Name one that holds {CONFIG} and {TENSORS}."
        )
    return CloverConfig.load(folder / CONFIG)


def read_vocabulary(folder: Path) -> Tokenizer:
    """Return the Q-Former's vocabulary.

    Raises:
        BridgeError: It is missing or damaged.
    """
    try:
        return Tokenizer.from_str((folder / VOCABULARY).read_text(encoding="utf-8"))
    except Exception as error:
        raise BridgeError(
            f"{VOCABULARY} in the bridge folder {folder.name!r} is missing or damaged."
        ) from error


def load_bridge(folder: Path, model: CloverModel) -> str:
    """Load trained tensors into a model and return their SHA-256, hexadecimal.

    Raises:
        BridgeError: The tensors are missing, damaged, or not the ones this architecture has.
    """
    expected = model.bridge_state_dict()
    tensors = read_tensors(folder, expected)
    model.load_state_dict(
        {name: t.to(expected[name].dtype) for name, t in tensors.items()}, strict=False
    )
    return hashlib.sha256((folder / TENSORS).read_bytes()).hexdigest()


def read_tensors(folder: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of a bridge folder.

    Args:
        folder: The bridge folder.
        expected: Tensors of the same names and shapes, which need not hold any numbers.

    Raises:
        BridgeError: The tensors are missing, damaged, not finite, or not the expected ones.
    """
    try:
        tensors = load_file(folder / TENSORS)
    except (OSError, SafetensorError) as error:
        raise BridgeError(
            f"{TENSORS} in the bridge folder {folder.name!r} is missing or damaged. "
            "Copy the folder again."
        ) from error
    if missing := sorted(set(expected) - set(tensors)):
        raise BridgeError(
            f"The bridge {folder.name!r} lacks {missing[0]!r} ({len(missing)} tensors missing)."
        )
    if foreign := sorted(set(tensors) - set(expected)):
        raise BridgeError(
            f"The bridge {folder.name!r} holds {foreign[0]!r}, which belongs to no bridge."
        )
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise BridgeError(
                f"The bridge {folder.name!r} has {name!r} as {tuple(tensor.shape)}, "
                f"expected {tuple(expected[name].shape)}."
            )
        if not torch.isfinite(tensor).all():
            raise BridgeError(
                f"The bridge {folder.name!r} has numbers in {name!r} that are not finite."
            )
    return tensors


def check_frozen(config: CloverConfig, present: dict[str, str]) -> None:
    """Refuse a bridge that was trained between other frozen models.

    Args:
        config: Of the bridge.
        present: SHA-256 of the frozen weights at hand, by `vision_model` and `language_model`.

    Raises:
        BridgeMismatch: One of them differs.
    """
    for part, found in present.items():
        expected = config.frozen.get(part, "nothing")
        if expected != found:
            raise BridgeMismatch(
                f"The bridge {config.version} of {config.preset} belongs to another "
                f"{part.replace('_', ' ')}: expected SHA-256 {expected[:12]}, found {found[:12]}. "
                "Choose the preset it was trained for."
            )
