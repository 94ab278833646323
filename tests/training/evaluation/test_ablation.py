from tests.training.evaluation.answers import NAMES, asked
from training.evaluation.ablation import against_the_rest, arms_table
from training.evaluation.predictions import Prediction

RIGHT, WRONG = "This is a basophil.", "This is a monocyte."


def arm(right: int) -> list[Prediction]:
    return [
        asked(RIGHT if number < right else WRONG, image=f"{number}", bridge=f"{right}" * 64)
        for number in range(20)
    ]


def test_every_arm_has_its_column_and_the_better_one_is_named() -> None:
    arms = {"template": arm(5), "card": arm(19), "hybrid": arm(20)}
    table = arms_table(arms, NAMES)
    assert "| over | measure | questions | template | card | hybrid |" in table
    assert "| all | right | 20 | 25.0" in table
    assert "| source: pbc_cells | right | 20 |" in table
    told = against_the_rest("hybrid", arms, NAMES)
    assert "hybrid against template: right. Significantly better: +75.0" in told
    assert "hybrid against card: right. No significant difference: +5.0" in told
