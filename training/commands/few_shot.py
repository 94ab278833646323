"""The verb that learns from a few examples: `few-shot`, on sets a bridge was never trained on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from clover_chat.errors import TrainingError
from clover_chat.model.loading import open_model
from clover_chat.model.presets import preset
from training.commands.options import (
    CACHE,
    CacheOption,
    DataOption,
    OnProblemOption,
    PresetOption,
    bar,
    places,
    views_of,
)
from training.evaluation.asking import image_name
from training.evaluation.few_shot import (
    SEEDS,
    SHOTS,
    FewShot,
    Learner,
    compare_few_shot,
    few_shot_table,
    write_few_shot,
)
from training.evaluation.probe import Example, Scale, pooled
from training.evaluation.query_output import mean_query_output
from training.evaluation.standing import chosen
from training.instructions.problems import OnProblem
from training.instructions.records import ImageRef
from training.instructions.specimens import EXTERNAL, SOURCES, Specimen, read_specimens

PROBE, BRIDGE, BOTH = "linear probe", "bridge", "bridge and probe"
SCALED_BY = 200
"""Training pictures of each source from which features are standardised."""

Features = Mapping[ImageRef, Tensor]


def few_shot(
    bridge: Annotated[Path, typer.Option(help="The bridge folder to measure.")],
    data: DataOption,
    out: Annotated[Path | None, typer.Option(help="Folder for few_shot.json.")] = None,
    source: Annotated[
        list[str], typer.Option(help="Sets to learn from; may be given several times.")
    ] = list(EXTERNAL),  # noqa: B006 - Typer copies it
    scale_source: Annotated[
        list[str], typer.Option(help="Sets whose training pictures standardise the features.")
    ] = list(SOURCES),  # noqa: B006 - Typer copies it
    shots: Annotated[list[int], typer.Option(min=1, help="Examples of each label.")] = list(SHOTS),  # noqa: B006
    draws: Annotated[int, typer.Option(min=1, help="How often examples are drawn.")] = len(SEEDS),
    preset_name: PresetOption = "clover-mini",
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Learn sets never trained on from a few examples: the bridge beside the linear probe.

    Both are the same linear layer, fitted in the same way to the same examples. The probe sees
    mean and standard deviation of the encoder's features; the bridge's sees the mean of the
    Q-Former's query outputs under one fixed question; the third sees both side by side.
    """
    asked = read_specimens(data, source, on_problem)
    typer.echo(asked.summary, err=True)
    others = read_specimens(data, scale_source, on_problem).items
    known = chosen(others, "train", SCALED_BY)
    if not known:
        raise TrainingError(
            f"No picture of {', '.join(scale_source)} belongs to the split train; features are "
            "standardised from such pictures."
        )
    model, processor, _ = open_model(preset(preset_name), bridge, places(cache_dir))
    pictures = [each.image for each in (*known, *asked.items)]
    views = views_of(model, pictures, [data], 1, cache_dir)
    probe = {image: pooled(each[0]) for image, each in views.items()}
    seen = mean_query_output(model, processor, views)
    both = {image: torch.cat([probe[image], seen[image]]) for image in views}

    rows: list[FewShot] = []
    for name in bar(sorted({each.source for each in asked.items}), "source"):
        mine = [each for each in asked.items if each.source == name]
        rows += compare_few_shot(
            {
                method: _learner(mine, known, features)
                for method, features in ((PROBE, probe), (BRIDGE, seen), (BOTH, both))
            },
            shots,
            range(draws),
        )
    typer.echo(few_shot_table(rows))
    if out is not None:
        write_few_shot(out / "few_shot.json", rows)
        typer.echo(
            f"Figures: {out / 'few_shot.json'}. Next: clover-train evaluate --bridge {bridge} "
            f"--data {data} --few-shot {out / 'few_shot.json'} --out {out}"
        )


def _learner(asked: Sequence[Specimen], known: Sequence[Specimen], features: Features) -> Learner:
    return _examples(asked, features), Scale.of(_examples(known, features))


def _examples(specimens: Sequence[Specimen], features: Features) -> list[Example]:
    return [
        Example(
            image_name(each.image),
            each.source,
            each.label,
            features[each.image],
            each.image.group,
        )
        for each in specimens
    ]
