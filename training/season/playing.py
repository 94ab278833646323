"""A season, round after round: ask, judge, export, retrain, gate, promote; then a poisoned one.

Everything lies in the season's folder, so that one that was cut off goes on where it stopped:

    start/             the first bridge
    round-N/export     all judgments so far
    round-N/bridge     the candidate
    round-N/gate.json  what the gate says
    poisoned/          the same for a round whose pathologist is often wrong
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from accelerate import Accelerator
from PIL import Image

from clover_chat.model.reading import recipe_of
from training.evaluation.predictions import Prediction
from training.evaluation.report.cases import Opener
from training.evaluation.scores import known_names, score_all
from training.evaluation.standing import chosen
from training.feedback.doubts import pictures_of
from training.feedback.exports import read_exports, read_rows
from training.feedback.learning import FeedbackConfig
from training.feedback.round import Material, Parent, Round, play
from training.gate.cases import cases_of
from training.gate.contender import Contender
from training.gate.gate import Outcome, Questions, hold
from training.gate.rule import Margins
from training.instructions.records import ImageRef, Record
from training.season.beginning import begin
from training.season.exports import DAY, Judgment, write_export
from training.season.lab import Fault, Lab
from training.season.pathologist import asked_about, judge
from training.season.table import Standing, standing

Say = Callable[[str], None]


@dataclass(frozen=True)
class SeasonConfig:
    """How a season goes."""

    rounds: int = field(default=3, metadata={"help": "Rounds with a pathologist who is right."})
    pictures: int = field(default=150, metadata={"help": "Pictures asked about in a round."})
    affected_share: float = field(default=0.7, metadata={"help": "Share of them affected."})
    corrections: int = field(default=150, metadata={"help": "At most so many in a round."})
    val_share: float = field(default=0.25, metadata={"help": "Share held back for the gate."})
    poison: float = field(default=0.3, metadata={"help": "Wrong share in the poisoned round."})
    standing: int = field(default=100, metadata={"help": "Of each source for the gate."})
    pinned: int = field(default=200, metadata={"help": "Right answers that must stay right."})
    clear: float = field(default=0.95, metadata={"help": "Probability that makes a case clear."})
    seed: int = field(default=0, metadata={"help": "Of which pictures are asked about."})


@dataclass(frozen=True)
class Tools:
    """What a season needs of the outside.

    Attributes:
        open_contender: Loads the bridge of a folder; looks for pictures in more folders.
        open_picture: Returns the picture of a specimen, RGB.
        thumbnails: Returns what opens pictures, of records and others, found in folders, for the
            report.
        say: Tells a person how far it is.
    """

    open_contender: Callable[[Path, Sequence[Path]], Contender]
    open_picture: Callable[[ImageRef], Image.Image]
    thumbnails: Callable[[Sequence[Record], Sequence[ImageRef], Sequence[Path]], Opener]
    say: Say


def play_season(
    base: Path,
    lab: Lab,
    fault: Fault,
    retrain: FeedbackConfig,
    season: SeasonConfig,
    tools: Tools,
    out: Path,
) -> list[Standing]:
    """Return how good the bridge at work was after every round.

    Args:
        base: Bridge folder whose tensors the first bridge has.
        lab: What is known, and what is to come.
        fault: What is wrong at the start.
        retrain: How a round learns.
        season: How the season goes.
        tools: What it needs of the outside.
        out: Its folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    missing = lab.affected if fault is Fault.MISSING else frozenset[str]()
    begin(tools.open_contender(base, []), lab.known, missing, out / "start")
    played = _Season(lab, retrain, season, tools, out)
    played.start()
    for number in range(1, season.rounds + 1):
        played.round(f"round-{number}", wrong_share=0.0)
    played.round("poisoned", wrong_share=season.poison)
    return played.rows


class _Season:
    def __init__(
        self, lab: Lab, retrain: FeedbackConfig, season: SeasonConfig, tools: Tools, out: Path
    ) -> None:
        self._lab, self._retrain, self._config, self._tools = lab, retrain, season, tools
        self._out, self._active = out, out / "start"
        self._judgments: list[Judgment] = []
        self._days = 0
        self._tested = asked_about(lab.tested)
        self._standing = asked_about(chosen(lab.held, "val", season.standing))
        self._pinned: list[Record] = []
        self.rows: list[Standing] = []

    def start(self) -> None:
        """Measure the first bridge, and pin clear cases before anything is learnt.

        These are held-back pictures that it gets right and is sure of.
        """
        contender = self._tools.open_contender(self._active, [])
        self._note("start", 0, "", contender.answer(self._tested))
        records = asked_about(self._lab.sure)
        readings = contender.readings(record.images[0] for record in records)
        clear = [
            record
            for record in records
            if all(
                reading.label[0].probability >= self._config.clear
                for reading in readings[record.images[0]]
            )
        ]
        rng = random.Random(self._config.seed)  # noqa: S311 - not a secret
        drawn = rng.sample(clear, min(len(clear), self._config.pinned))
        scored = score_all(contender.answer(drawn), known_names())
        self._pinned = [record for record, item in zip(drawn, scored, strict=True) if item.is_right]

    def round(self, name: str, wrong_share: float) -> None:
        """Ask, judge, export, retrain, and promote what passes the gate."""
        folder, config = self._out / name, self._config
        fresh = self._judge(name, wrong_share)
        export = folder / "export"
        write_export(export, [*self._judgments, *fresh], config.val_share)
        found = self._learn(export, folder)
        candidate = found.bridge
        outcome = self._hold(export, found, folder)
        passed = outcome.decision.passed
        if passed:
            self._active = candidate
        corrections = sum(bool(each.correction) for each in fresh)
        answers = self._tools.open_contender(self._active, []).answer(self._tested)
        self._note(name, corrections, "passed" if passed else "refused", answers)
        for why in outcome.decision.why:
            self._tools.say(f"  {why}")
        if not wrong_share:
            self._judgments += fresh
            self._days += 1

    def _judge(self, name: str, wrong_share: float) -> list[Judgment]:
        config = self._config
        rng = random.Random(f"{config.seed}-{name}")  # noqa: S311 - not a secret
        drawn = self._lab.drawn(config.pictures, config.affected_share, rng)
        self._lab = self._lab.without({each.image for each in drawn})
        contender = self._tools.open_contender(self._active, [])
        return judge(
            drawn,
            contender.answer(asked_about(drawn)),
            self._tools.open_picture,
            contender.model.config.version,
            most_corrections=config.corrections,
            day=str(DAY + timedelta(days=self._days)),
            wrong_share=wrong_share,
            rng=rng,
        )

    def _learn(self, export: Path, folder: Path) -> Round:
        contender = self._tools.open_contender(self._active, [export])
        feedback = read_exports([export])
        material = Material(feedback, self._lab.known, feedback.files, contender.look)
        parent = Parent(
            contender.model,
            contender.processor,
            contender.digest,
            recipe_of(contender.reading),
        )
        sights, progress = contender.sights_dir, contender.progress
        return play(
            parent, material, self._retrain, folder, sights, Accelerator(), progress=progress
        )

    def _hold(self, export: Path, found: Round, folder: Path) -> Outcome:
        contender = self._tools.open_contender(self._active, [])
        rows = read_rows(export / "records.jsonl", "val")
        held_back = cases_of(rows, contender.model.config.forms)
        questions = Questions(held_back, self._standing, self._pinned, rows.files)
        asked = [*held_back, *self._standing, *self._pinned]
        return hold(
            lambda: self._tools.open_contender(self._active, [export]),
            lambda: self._tools.open_contender(found.bridge, [export]),
            questions,
            Margins(),
            folder,
            self._tools.thumbnails(asked, pictures_of(found.doubts), [export]),
            found.doubts,
        )

    def _note(
        self, name: str, corrections: int, verdict: str, answers: Sequence[Prediction]
    ) -> None:
        row = standing(name, corrections, verdict, answers, self._lab.affected)
        self.rows.append(row)
        self._tools.say(
            f"{name}: affected {row.affected.value:.1%}, elsewhere {row.elsewhere.value:.1%} "
            f"{verdict}"
        )
