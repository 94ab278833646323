import pytest
import torch

from clover_chat.model.choosing import chooser
from clover_chat.model.forms import Form, Forms
from clover_chat.types import OTHERS, Guidance, Sampling, Verdict

END = 9
FORMS = Forms([Form((1, 2, END)), Form((1, 3, 4, END)), Form((5, END))])


def test_only_what_leads_to_an_answer_may_follow() -> None:
    assert sorted(FORMS.following([])) == [1, 5]
    assert sorted(FORMS.following([1])) == [2, 3]
    assert FORMS.following([1, 3, 4]) == [END]
    assert FORMS.following([7]) == []


def test_a_held_model_chooses_the_likeliest_answer_there_is() -> None:
    choose = chooser(Sampling(temperature=0), FORMS)
    wishes = [{7: 9.0, 1: 2.0, 5: 1.0}, {8: 9.0, 3: 1.0}]
    assert [choose(_logits(wish)) for wish in wishes] == [[1], [3, 4, END]]


def test_what_can_only_follow_is_not_asked_for() -> None:
    assert FORMS.certain([]) == []
    assert FORMS.certain([1]) == []
    assert FORMS.certain([1, 3]) == [4, END]
    assert FORMS.certain([5]) == [END]


def test_sampling_stays_within_the_answers() -> None:
    for seed in range(20):
        choose = chooser(Sampling(temperature=1.5, top_p=0.9, seed=seed), FORMS)
        written: list[int] = []
        while END not in written:
            written += choose(torch.randn(10))
        assert tuple(written) in {(1, 2, END), (1, 3, 4, END), (5, END)}


def _logits(wish: dict[int, float]) -> torch.Tensor:
    logits = torch.full((10,), -5.0)
    for token, value in wish.items():
        logits[token] = value
    return logits


GUIDED = Forms(
    [
        Form((1, END), frozenset({"basophil"}), Verdict.YES),
        Form((2, END), frozenset({"basophil"}), Verdict.NO),
        Form((3, END), frozenset({"basophil", "lymphocyte"})),
        Form((4, END)),
        Form((5, END), frozenset({"basophil", OTHERS})),
    ]
)


@pytest.mark.parametrize(
    ("guidance", "left"),
    [
        (Guidance(), [1, 2, 3, 4, 5]),
        (Guidance(is_about_others=False), [1, 2, 3, 4]),
        (Guidance(frozenset({"basophil"}), Verdict.YES), [1]),
        (Guidance(frozenset({"basophil"}), Verdict.NO), [2]),
        (Guidance(frozenset({"lymphocyte"})), [3, 4]),
        (Guidance(frozenset({"basophil"}), Verdict.NEITHER), [3, 4, 5]),
        (Guidance(frozenset({"basophil"}), Verdict.NEITHER, is_about_others=False), [3, 4]),
        (Guidance(frozenset({"monocyte"})), [4]),
    ],
)
def test_what_fits_no_reading_is_not_said(guidance: Guidance, left: list[int]) -> None:
    assert GUIDED.guided(guidance).following([]) == left


def test_of_answers_that_are_named_one_is_given_where_it_was_learnt() -> None:
    named = Forms([Form((1, END), text="Round."), Form((2, END), text="Flat.")])
    assert named.guided(Guidance(among=frozenset({"Flat.", "Long."}))).following([]) == [2]
    assert named.guided(Guidance(among=frozenset({"Long."}))).following([]) == [1, 2]


def test_where_nothing_fits_all_is_left() -> None:
    only = Forms([Form((1, END), frozenset({"basophil"}))])
    assert only.guided(Guidance(frozenset({"monocyte"}))).following([]) == [1]
