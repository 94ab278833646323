from pathlib import Path

from clover_chat.types import OTHERS, SEVERAL
from tests.training.instructions.conftest import image, paint, record
from training.forms import forms_with
from training.instructions.records import RecordTurn


def test_an_answer_hangs_on_the_labels_it_was_true_of(tmp_path: Path) -> None:
    paint(tmp_path / "1.png", 1)
    paint(tmp_path / "2.png", 2)
    one, two = image(tmp_path), image(tmp_path, "2.png")
    both = RecordTurn("compare", "The same?", "Yes, both show a gland.", (0, 1))
    neighbor = RecordTurn("tell_apart", "How do you tell it from a gland?", "A gland is round.")
    neighbor_too = RecordTurn("differential", "What else?", "It is round.")
    found = forms_with(
        {"An older answer.": (), "It is pink.": ("gland",)},
        [
            record([one], answer="It is pink.", label="duct"),
            record([two], answer="It is round.", label="gland"),
            record([two], answer="It is lit.", label="gland"),
            record([one], answer="It is lit."),
            record([one, two], turns=(both,)),
            record([one], turns=(neighbor,), label="duct"),
            record([one], turns=(neighbor_too,), label="duct"),
        ],
    )
    assert found == {
        "An older answer.": (),
        "It is lit.": (),
        "It is pink.": ("duct", "gland"),
        "It is round.": ("duct", "gland"),
        "A gland is round.": ("duct", OTHERS),
        "Yes, both show a gland.": (SEVERAL,),
    }
