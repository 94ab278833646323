"""The answers a bridge has learnt, as the only ones that its language model may write.

A small language model that is led by a bridge still garbles rare names when it writes freely. Held
to whole answers that the bridge was trained for, it chooses among them token by token, and can
neither garble one nor make one up.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

_Branch = dict[int, "_Branch"]


class Forms:
    """A tree of answers.

    Args:
        answers: Each as its token ids, the end included; at least one.
    """

    def __init__(self, answers: Iterable[Sequence[int]]) -> None:
        self._root: _Branch = {}
        for answer in answers:
            branch = self._root
            for token in answer:
                branch = branch.setdefault(token, {})

    def following(self, written: Sequence[int]) -> list[int]:
        """Return the tokens that may follow what is written of an answer."""
        branch = self._root
        for token in written:
            branch = branch.get(token, {})
        return list(branch)

    def hold(self, logits: Tensor, written: Sequence[int]) -> Tensor:
        """Return logits, [vocabulary], without the tokens that lead to no answer."""
        allowed = torch.tensor(self.following(written), device=logits.device)
        held = torch.full_like(logits, float("-inf"))
        held[allowed] = logits[allowed]
        return held
