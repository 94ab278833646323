"""The verb that measures a bridge: `evaluate`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.loading import open_model
from clover_chat.model.presets import preset
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.reading import seen_width
from clover_chat.model.reading_files import load_reading
from training.batches import Views
from training.commands.options import (
    CACHE,
    CacheOption,
    OnProblemOption,
    PresetOption,
    RootsOption,
    bar,
    places,
    records_of,
    roots_of,
    views_of,
)
from training.commands.pictures import RecordPictures
from training.evaluation import beside, contradictions
from training.evaluation.asking import image_name, predict, readings_of
from training.evaluation.baselines import (
    answer_by_majority,
    answer_by_probe,
    answer_without_image,
    majority_answers,
)
from training.evaluation.cutbacks import cut_backs
from training.evaluation.describing import against_blind
from training.evaluation.few_shot import read_few_shot
from training.evaluation.predictions import Prediction, read_predictions, write_predictions
from training.evaluation.probe import Example, guess_by_source, pooled
from training.evaluation.report.page import Report, write_report
from training.evaluation.report.reliability import calibration_table
from training.evaluation.scores import groups, known_names, score_all, summary, table
from training.evaluation.standing import standing_table, standing_test
from training.instructions.problems import OnProblem
from training.instructions.records import ImageRef, Record, as_row, digest
from training.instructions.specimens import Specimen, read_specimens


def evaluate(
    bridge: Annotated[Path, typer.Option(help="The bridge folder to measure.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of labelled pictures: the standing test about them."),
    ] = None,
    instructions: Annotated[
        list[Path] | None, typer.Option("--instructions", help="File of records to ask instead.")
    ] = None,
    root: RootsOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for predictions, metrics and the report.")
    ] = None,
    preset_name: PresetOption = "clover-mini",
    split: str = "test",
    per_source: Annotated[
        int | None, typer.Option(min=1, help="At most this many pictures of each source.")
    ] = None,
    baselines: Annotated[
        bool, typer.Option(help="Measure majority, probe and language model alone, too.")
    ] = False,
    previous: Annotated[
        Path | None, typer.Option(help="Predictions of another bridge to compare with.")
    ] = None,
    few_shot: Annotated[
        Path | None, typer.Option(help="few_shot.json to show in the report.")
    ] = None,
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Ask a bridge about pictures it never saw, and print what it gets right, read strictly."""
    if (data is None) == (instructions is None):
        raise TrainingError("Name either --data or --instructions.")
    specimens: Sequence[Specimen] = ()
    if data is not None:
        specimens = read_specimens(data, on_problem=on_problem).items
        records, roots = standing_test(specimens, split, per_source), [data]
    else:
        paths = instructions or []
        records = [r for r in records_of(paths, root, on_problem) if r.split == split]
        roots = roots_of(paths, root)
    if not records:
        raise TrainingError(f"No picture belongs to the split {split!r}.")

    model, processor, identity = open_model(preset(preset_name), bridge, places(cache_dir))
    reading = load_reading(bridge, identity.bridge_hash, seen_width(model))
    pictures = [image for record in records for image in record.images]
    views = views_of(model, pictures, roots, 1, cache_dir)
    readings = readings_of(model, processor, reading, views)
    predictions = predict(
        model,
        processor,
        records,
        views,
        bridge=identity.bridge_hash,
        instructions=digest([as_row(record) for record in records]),
        readings=readings,
        progress=lambda starts: bar(list(starts), "batch"),
    )
    names = _names(records)
    scored = score_all(predictions, names)
    found = groups(scored)
    typer.echo(standing_table(scored) if data is not None else table(found))
    if told := calibration_table(scored):
        typer.echo(told)
    if read := contradictions.read_against_cards(predictions):
        typer.echo(contradictions.table(read))
    by_name = {image_name(image): each for image, each in readings.items()}
    if by_name:
        typer.echo(cut_backs(predictions, by_name).line)
    if out is not None:
        write_predictions(out / "predictions.jsonl", predictions)
        (out / "metrics.json").write_text(json.dumps(summary(found), indent=2) + "\n")
    others: list[Sequence[Prediction]] = []
    if baselines:
        others = _baselines(
            predictions, records, views, specimens, model, processor, roots, cache_dir
        )
        typer.echo(beside.table(beside.beside(predictions, others, names)))
        typer.echo(against_blind(predictions, others[0]))
    if out is None:
        return
    report = Report(
        title=f"{identity.preset} {identity.bridge_version}",
        facts={
            "preset": identity.preset,
            "bridge": identity.bridge_hash,
            "split": split,
            "questions": predictions[0].instructions,
        },
        predictions=predictions,
        readings=by_name,
        names=names,
        trained_parameters=sum(p.numel() for p in model.bridge_parameters()),
        baselines=others,
        few_shot=read_few_shot(few_shot) if few_shot else (),
        previous=read_predictions(previous) if previous else (),
    )
    write_report(out / "report.html", report, RecordPictures(records, roots))
    typer.echo(f"Answers beside their pictures: {out / 'report.html'}")


def _names(records: Sequence[Record]) -> frozenset[str]:
    """Return everything that can be named in an answer about these records."""
    said = {name for record in records for name in (record.organ, record.stain) if name}
    return known_names() | said


def _baselines(
    predictions: Sequence[Prediction],
    records: Sequence[Record],
    views: Mapping[ImageRef, Views],
    specimens: Sequence[Specimen],
    model: CloverModel,
    processor: CloverProcessor,
    roots: Sequence[Path],
    cache_dir: Path,
) -> list[Sequence[Prediction]]:
    """Return the same questions answered by the commonest answer, a probe, and without looking."""
    alone = answer_without_image(
        predictions, model, processor, progress=lambda starts: bar(list(starts), "batch")
    )
    training = standing_test(specimens, "train")
    learnt = [(turn.kind, turn.answer) for record in training for turn in record.turns]
    others: list[Sequence[Prediction]] = [alone]
    if learnt:
        others.append(answer_by_majority(predictions, majority_answers(learnt)))
        seen = [each for each in specimens if each.split == "train"]
        learnt_views = views_of(model, [each.image for each in seen], roots, 1, cache_dir)
        asked = {image_name(record.images[0]): record for record in records}
        guesses = guess_by_source(
            [_example(each.image, each.source, each.label, learnt_views) for each in seen],
            [_example(r.images[0], r.source, r.label, views) for r in asked.values()],
        )
        others.append(answer_by_probe(predictions, guesses))
    return others


def _example(image: ImageRef, source: str, label: str, views: Mapping[ImageRef, Views]) -> Example:
    return Example(image_name(image), source, label, pooled(views[image][0]), image.group)
