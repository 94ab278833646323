"""Predictions for tests, by what matters in each."""

from training.evaluation.predictions import Prediction

BRIDGE, INSTRUCTIONS = "b" * 64, "c" * 64
NAMES = frozenset({"basophil", "monocyte", "lung adenocarcinoma", "blood"})


def asked(answer: str, reference: str = "This is a basophil.", **changes: object) -> Prediction:
    """Return one answer; its image, source and kind may be named."""
    fields: dict[str, object] = {
        "image": "a" * 64,
        "source": "pbc_cells",
        "label": "basophil",
        "kind": "label",
        "question": "What is this?",
        "reference": reference,
        "answer": answer,
        "bridge": BRIDGE,
        "instructions": INSTRUCTIONS,
    }
    return Prediction(**(fields | changes))  # type: ignore[arg-type]


def yes_no(answer: str, truth: str = "yes", **changes: object) -> Prediction:
    """Return one answer to a closed question."""
    reference = f"{truth.capitalize()}, this is a basophil."
    return asked(answer, reference, kind="yes_no_label", question="Is this a basophil?", **changes)
