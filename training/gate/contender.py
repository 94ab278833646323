"""A bridge that is asked the gate's questions, each only if its answer is not known yet."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clover_chat.knowledge.guiding import guide
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.reading import ReadingHead
from clover_chat.types import Guidance, Reading
from training.evaluation.answering import Talk, answer_all
from training.evaluation.asking import as_predictions, image_name, image_of, is_about_one
from training.evaluation.predictions import Prediction
from training.gate.answers import AnswerStore, answer_key
from training.instructions.records import ImageRef, Record, as_row, digest
from training.instructions.specimens import Specimen
from training.seen_store import Look, SeenStore, tensors_digest

FOLDER = "gate-answers"


@dataclass(frozen=True)
class Contender:
    """A bridge, and where what it sees and says is kept.

    Attributes:
        model: With its bridge.
        processor: Its vocabularies.
        digest: SHA-256 of its tensors' file, hexadecimal.
        reading: Its reading; None leaves its answers open.
        look: Returns encoder features of pictures.
        sights_dir: Where what bridges see is kept.
        answers_dir: Where what they say is kept.
        progress: Wraps batches, for a progress bar.
    """

    model: CloverModel
    processor: CloverProcessor
    digest: str
    reading: ReadingHead | None
    look: Look
    sights_dir: Path
    answers_dir: Path
    progress: Callable[[Iterable[int]], Iterable[int]] = iter

    def answer(self, records: Sequence[Record]) -> list[Prediction]:
        """Return the answer to the last question of every record about one picture."""
        asked = [record for record in records if is_about_one(record)]
        name = digest([as_row(record) for record in asked])
        said = self._answers(asked)
        return [
            as_predictions(record, answers, bridge=self.digest, instructions=name)[-1]
            for record, answers in zip(asked, said, strict=True)
        ]

    def _answers(self, asked: Sequence[Record]) -> list[list[str]]:
        readings = self.readings([image_of(record) for record in asked])
        store = AnswerStore(self.answers_dir / f"{tensors_digest(self.model)[:16]}.jsonl")
        keys = self._keys(asked, readings)
        open_ = [place for place, key in enumerate(keys) if not key or store.get(key) is None]
        features = self.look(image_of(asked[place]) for place in open_) if open_ else {}
        talks = [
            Talk(
                features[image_of(asked[place])][0].float(),
                tuple(turn.question for turn in asked[place].turns),
                readings[image_of(asked[place])],
            )
            for place in open_
        ]
        said = answer_all(self.model, self.processor, talks, progress=self._shown)
        fresh = dict(zip(open_, said, strict=True))
        store.keep({keys[place]: each[0] for place, each in fresh.items() if keys[place]})
        return [
            fresh[place] if place in fresh else [store.get(key) or ""]
            for place, key in enumerate(keys)
        ]

    def _shown(self, starts: Iterable[int]) -> Iterable[int]:
        """Show how far it is, where there is anything to do."""
        todo = list(starts)
        return self.progress(todo) if todo else todo

    def readings(self, images: Iterable[ImageRef]) -> dict[ImageRef, tuple[Reading, ...]]:
        """Return what the bridge reads in pictures; nothing of any where it does not read."""
        pictures = list(dict.fromkeys(images))
        head = self.reading
        if head is None:
            return dict.fromkeys(pictures, ())
        store = SeenStore(self.sights_dir, self.model, self.processor, self.look, self.progress)
        seen = store.see([Specimen(image, "", "", "", "", "", "test") for image in pictures])
        return {each.specimen.image: (head.read(each.output),) for each in seen}

    def _keys(
        self, asked: Sequence[Record], readings: dict[ImageRef, tuple[Reading, ...]]
    ) -> list[str]:
        """Return what each answer is kept under, "" for conversations, which are not kept."""
        allowed = cache(self._allowed)
        keys: list[str] = []
        for record in asked:
            image, question = image_of(record), record.turns[0].question
            is_alone = len(record.turns) == 1
            given = allowed(guide(question, readings[image])) if is_alone else ""
            keys.append(answer_key(image_name(image), question, given) if is_alone else "")
        return keys

    def _allowed(self, guidance: Guidance) -> str:
        """Return what stands for the answers that may be given."""
        if guidance.stated:
            return guidance.stated
        forms = self.processor.forms
        if forms is None:
            return "free"
        tokens = sorted(form.tokens for form in forms.guided(guidance).all)
        return hashlib.sha256(repr(tokens).encode()).hexdigest()
