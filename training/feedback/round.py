"""One round: a bridge, what people think of its answers, and the bridge that follows from both.

1. What right answers tell about pictures: labels, organs, stains.
2. Words, if steps are asked for: corrections, preferences and replayed instructions.
3. The answers that may be given, with those that are new.
4. The reading, fitted anew on replayed and judged pictures, and calibrated on held-back ones.
5. Which of the right answers are doubtful: `doubts.json`, for the gate.

The result is a folder that appears as a whole, once everything in it is written. What it follows
from is kept beside it, so that a round that was cut off goes on and ends in the same bytes.
"""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from clover_chat.errors import TrainingError
from clover_chat.model.checkpoint import load_bridge, save_bridge
from clover_chat.model.clover import CloverModel
from clover_chat.model.familiarity_files import save_familiar
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.reading import PLAIN, ReadingRecipe
from clover_chat.model.reading_files import save_reading
from training.curves import draw_curves
from training.familiarity import Pooled, can_fit, fit_familiar
from training.feedback.card import describe
from training.feedback.doubts import NAME as DOUBTS
from training.feedback.doubts import Doubts, find_doubts, read_doubts, write_doubts
from training.feedback.forms import forms_after, judged_records
from training.feedback.judged import Feedback
from training.feedback.learning import FeedbackConfig, learn
from training.feedback.specimens import Judged, judged_specimens
from training.feedback.words import pictures_of
from training.files import write_whole
from training.instructions.records import digest
from training.instructions.specimens import Specimen
from training.lora import add_lora, merge_lora
from training.reading import (
    Measured,
    Seen,
    as_they_are,
    fit_reading,
    measure,
    of_split,
    train_sample,
)
from training.record_sampler import RecordSampler
from training.seen_store import Look, SeenStore

BRIDGE, ROUND = "bridge", "round.json"
REPLAYED = 24
"""Pictures of each label whose instructions are replayed among the words."""


@dataclass(frozen=True)
class Parent:
    """The bridge that a round goes on from.

    Attributes:
        model: With its bridge, which is changed in place.
        processor: Its vocabularies.
        digest: SHA-256 of its tensors' file, hexadecimal.
        reading: How its reading was fitted; the next one's is fitted in the same way, so that the
            gate compares what was learnt and nothing else.
    """

    model: CloverModel
    processor: CloverProcessor
    digest: str
    reading: ReadingRecipe = PLAIN


@dataclass(frozen=True)
class Material:
    """What a round learns from.

    Attributes:
        feedback: What people think of answers.
        replayed: Labelled pictures the parent has learnt from, with a val split.
        files: SHA-256 of every file that says so, by name.
        look: Returns the encoder features of pictures of both.
    """

    feedback: Feedback
    replayed: Sequence[Specimen]
    files: Mapping[str, str]
    look: Look


@dataclass(frozen=True)
class Round:
    """What came of a round.

    Attributes:
        bridge: The folder.
        judged: What was told of pictures.
        doubts: What of it is doubtful.
        measured: How good the reading is on the pictures it was calibrated on; nothing for a round
            that was complete before.
    """

    bridge: Path
    judged: Judged
    doubts: Doubts
    measured: tuple[Measured, ...]


def play(
    parent: Parent,
    material: Material,
    config: FeedbackConfig,
    run_dir: Path,
    sights_dir: Path,
    accelerator: Accelerator,
    version: str = "",
    progress: Any = iter,
) -> Round:
    """Make the bridge that follows from a parent and feedback, going on where a run stopped.

    Args:
        parent: Where to go on from.
        material: What to learn.
        config: How.
        run_dir: For log, checkpoints and the bridge; made if it is missing.
        sights_dir: Where what bridges see of pictures is kept.
        accelerator: One process or several.
        version: Of the new bridge; the parent's with a number of rounds if empty.
        progress: Wraps batches, for a progress bar.

    Raises:
        TrainingError: Nothing can be learnt, or the folder belongs to another round.
    """
    version = version or next_version(parent.model.config.version)
    recipe = {**asdict(config), "version": version, "reading": asdict(parent.reading)}
    lineage = {"parent": parent.digest, "data": dict(sorted(material.files.items()))}
    _enter(run_dir, {**lineage, "recipe": recipe})
    model, processor = parent.model, parent.processor
    known = model.config.forms
    judged = judged_specimens(material.feedback, known, material.replayed)
    _check(judged, config, material.feedback)
    if (run_dir / BRIDGE).exists():
        return Round(run_dir / BRIDGE, judged, read_doubts(run_dir / DOUBTS), ())
    if config.steps:
        _learn_words(parent, material, judged, config, run_dir, accelerator)
    forms = forms_after(known, material.feedback, judged.specimens, material.replayed)
    model.config = replace(model.config, version=version, forms=forms)
    accelerator.wait_for_everyone()
    if not accelerator.is_main_process:
        return Round(run_dir / BRIDGE, judged, Doubts("", {}, ()), ())
    part = run_dir / f".{BRIDGE}.part"
    shutil.rmtree(part, ignore_errors=True)
    remarks = {"round": digest({**lineage, "recipe": recipe})}
    save_bridge(part, model, processor.question_tokenizer, torch.float16, remarks)
    name = load_bridge(part, model)  # as it will be read, with what rounding did to it
    store = SeenStore(sights_dir, model.eval(), processor, material.look, progress)
    taught = [*material.replayed, *judged.specimens]
    seen = store.see([each for each in taught if each.split != "test"], parent.reading.views)
    images = {each.image for each in judged.specimens}
    replayed = [each for each in seen if each.specimen.image not in images]
    own = [
        replace(each, weight=config.weight * each.weight)
        for each in seen
        if each.specimen.image in images
    ]
    width = model.qformer.config.hidden_size
    head = fit_reading([*replayed, *own], name, width, parent.reading)
    save_reading(part, head)
    replayed, own = as_they_are(replayed), as_they_are(own)
    _remember(part, [*replayed, *own], name, width)
    doubts = find_doubts(replayed, own, judged.voices, width, name)
    write_doubts(run_dir / DOUBTS, doubts)
    measured = tuple(measure(head, of_split("val", [*replayed, *own])))
    describe(part, {**lineage, "recipe": recipe}, judged, measured, version)
    part.replace(run_dir / BRIDGE)
    return Round(run_dir / BRIDGE, judged, doubts, measured)


def _remember(folder: Path, seen: Sequence[Seen], bridge: str, width: int) -> None:
    """Keep what the bridge remembers of its pictures, as far as there are enough of them."""
    pictures = [
        Pooled(one.source, one.label, one.split, each.output["label"][width:])
        for each in seen
        if (one := each.specimen).label
    ]
    if can_fit(pictures):
        save_familiar(folder, fit_familiar(pictures, bridge))


def next_version(version: str) -> str:
    """Return the version of a round's bridge: "0.3.0", then "0.3.0+feedback.1", and so on."""
    found = re.fullmatch(r"(.*)\+feedback\.(\d+)", version)
    return f"{found[1]}+feedback.{int(found[2]) + 1}" if found else f"{version}+feedback.1"


def _enter(run_dir: Path, lineage: Mapping[str, Any]) -> None:
    """Take a run folder for a round, which may have begun there before."""
    run_dir.mkdir(parents=True, exist_ok=True)
    path, text = run_dir / ROUND, json.dumps(lineage, indent=2) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise TrainingError(
            f"{run_dir} holds a round from another bridge, other data or with other settings. Name "
            "another run folder."
        )
    write_whole(path, text)


def _check(judged: Judged, config: FeedbackConfig, feedback: Feedback) -> None:
    has_words = feedback.lessons or feedback.pairs or feedback.singles
    if judged.specimens or (config.steps and has_words):
        return
    raise TrainingError(
        "There is nothing to learn: no right answer names a label, an organ or a stain of one "
        "picture. Export more feedback, or have words learnt with --steps."
    )


def _learn_words(
    parent: Parent,
    material: Material,
    judged: Judged,
    config: FeedbackConfig,
    run_dir: Path,
    accelerator: Accelerator,
) -> None:
    few = train_sample([each for each in material.replayed if each.split == "train"], REPLAYED)
    records = judged_records(judged.specimens, few)
    records = records or judged_records(few, [])
    shown = [image for record in records for image in record.images]
    views = material.look([*shown, *pictures_of(material.feedback)])
    torch.manual_seed(config.seed)
    if config.lora_rank:
        add_lora(parent.model, config.lora_rank)
    learn(
        parent.model,
        parent.processor,
        material.feedback,
        views,
        RecordSampler(records, views),
        config,
        run_dir,
        accelerator,
    )
    merge_lora(parent.model)
    if accelerator.is_main_process:
        draw_curves(run_dir)
