"""A published bridge to start from, whose tensors have the names of ours.

H width of the Q-Former, V channels of the encoder, P image patches
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from clover_chat.errors import WeightsError
from clover_chat.model.clover import CloverModel

OURS = "feature_scale."  # no published bridge has it; unfitted it changes nothing


@dataclass(frozen=True)
class Seed:
    """A bridge somebody else has trained.

    Attributes:
        title: What a person calls it.
        tensors: By their names in `CloverModel`.
        vocabulary: Its Q-Former's own.
        digest: SHA-256 of the tensors, hexadecimal.
    """

    title: str
    tensors: dict[str, Tensor]
    vocabulary: Tokenizer
    digest: str


def plant(model: CloverModel, seed: Seed) -> None:
    """Give a model the bridge of a seed; its feature scale stays unfitted.

    Raises:
        WeightsError: The seed is not the bridge of such a model.
    """
    expected = {
        name: tensor
        for name, tensor in model.bridge_state_dict().items()
        if not name.startswith(OURS)
    }
    found = seed.tensors
    if missing := sorted(set(expected) - set(found)):
        raise WeightsError(
            f"{seed.title} lacks {missing[0]!r} of its bridge (missing tensors: {len(missing)})."
        )
    if foreign := sorted(set(found) - set(expected)):
        raise WeightsError(f"{seed.title} holds {foreign[0]!r}, which belongs to no bridge.")
    for name, tensor in found.items():
        if tensor.shape != expected[name].shape:
            raise WeightsError(
                f"{seed.title} has {name!r} as {tuple(tensor.shape)}, "
                f"expected {tuple(expected[name].shape)}."
            )
    model.load_state_dict({name: tensor.float() for name, tensor in found.items()}, strict=False)


@torch.no_grad()
def fit_scale(model: CloverModel, pictures: Sequence[Tensor]) -> None:
    """Fit the feature scale of a seeded bridge without changing what the bridge says.

    The seed was trained on features as they come. Standardising them turns (W x + b) into
    (W (x - mean) / std + b); with W' = W std and b' = b + W mean it stays what it was.

    Args:
        model: With a seed and an unfitted feature scale.
        pictures: Image patches of pictures as the encoder gives them, each [P, V].
    """
    assert not model.feature_scale.is_fitted
    model.feature_scale.fit(pictures)
    mean, std = model.feature_scale.mean, model.feature_scale.std
    for linear in _readers(model):
        linear.bias.add_(linear.weight @ mean)  # [H]
        linear.weight.mul_(std)  # [H, V]


def _readers(model: CloverModel) -> Iterator[nn.Linear]:
    """Yield the layers of the Q-Former that read encoder features."""
    for name, module in model.qformer.named_modules():
        if name.endswith(("crossattention.attention.key", "crossattention.attention.value")):
            assert isinstance(module, nn.Linear)
            yield module
