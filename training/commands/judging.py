"""The verbs that judge answers already given: `compare` two bridges, find `contradictions`."""

import random
from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import TrainingError
from training.evaluation import comparison
from training.evaluation import contradictions as reading
from training.evaluation.describing import descriptions, open_f1
from training.evaluation.predictions import read_predictions
from training.evaluation.scores import known_names

PredictionsArgument = Annotated[Path, typer.Argument(help="A predictions.jsonl of `evaluate`.")]


def compare(first: PredictionsArgument, second: PredictionsArgument) -> None:
    """Compare two bridges' answers to the same questions, with significance."""
    predictions = [read_predictions(path) for path in (first, second)]
    names = known_names() | {item.label for each in predictions for item in each if item.label}
    found = comparison.compare(predictions[0], predictions[1], names)
    typer.echo(comparison.table(found))


def contradictions(
    predictions: PredictionsArgument,
    count: Annotated[int, typer.Option(min=1, help="At most so many descriptions.")] = 100,
    seed: Annotated[int, typer.Option(help="Of which descriptions are read.")] = 0,
) -> None:
    """Read descriptions against the knowledge cards: how many contradict theirs, and which."""
    read = reading.read_against_cards(descriptions(read_predictions(predictions)))
    if not read:
        raise TrainingError(
            f"{predictions} describes no picture whose label has a knowledge card. Evaluate on "
            "labelled pictures, or on records with questions for a description."
        )
    if len(read) > count:
        read = random.Random(seed).sample(read, count)  # noqa: S311 - not a secret
    found, f1 = reading.share(read), open_f1([item.prediction for item in read])
    typer.echo(reading.cases(read))
    typer.echo(reading.table(read))
    typer.echo(
        f"{100 * found.value:.1f}% of {len(read):,} descriptions contradict their card "
        f"({100 * found.low:.1f} to {100 * found.high:.1f}); open F1 {100 * f1.value:.1f} "
        f"({100 * f1.low:.1f} to {100 * f1.high:.1f})."
    )
