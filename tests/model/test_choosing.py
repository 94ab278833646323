import torch

from clover_chat.model.choosing import chooser
from clover_chat.types import Sampling

DRAWS = 4000


def drawn(logits: torch.Tensor) -> list[int]:
    choosers = (chooser(Sampling(temperature=1.0, top_p=1.0, seed=seed)) for seed in range(DRAWS))
    return [token for choose in choosers for token in choose(logits)]


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    likely = torch.tensor([0.0, 0.5, 0.0, 0.3, 0.2, 0.0])
    found = torch.bincount(torch.tensor(drawn(likely.log())), minlength=len(likely)) / DRAWS
    assert torch.allclose(found, likely, atol=0.03)
    assert torch.equal(found == 0, likely == 0)


def test_the_same_seed_draws_the_same_tokens() -> None:
    logits = torch.randn(100, generator=torch.Generator().manual_seed(0))
    choices = [chooser(Sampling(temperature=1.0, top_p=1.0, seed=7)) for _ in range(2)]
    assert [choices[0](logits) for _ in range(20)] == [choices[1](logits) for _ in range(20)]
