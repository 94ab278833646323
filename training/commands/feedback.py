"""The verb of a round: `feedback` makes a bridge follow what people think of its answers."""

from pathlib import Path
from typing import Annotated

import typer
from accelerate import Accelerator

from clover_chat.model.loading import open_model
from clover_chat.model.presets import preset
from clover_chat.model.reading import recipe_of, seen_width
from clover_chat.model.reading_files import load_reading
from training.commands.options import (
    CACHE,
    CacheOption,
    DataOption,
    OnProblemOption,
    PresetOption,
    RunOption,
    bar,
    known_specimens,
    looker,
    places,
)
from training.feedback.exports import RECORDS, read_exports
from training.feedback.learning import FeedbackConfig
from training.feedback.round import Material, Parent, play
from training.instructions.problems import OnProblem
from training.lineage import tables_of
from training.reading import measured_table, train_sample
from training.seen_store import FOLDER


def feedback(
    export: Annotated[
        list[Path], typer.Option("--from", help="Exported feedback; may be given several times.")
    ],
    bridge: Annotated[Path, typer.Option(help="Bridge folder to go on from: the active one.")],
    data: DataOption,
    out: RunOption,
    steps: Annotated[
        int, typer.Option(min=0, help="Steps that words are learnt in; 0 fits the reading only.")
    ] = FeedbackConfig.steps,
    questions: Annotated[
        int, typer.Option(min=1, help="Questions to be answered in a step.")
    ] = FeedbackConfig.questions,
    replay: Annotated[
        float, typer.Option(help="Share of them that is replayed, so that nothing is forgotten.")
    ] = FeedbackConfig.replay,
    pairs: Annotated[
        int, typer.Option(min=0, help="Preferences in a step.")
    ] = FeedbackConfig.pairs,
    singles: Annotated[
        int, typer.Option(min=0, help="Liked or disliked answers in a step.")
    ] = FeedbackConfig.singles,
    beta: Annotated[
        float, typer.Option(help="How dearly preferences pay for leaving the parent.")
    ] = FeedbackConfig.beta,
    learning_rate: float = FeedbackConfig.learning_rate,
    weight: Annotated[
        float, typer.Option(help="Replayed pictures that a judged one counts as in the reading.")
    ] = FeedbackConfig.weight,
    lora: Annotated[
        int, typer.Option(min=0, help="Rank of LoRA on the Q-Former; 0 trains all of it.")
    ] = FeedbackConfig.lora_rank,
    per_label: Annotated[
        int | None, typer.Option(min=1, help="At most this many replayed pictures of each label.")
    ] = None,
    version: Annotated[str, typer.Option(help="Of the new bridge; else counted up.")] = "",
    seed: Annotated[int, typer.Option(help="Of order and weights.")] = FeedbackConfig.seed,
    save_every: Annotated[
        int, typer.Option(min=1, help="Steps between checkpoints.")
    ] = FeedbackConfig.save_every,
    preset_name: PresetOption = "clover-mini",
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Stage 3: have a bridge follow exported feedback; goes on where it stopped."""
    config = FeedbackConfig(
        steps=steps,
        questions=questions,
        replay=replay,
        pairs=pairs,
        singles=singles,
        beta=beta,
        learning_rate=learning_rate,
        weight=weight,
        lora_rank=lora,
        per_label=per_label,
        seed=seed,
        save_every=save_every,
    )
    judged = read_exports(export, "train", on_problem)
    samples = cache_dir / "training-samples"
    known = known_specimens(data, samples, on_problem)
    model, processor, identity = open_model(preset(preset_name), bridge, places(cache_dir))
    head = load_reading(bridge, identity.bridge_hash, seen_width(model))
    roots = [data, samples, *export]
    found = play(
        Parent(model, processor, identity.bridge_hash, recipe_of(head)),
        Material(
            judged,
            train_sample(known, per_label),
            {**judged.files, **tables_of(data)},
            looker(model, roots, cache_dir),
        ),
        config,
        out,
        cache_dir / FOLDER,
        Accelerator(),
        version,
        lambda starts: bar(list(starts), "batch"),
    )
    told = found.judged
    typer.echo(
        f"{len(told.specimens):,} pictures were told something about; {told.silent:,} answers "
        f"name nothing about one picture, {told.disputed:,} pictures are disputed."
    )
    if found.measured:
        typer.echo(measured_table(found.measured))
    typer.echo(
        f"The candidate is in {found.bridge}. Next: clover-train gate --candidate {found.bridge} "
        f"--active {bridge} --held-back {_held_back(export[0])} --standing {data} "
        f"--out {out / 'gate'}"
    )


def _held_back(export: Path) -> Path:
    """Return the file of an export that holds what was not learnt from."""
    records = export / RECORDS
    return records if records.exists() else export / "val.jsonl"
