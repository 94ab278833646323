"""The verb `gate`: whether a candidate may take the place of the active bridge."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

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
from training.feedback.exports import read_rows
from training.gate.cases import cases_of
from training.gate.contender import FOLDER as ANSWERS
from training.gate.contender import Contender
from training.gate.gate import PAGE, Questions, hold, lay_beside
from training.gate.rule import Margins, summary
from training.instructions.problems import OnProblem
from training.instructions.specimens import read_specimens
from training.lineage import sha256_of
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
    margins = Margins(standing_margin, pinned_margin)
    forms = read_config(active).forms
    feedback = read_rows(held_back, "val", on_problem)
    cases = read_rows(pinned, None, on_problem) if pinned else None
    specimens = read_specimens(standing, on_problem=on_problem).items
    tables = sorted(standing.glob("*/labels.jsonl"))
    questions = Questions(
        cases_of(feedback, forms),
        standing_test(specimens, "test", per_source),
        cases_of(cases, forms) if cases else [],
        {
            **{f"held back: {name}": each for name, each in feedback.files.items()},
            **{f"standing: {each.parent.name}": sha256_of(each) for each in tables},
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
        RecordPictures([each for records in questions.sets().values() for each in records], roots),
    )
    lay_beside(candidate, out)
    typer.echo(summary(outcome.decision))
    typer.echo(f"Every answer that changed, beside its picture: {out / PAGE}")
    if not outcome.decision.passed:
        raise typer.Exit(1)
    typer.echo(f"Next: clover-chat bridges promote {candidate}")


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
