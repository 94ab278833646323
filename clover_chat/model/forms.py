"""The answers a bridge has learnt, as the only ones that its language model may write.

A small language model that is led by a bridge still garbles rare names when it writes freely. Held
to whole answers that the bridge was trained for, it chooses among them token by token, and can
neither garble one nor make one up. What the bridge reads in the picture narrows them further: an
answer that is true of nothing likely is not among them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from clover_chat.types import OTHERS, Guidance, Verdict

_Branch = dict[int, "_Branch"]


@dataclass(frozen=True)
class Form:
    """One answer.

    Attributes:
        tokens: Its token ids, the end included.
        true_of: Labels of the pictures it was true of; empty where it hangs on no label. `OTHERS`
            among them says that it is about their neighbors.
        verdict: How it begins; never `OPEN`.
        text: Its words.
    """

    tokens: tuple[int, ...]
    true_of: frozenset[str] = frozenset()
    verdict: Verdict = Verdict.NEITHER
    text: str = ""

    def fits(self, guidance: Guidance) -> bool:
        """Tell whether it may be said."""
        if guidance.among and self.text not in guidance.among:
            return False
        if guidance.verdict not in (Verdict.OPEN, self.verdict):
            return False
        if OTHERS in self.true_of and not guidance.is_about_others:
            return False
        labels = self.true_of - {OTHERS}
        return not (labels and guidance.labels) or bool(labels & guidance.labels)


class Forms:
    """A tree of answers.

    Args:
        forms: At least one.
    """

    def __init__(self, forms: Iterable[Form]) -> None:
        self._forms = tuple(forms)
        self._root: _Branch = {}
        for form in self._forms:
            branch = self._root
            for token in form.tokens:
                branch = branch.setdefault(token, {})

    @property
    def all(self) -> tuple[Form, ...]:
        """All of them."""
        return self._forms

    def guided(self, guidance: Guidance) -> "Forms":
        """Return those that may be said, or all of them where none may."""
        for narrowed in (guidance, replace(guidance, among=frozenset())):
            if fitting := [form for form in self._forms if form.fits(narrowed)]:
                return Forms(fitting) if len(fitting) < len(self._forms) else self
        return self

    def following(self, written: Sequence[int]) -> list[int]:
        """Return the tokens that may follow what is written of an answer."""
        return list(self._branch(written))

    def certain(self, written: Sequence[int]) -> list[int]:
        """Return the tokens that follow in any case, as far as there is no choice."""
        branch, tokens = self._branch(written), []
        while len(branch) == 1:
            ((token, branch),) = branch.items()
            tokens.append(token)
        return tokens

    def _branch(self, written: Sequence[int]) -> _Branch:
        branch = self._root
        for token in written:
            branch = branch.get(token, {})
        return branch

    def hold(self, logits: Tensor, written: Sequence[int]) -> Tensor:
        """Return logits, [vocabulary], without the tokens that lead to no answer."""
        allowed = torch.tensor(self.following(written), device=logits.device)
        held = torch.full_like(logits, float("-inf"))
        held[allowed] = logits[allowed]
        return held
