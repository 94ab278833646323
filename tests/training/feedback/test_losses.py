import math

import pytest
import torch
from torch import Tensor

from training.feedback.losses import (
    Likelihoods,
    balance,
    drift,
    preference_losses,
    single_losses,
)


def likelihoods(learning: list[float], parent: list[float]) -> Likelihoods:
    return Likelihoods(torch.tensor(learning), torch.tensor(parent))


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_pairs_that_the_parent_would_judge_the_same_cost_a_coin_toss() -> None:
    same = likelihoods([-3.0, -8.0], [-3.0, -8.0])
    losses = preference_losses(same, likelihoods([-5.0, -1.0], [-5.0, -1.0]), beta=0.1)
    assert losses.tolist() == pytest.approx([math.log(2)] * 2)


def test_the_loss_of_a_pair_is_the_one_worked_out_by_hand() -> None:
    chosen, rejected = likelihoods([-2.0], [-4.0]), likelihoods([-7.0], [-6.0])
    loss = preference_losses(chosen, rejected, beta=0.5)
    assert loss.item() == pytest.approx(-math.log(sigmoid(0.5 * (2.0 - -1.0))))


def test_a_pair_pushes_the_chosen_answer_up_and_the_rejected_one_down() -> None:
    chosen = torch.tensor([-2.0], requires_grad=True)
    rejected = torch.tensor([-2.0], requires_grad=True)
    parent = torch.tensor([-2.0])
    preference_losses(
        Likelihoods(chosen, parent), Likelihoods(rejected, parent), beta=0.2
    ).sum().backward()
    assert chosen.grad is not None
    assert rejected.grad is not None
    assert chosen.grad.item() == pytest.approx(-0.2 * 0.5)
    assert rejected.grad.item() == pytest.approx(0.2 * 0.5)


def test_the_losses_of_single_answers_are_the_ones_worked_out_by_hand() -> None:
    said = likelihoods([-1.0, -9.0], [-3.0, -4.0])
    losses = single_losses(
        said, torch.tensor([True, False]), torch.tensor(0.5), beta=0.2, liked=1.5, disliked=2.0
    )
    expected = [1.5 * (1 - sigmoid(0.2 * (2.0 - 0.5))), 2.0 * (1 - sigmoid(0.2 * (0.5 + 5.0)))]
    assert losses.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("learning", "expected"), [([-1.0, -2.0], 1.5), ([-6.0, -2.0], 0.0), ([], 0.0)]
)
def test_drift_is_the_mean_gain_of_other_answers_and_never_below_nothing(
    learning: list[float], expected: float
) -> None:
    moved = torch.tensor(learning, requires_grad=True)
    found: Tensor = drift(Likelihoods(moved, torch.tensor([-3.0, -3.0][: len(learning)])))
    assert found.item() == expected
    assert not found.requires_grad


@pytest.mark.parametrize(
    ("liked", "disliked", "weights"),
    [(10, 5, (1.0, 2.0)), (5, 10, (2.0, 1.0)), (3, 0, (1.0, 1.0)), (100, 1, (1.0, 10.0))],
)
def test_the_rarer_kind_of_judgment_is_weighted_up(
    liked: int, disliked: int, weights: tuple[float, float]
) -> None:
    assert balance(liked, disliked) == weights
