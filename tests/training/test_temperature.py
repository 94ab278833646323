import pytest
import torch

from training.temperature import LEAST, MOST, fit_share, fit_temperature


def drawn(temperature: float, count: int = 4_000) -> tuple[torch.Tensor, torch.Tensor]:
    """Return logits, and classes drawn as they would be were the temperature right."""
    generator = torch.Generator().manual_seed(0)
    logits = 4 * torch.randn(count, 5, generator=generator, dtype=torch.float64)
    told = torch.multinomial((logits / temperature).softmax(-1), 1, generator=generator)[:, 0]
    return logits, told


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_is_found(temperature: float) -> None:
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.1)


def test_examples_that_happen_to_be_all_right_do_not_make_it_endlessly_sure() -> None:
    logits = torch.eye(3, dtype=torch.float64)[torch.arange(30) % 3] * 2
    temperature = fit_temperature(logits, torch.arange(30) % 3)
    sure = (logits / temperature).softmax(-1).max()
    assert sure == pytest.approx(31 / 32, abs=1e-3)
    assert LEAST < temperature < MOST


def test_without_examples_or_choice_it_is_one() -> None:
    assert fit_temperature(torch.zeros(0, 3), torch.zeros(0, dtype=torch.long)) == 1.0
    assert fit_temperature(torch.zeros(4, 1), torch.zeros(4, dtype=torch.long)) == 1.0


def test_of_two_classifiers_the_one_that_knows_counts() -> None:
    logits, told = drawn(1.0)
    noise = torch.randn_like(logits)
    assert fit_share(logits, noise, told) > 0.8
    assert fit_share(noise, logits, told) < 0.2
    assert fit_share(logits[:, :1], noise[:, :1], told) == 0.5
