"""The bridge a season starts with: it knows nothing of the labels that are missing or mistaken."""

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from clover_chat.model.checkpoint import load_bridge, save_bridge
from clover_chat.model.reading_files import save_reading
from training.gate.contender import Contender
from training.instructions.specimens import Specimen
from training.reading import fit_reading
from training.seen_store import SeenStore


def begin(base: Contender, known: Sequence[Specimen], missing: Collection[str], out: Path) -> None:
    """Write a bridge with the base's tensors, a reading of its own, and fewer answers.

    Args:
        base: Where tensors and answers come from.
        known: What the reading is fitted on.
        missing: Labels of which it can say nothing.
        out: Its folder, which appears as a whole.
    """
    if out.exists():
        return
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    model, processor = base.model, base.processor
    model.config = replace(
        model.config, version="start", forms=_forms_without(model.config.forms, missing)
    )
    remarks = {"season": "start"}
    save_bridge(part, model, processor.question_tokenizer, torch.float16, remarks)
    name = load_bridge(part, model)
    store = SeenStore(base.sights_dir, model, processor, base.look, base.progress)
    seen = store.see(known)
    save_reading(part, fit_reading(seen, name, model.qformer.config.hidden_size))
    part.replace(out)


def _forms_without(
    forms: Mapping[str, tuple[str, ...]], missing: Collection[str]
) -> dict[str, tuple[str, ...]]:
    left = {
        answer: tuple(label for label in labels if label not in missing)
        for answer, labels in forms.items()
    }
    return {answer: labels for answer, labels in left.items() if labels or not forms[answer]}
