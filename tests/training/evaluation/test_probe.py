import pytest
import torch

from clover_chat.errors import TrainingError
from tests.training.evaluation.examples import example, some
from training.evaluation.probe import Example, Scale, fit_probe, guess_by_source, pooled


def test_patches_become_their_mean_and_spread() -> None:
    patches = torch.tensor([[1.0, 5.0], [3.0, 5.0]], dtype=torch.float16)
    assert pooled(patches).tolist() == [2.0, 5.0, 1.0, 0.0]


def test_one_patch_has_no_spread() -> None:
    assert pooled(torch.ones(1, 2)).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_the_probe_tells_labels_that_lie_apart() -> None:
    asked = some(10, first=50)
    guesses = fit_probe(some(20)).guess(asked)
    right = [guess.label == item.label for guess, item in zip(guesses, asked, strict=True)]
    assert sum(right) >= 28
    assert all(1 / 3 < guess.confidence <= 1 for guess in guesses)


def test_the_same_examples_give_the_same_probe() -> None:
    one, other = fit_probe(some(8)), fit_probe(some(8))
    assert torch.equal(one.weight, other.weight)
    assert one.guess(some(3, first=70)) == other.guess(some(3, first=70))


def test_the_fit_is_the_minimum_of_the_penalised_loss() -> None:
    examples, strength = some(8), 0.1
    probe = fit_probe(examples, strength=strength)
    weight = probe.weight.clone().requires_grad_()
    logits = probe.scale(examples) @ weight.T + probe.bias
    told = torch.tensor([probe.classes.index(item.label) for item in examples])
    fit = torch.nn.functional.cross_entropy(logits, told, reduction="sum")
    (strength * fit + 0.5 * weight.square().sum()).backward()
    assert weight.grad is not None
    assert weight.grad.abs().max() < 1e-3


def test_a_channel_that_never_moves_does_no_harm() -> None:
    still = [
        Example(item.image, item.source, item.label, torch.cat([item.features, torch.ones(1)]))
        for item in some(4)
    ]
    assert Scale.of(still).std[-1] == 1
    assert torch.isfinite(fit_probe(still).weight).all()


def test_every_source_has_its_own_probe() -> None:
    train = some(6) + some(6, source="there")
    guesses = guess_by_source(train, [example("a", 90), example("bb", 91, "elsewhere")])
    assert {image: guess.label for image, guess in guesses.items()} == {"here-a-090": "a"}


def test_a_probe_needs_examples() -> None:
    with pytest.raises(TrainingError, match="needs labelled training pictures"):
        fit_probe([])
