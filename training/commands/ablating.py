"""The verb that holds kinds of instructions against each other: `ablate`.

The same pictures are turned into template-only, card-only and hybrid records, as many of each; a
bridge is trained on each for the same number of steps, and all are asked the same questions about
pictures held back. Cards stand in for what a language model would generate.
"""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from clover_chat.errors import TrainingError
from clover_chat.model.checkpoint import TENSORS, VOCABULARY
from clover_chat.model.loading import open_model
from clover_chat.model.presets import preset
from training.commands.learning import BRIDGE, FromOption, SaveEveryOption, SeedOption, tune
from training.commands.options import (
    CACHE,
    CacheOption,
    DataOption,
    OnProblemOption,
    PresetOption,
    RunOption,
    ViewsOption,
    bar,
    places,
    views_of,
)
from training.evaluation.ablation import against_the_rest, arms_table
from training.evaluation.asking import predict
from training.evaluation.predictions import Prediction, read_predictions, write_predictions
from training.evaluation.scores import known_names
from training.evaluation.standing import chosen, standing_test
from training.instructions.composed import CardRecipe, composed_records
from training.instructions.factory import TemplateRecipe, template_records
from training.instructions.mixing import Mix, mix
from training.instructions.problems import OnProblem
from training.instructions.records import Method, Record, as_row, digest, write_records
from training.instructions.specimens import Specimen, read_specimens
from training.tune import TrainConfig
from training.vocabulary import train_vocabulary

TEMPLATE, CARD, HYBRID = "template", "card", "hybrid"


def ablate(
    data: DataOption,
    out: RunOption,
    warm_up_steps: Annotated[int, typer.Option(min=0)] = TrainConfig.warm_up_steps,
    steps: Annotated[int, typer.Option(min=0)] = TrainConfig.steps,
    warm_up_looks: Annotated[int, typer.Option(min=1)] = TrainConfig.warm_up_looks,
    questions: Annotated[int, typer.Option(min=1)] = TrainConfig.questions,
    learning_rate: float = TrainConfig.learning_rate,
    per_source: Annotated[
        int | None, typer.Option(min=1, help="At most so many training pictures of each source.")
    ] = None,
    held_back: Annotated[
        int, typer.Option(min=1, help="At most so many pictures of each source to ask about.")
    ] = 20,
    cards: Annotated[
        float, typer.Option(min=0, max=1, help="Share of card-based records in the hybrid.")
    ] = 0.4,
    from_bridge: FromOption = None,
    preset_name: PresetOption = "clover-mini",
    views: ViewsOption = 1,
    seed: SeedOption = TrainConfig.seed,
    save_every: SaveEveryOption = TrainConfig.save_every,
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Train on template-only, card-only and hybrid records alike; goes on where it stopped."""
    accepted = read_specimens(data, on_problem=on_problem)
    typer.echo(accepted.summary, err=True)
    known, unseen = (
        chosen(accepted.items, split, most)
        for split, most in (("train", per_source), ("test", held_back))
    )
    arms = _arms(known, cards, seed)
    asked = _held_back(unseen, accepted.items, seed)
    write_records(out / "held_back.jsonl", asked)
    if from_bridge is None:
        _share_vocabulary(out, arms, preset_name)
    answers: dict[str, list[Prediction]] = {}
    for arm, records in arms.items():
        path, run_dir = out / f"{arm}.jsonl", out / arm
        typer.echo(f"{path}: {write_records(path, records):,} records", err=True)
        if not (run_dir / BRIDGE / TENSORS).exists():
            tune(
                instructions=[path],
                out=run_dir,
                root=[data],
                version=f"ablation-{arm}",
                preset_name=preset_name,
                warm_up_steps=warm_up_steps,
                steps=steps,
                warm_up_looks=warm_up_looks,
                questions=questions,
                learning_rate=learning_rate,
                views=views,
                seed=seed,
                save_every=save_every,
                from_bridge=from_bridge,
                on_problem=on_problem,
                cache_dir=cache_dir,
            )
        answers[arm] = _answers(run_dir, asked, data, preset_name, cache_dir)
    names = known_names() | {name for each in asked for name in (each.organ, each.stain) if name}
    told = f"{arms_table(answers, names)}\n\n{against_the_rest(HYBRID, answers, names)}"
    (out / "ablation.md").write_text(told + "\n", encoding="utf-8")
    typer.echo(told)
    typer.echo(
        f"The table is in {out / 'ablation.md'}. Next: clover-train compare "
        f"{out / TEMPLATE / 'predictions.jsonl'} {out / HYBRID / 'predictions.jsonl'}"
    )


def _arms(known: Sequence[Specimen], cards: float, seed: int) -> dict[str, list[Record]]:
    """Return the records of every arm: of the same pictures, and as many."""
    pool = _pool(known, seed)
    shares: dict[str, Mapping[Method, float]] = {
        TEMPLATE: {Method.TEMPLATE: 1.0},
        CARD: {Method.CARD: 1.0},
        HYBRID: {Method.TEMPLATE: 1 - cards, Method.CARD: cards},
    }
    available = Counter(record.provenance.method for record in pool)
    total = min(sum(Mix(each).wanted(available).values()) for each in shares.values())
    return {arm: mix(pool, Mix(each, total, seed=seed)) for arm, each in shares.items()}


def _held_back(
    unseen: Sequence[Specimen], everything: Sequence[Specimen], seed: int
) -> list[Record]:
    """Return the standing test of unseen pictures, and as many template as card records of them."""
    if not unseen:
        raise TrainingError("No picture belongs to the split 'test'; nothing can be held back.")
    pool = [record for record in _pool(unseen, seed) if len(record.images) == 1]
    half = {Method.TEMPLATE: 0.5, Method.CARD: 0.5}
    mine = {specimen.image for specimen in unseen}
    standing = [r for r in standing_test(everything, "test") if r.images[0] in mine]
    return [*standing, *mix(pool, Mix(half, split="test", seed=seed))]


def _pool(specimens: Sequence[Specimen], seed: int) -> list[Record]:
    return [
        *template_records(specimens, TemplateRecipe(seed=seed)),
        *composed_records(specimens, CardRecipe(seed=seed)),
    ]


def _share_vocabulary(out: Path, arms: Mapping[str, Sequence[Record]], preset_name: str) -> None:
    """Give every arm the Q-Former vocabulary of all their words, so that bridges are alike."""
    path = out / VOCABULARY
    if not path.exists():
        size = int(preset(preset_name).config.qformer["vocab_size"])
        everything = [record for arm in sorted(arms) for record in arms[arm]]
        train_vocabulary(everything, size).save(str(path))
    for arm in arms:
        if not (out / arm / VOCABULARY).exists():
            (out / arm).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / arm / VOCABULARY)


def _answers(
    run_dir: Path, asked: Sequence[Record], data: Path, preset_name: str, cache_dir: Path
) -> list[Prediction]:
    """Return the answers of one arm's bridge, from the file of an earlier run if there is one."""
    path, instructions = run_dir / "predictions.jsonl", digest([as_row(each) for each in asked])
    if path.exists() and (kept := read_predictions(path))[0].instructions == instructions:
        return kept
    model, processor, identity = open_model(
        preset(preset_name), run_dir / BRIDGE, places(cache_dir)
    )
    pictures = [image for record in asked for image in record.images]
    predictions = predict(
        model,
        processor,
        asked,
        views_of(model, pictures, [data], 1, cache_dir),
        bridge=identity.bridge_hash,
        instructions=instructions,
        progress=lambda starts: bar(list(starts), "batch"),
    )
    write_predictions(path, predictions)
    return predictions
