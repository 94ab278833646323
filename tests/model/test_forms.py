import torch

from clover_chat.model.choosing import chooser
from clover_chat.model.forms import Forms
from clover_chat.types import Sampling

END = 9
FORMS = Forms([(1, 2, END), (1, 3, 4, END), (5, END)])


def test_only_what_leads_to_an_answer_may_follow() -> None:
    assert sorted(FORMS.following([])) == [1, 5]
    assert sorted(FORMS.following([1])) == [2, 3]
    assert FORMS.following([1, 3, 4]) == [END]
    assert FORMS.following([7]) == []


def test_a_held_model_chooses_the_likeliest_answer_there_is() -> None:
    choose = chooser(Sampling(temperature=0), FORMS)
    wishes = [{7: 9.0, 1: 2.0, 5: 1.0}, {8: 9.0, 3: 1.0}, {2: 9.0}, {1: 9.0}]
    written = [choose(_logits(wish)) for wish in wishes]
    assert written == [1, 3, 4, END]


def test_sampling_stays_within_the_answers() -> None:
    for seed in range(20):
        choose = chooser(Sampling(temperature=1.5, top_p=0.9, seed=seed), FORMS)
        written: list[int] = []
        while END not in written:
            written.append(choose(torch.randn(10)))
        assert tuple(written) in {(1, 2, END), (1, 3, 4, END), (5, END)}


def _logits(wish: dict[int, float]) -> torch.Tensor:
    logits = torch.full((10,), -5.0)
    for token, value in wish.items():
        logits[token] = value
    return logits
