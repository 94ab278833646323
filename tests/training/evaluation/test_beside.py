from dataclasses import replace

from tests.training.evaluation.answers import NAMES, asked
from training.evaluation.baselines import LINEAR_PROBE, MAJORITY
from training.evaluation.beside import MEAN, beside, table
from training.evaluation.describing import against_blind
from training.evaluation.predictions import Prediction

RIGHT, WRONG = "This is a basophil.", "This is a monocyte."


def answers(
    right: int, of: int, who: str = "b" * 64, source: str = "pbc_cells"
) -> list[Prediction]:
    """Return so many right answers about basophils, and one right one about a monocyte."""
    made = [
        asked(
            RIGHT if number < right else WRONG,
            image=f"{source}{number}",
            source=source,
            bridge=who,
        )
        for number in range(of)
    ]
    other = asked(WRONG, WRONG, image=f"{source}m", label="monocyte", source=source, bridge=who)
    return [*made, other]


def test_a_source_is_reached_within_two_points_of_the_probe() -> None:
    rows = beside(answers(98, 99), [answers(99, 99, LINEAR_PROBE)], NAMES)
    assert [row.source for row in rows] == ["pbc_cells"]
    assert rows[0].rights["bridge"].value == 0.99
    assert rows[0].margin is not None
    assert round(rows[0].margin.value, 4) == -0.01
    assert rows[0].is_within
    far = beside(answers(96, 99), [answers(99, 99, LINEAR_PROBE)], NAMES)
    assert not far[0].is_within
    assert "| no |" in table(far)


def test_the_mean_counts_every_source_with_several_labels_the_same_and_must_be_above() -> None:
    bridge = [*answers(9, 9), *answers(49, 99, source="other")]
    bridge += [asked(RIGHT, image="alone", source="single")]
    probe = [
        *answers(7, 9, LINEAR_PROBE),
        *answers(59, 99, LINEAR_PROBE, source="other"),
        asked(RIGHT, image="alone", source="single", bridge=LINEAR_PROBE),
    ]
    rows = {row.source: row for row in beside(bridge, [probe], NAMES)}
    assert set(rows) == {"other", "pbc_cells", "single", MEAN}
    mean = rows[MEAN]
    assert round(mean.rights["bridge"].value, 4) == 0.75
    assert mean.margin is not None
    assert round(mean.margin.value, 4) == 0.05
    assert mean.margin.low < 0.05 < mean.margin.high
    assert mean.is_within
    assert not rows["other"].is_within


def test_without_a_probe_nothing_is_said_to_be_reached() -> None:
    rows = beside(answers(5, 9), [answers(0, 9, MAJORITY)], NAMES)
    assert rows[0].margin is None
    assert not rows[0].is_within
    assert table(rows).endswith("| - | - |")


def test_descriptions_stand_beside_those_made_without_the_image() -> None:
    said = asked("Coarse dark granules fill the cell.", "Coarse granules fill it.", kind="describe")
    blind = replace(said, answer="The picture shows granules of something else entirely here.")
    told = against_blind([said], [blind])
    assert "2 times is reached" in told
    assert "not reached" in against_blind([blind], [blind])
    assert "not reached" not in against_blind([said], [replace(said, answer="Nothing")])
    assert against_blind([asked(RIGHT)], [asked(WRONG)]) == ""
