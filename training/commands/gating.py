"""The verb `gate`: whether a candidate may take the place of the active bridge."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import TrainingError
from clover_chat.model.bridge_folder import read_bridge
from clover_chat.model.checkpoint import read_config
from clover_chat.model.loading import open_model
from clover_chat.model.presets import preset
from clover_chat.model.reading import seen_width
from clover_chat.model.reading_files import load_reading
from training.commands.options import (
    CACHE,
    CacheOption,
    OnProblemOption,
    PresetOption,
    bar,
    looker,
    places,
)
from training.commands.pictures import RecordPictures
from training.evaluation.standing import standing_test
from training.feedback.doubts import NAME as DOUBTS
from training.feedback.doubts import Doubts, pictures_of, read_doubts
from training.feedback.exports import read_rows
from training.gate.cases import cases_of
from training.gate.contender import FOLDER as ANSWERS
from training.gate.contender import Contender
from training.gate.gate import PAGE, Questions, hold, lay_beside
from training.gate.rule import Margins, summary
from training.instructions.problems import OnProblem
from training.instructions.specimens import HELD_BACK, hold_back, read_specimens
from training.lineage import tables_of
from training.seen_store import FOLDER as SIGHTS


def gate(
    candidate: Annotated[Path, typer.Option(help="Bridge folder that wants to be promoted.")],
    active: Annotated[Path, typer.Option(help="Bridge folder at work.")],
    held_back: Annotated[
        Path, typer.Option(help="Rows of feedback that the candidate has not learnt from.")
    ],
    standing: Annotated[
        Path, typer.Option(help="Folder of labelled pictures: the standing test about them.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for gate.json and the report.")],
    pinned: Annotated[Path | None, typer.Option(help="Rows of cases that must stay right.")] = None,
    standing_margin: Annotated[
        float, typer.Option(help="Share of the standing test that may be lost.")
    ] = Margins.standing,
    pinned_margin: Annotated[
        float, typer.Option(help="Share of the pinned cases that may be lost.")
    ] = Margins.pinned,
    wrong_at_most: Annotated[
        float, typer.Option(help="Share of wrong corrections that may have been learnt from.")
    ] = Margins.wrong,
    doubts: Annotated[
        Path | None,
        typer.Option(help="doubts.json of the candidate's round; the one beside its folder."),
    ] = None,
    per_source: Annotated[
        int | None, typer.Option(min=1, help="At most this many pictures of each source.")
    ] = None,
    preset_name: PresetOption = "clover-mini",
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Ask candidate and active bridge the same, and say whether the candidate may be promoted.

    Ends with status 1 where it is refused.
    """
    margins = Margins(standing_margin, pinned_margin, wrong_at_most)
    doubted = _doubts(candidate, doubts)
    forms = read_config(active).forms
    feedback = read_rows(held_back, "val", on_problem)
    cases = read_rows(pinned, None, on_problem) if pinned else None
    specimens = hold_back(read_specimens(standing, on_problem=on_problem).items, HELD_BACK)
    questions = Questions(
        cases_of(feedback, forms),
        standing_test(specimens, "val", per_source),
        cases_of(cases, forms) if cases else [],
        {
            **{f"held back: {name}": each for name, each in feedback.files.items()},
            **{f"standing: {name}": each for name, each in tables_of(standing).items()},
            **{f"pinned: {name}": each for name, each in (cases.files if cases else {}).items()},
        },
    )
    roots = [held_back.parent, standing, *([pinned.parent] if pinned else [])]
    outcome = hold(
        partial(contender, active, preset_name, roots, cache_dir),
        partial(contender, candidate, preset_name, roots, cache_dir),
        questions,
        margins,
        out,
        RecordPictures(
            [each for records in questions.sets().values() for each in records],
            roots,
            pictures_of(doubted) if doubted else (),
        ),
        doubted,
    )
    lay_beside(candidate, out)
    typer.echo(summary(outcome.decision))
    typer.echo(f"Every answer that changed, beside its picture: {out / PAGE}")
    if not outcome.decision.passed:
        raise typer.Exit(1)
    typer.echo(f"Next: clover-chat bridges promote {candidate}")


def _doubts(candidate: Path, named: Path | None) -> Doubts | None:
    """Return what is doubtful of what a candidate learnt, None where it learnt from nobody.

    Raises:
        TrainingError: It learnt from feedback, and nothing says what of it is doubtful.
    """
    path = named or candidate.resolve().parent / DOUBTS
    if path.exists():
        return read_doubts(path)
    if named or any(name.startswith("feedback.") for name in read_bridge(candidate).figures):
        raise TrainingError(
            f"{candidate} learnt from feedback, but there is no {path}. Name the {DOUBTS} that "
            "clover-train feedback wrote into its run folder with --doubts."
        )
    return None


def contender(bridge: Path, preset_name: str, roots: Sequence[Path], cache_dir: Path) -> Contender:
    """Return a bridge that can be asked."""
    model, processor, identity = open_model(preset(preset_name), bridge, places(cache_dir))
    return Contender(
        model,
        processor,
        identity.bridge_hash,
        load_reading(bridge, identity.bridge_hash, seen_width(model)),
        looker(model, roots, cache_dir),
        cache_dir / SIGHTS,
        cache_dir / ANSWERS,
        lambda starts: bar(list(starts), "batch"),
    )
