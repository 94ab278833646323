from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clover_chat.errors import TrainingError
from tests.training.evaluation.examples import example, some
from training.evaluation.few_shot import (
    compare_few_shot,
    draw,
    few_shot,
    few_shot_table,
    read_few_shot,
    write_few_shot,
)
from training.evaluation.probe import Scale

SCALE = Scale.of(some(20, first=200))


def test_a_draw_takes_so_many_of_each_label_and_asks_about_the_rest() -> None:
    drawn = draw(some(5), shots=2, seed=0)
    assert [item.label for item in drawn.support] == ["a", "a", "bb", "bb", "ccc", "ccc"]
    assert len(drawn.asked) == 9
    assert not {item.image for item in drawn.support} & {item.image for item in drawn.asked}


def test_the_same_seed_draws_the_same_from_any_order() -> None:
    one, other = draw(some(5), 2, seed=3), draw(some(5)[::-1], 2, seed=3)
    assert [item.image for item in one.support] == [item.image for item in other.support]
    assert [item.image for item in one.support] != [
        item.image for item in draw(some(5), 2, seed=4).support
    ]


def test_a_label_with_too_few_images_is_left_out() -> None:
    examples = [*some(4), example("a", 9), example("a", 10)]
    assert {item.label for item in draw(examples, 4, seed=0).support} == {"a"}


def test_nobody_is_asked_about_a_group_that_was_learnt_from() -> None:
    examples = [example("a", number, group=f"patient {number % 2}") for number in range(6)]
    drawn = draw(examples, 1, seed=0)
    assert {item.group for item in drawn.asked}.isdisjoint(item.group for item in drawn.support)
    assert len(drawn.asked) == 3


def test_more_examples_of_each_label_tell_more() -> None:
    rows = compare_few_shot({"probe": (some(12), SCALE)}, shots=(1, 8, 12), seeds=range(5))
    assert [(row.shots, row.classes, row.seeds) for row in rows] == [(1, 3, 5), (8, 3, 5)]
    one, eight = (row.right for row in rows)
    assert one.value < eight.value
    assert eight.low > 0.7
    assert one.low <= one.value <= one.high


def test_whoever_guesses_is_measured_on_the_same_draws() -> None:
    draws = [draw(some(3), 1, seed) for seed in range(2)]
    always = [{item.image: "a" for item in each.asked} for each in draws]
    row = few_shot("always a", 1, draws, always)
    assert row is not None
    assert row.right.value == 1 / 3
    assert row.method == "always a"


def test_methods_learn_from_the_same_examples_and_differ_by_what_they_see() -> None:
    blind = [replace(item, features=torch.ones(2)) for item in some(8)]
    rows = compare_few_shot(
        {"probe": (some(8), SCALE), "blind": (blind, Scale.of(blind)), "again": (some(8), SCALE)},
        shots=(4,),
        seeds=range(4),
    )
    probe, other, again = rows
    assert probe.gain is None
    assert other.gain is not None
    assert other.gain.high < 0
    assert other.gain.value == pytest.approx(other.right.value - probe.right.value)
    assert again.gain is not None
    assert (again.gain.low, again.gain.value, again.gain.high) == (0, 0, 0)
    table = few_shot_table(rows)
    assert f"| here | 4 | 3 | 4 | {probe.right.images} |" in table
    assert "blind minus probe" in table


def test_figures_survive_being_written(tmp_path: Path) -> None:
    rows = compare_few_shot(
        {"probe": (some(6), SCALE), "again": (some(6), SCALE)}, shots=(1,), seeds=range(3)
    )
    write_few_shot(tmp_path / "few_shot.json", rows)
    assert read_few_shot(tmp_path / "few_shot.json") == rows
    (tmp_path / "broken.json").write_text('[{"source": "here"}]')
    with pytest.raises(TrainingError, match="no few-shot figures"):
        read_few_shot(tmp_path / "broken.json")
