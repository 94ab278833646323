"""The verbs that train: `align`, then `tune`; and `plan`, which says what that takes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from accelerate import Accelerator
from tokenizers import Tokenizer

from clover_chat.model.checkpoint import (
    VOCABULARY,
    check_frozen,
    load_bridge,
    read_config,
    read_vocabulary,
    save_bridge,
)
from clover_chat.model.clover import CloverModel
from clover_chat.model.loading import new_model
from clover_chat.model.machine import this_machine
from clover_chat.model.presets import Preset, preset
from clover_chat.model.processor import CloverProcessor
from training.align import AlignConfig
from training.align import align as align_bridge
from training.commands.options import (
    CACHE,
    CacheOption,
    InstructionsOption,
    OnProblemOption,
    PresetOption,
    RootsOption,
    RunOption,
    ViewsOption,
    places,
    records_of,
    roots_of,
    views_of,
)
from training.curves import draw_curves
from training.forms import forms_with
from training.instructions.problems import OnProblem
from training.instructions.records import Record
from training.lineage import record_run
from training.lora import add_lora, merge_lora
from training.plan import plan as plan_for
from training.record_sampler import RecordSampler
from training.tune import TrainConfig
from training.tune import tune as tune_bridge
from training.vocabulary import train_vocabulary

BRIDGE = "bridge"
FromOption = Annotated[
    Path | None,
    typer.Option("--from", help="Bridge folder to go on from; its shape and vocabulary are kept."),
]
SeedOption = Annotated[int, typer.Option(help="Of weights, order and augmentation.")]
SaveEveryOption = Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")]


def align(
    instructions: InstructionsOption,
    out: RunOption,
    root: RootsOption = None,
    preset_name: PresetOption = "clover-mini",
    steps: Annotated[int, typer.Option(min=1)] = AlignConfig.steps,
    pairs: Annotated[int, typer.Option(min=2)] = AlignConfig.pairs,
    learning_rate: float = AlignConfig.learning_rate,
    views: ViewsOption = 2,
    seed: SeedOption = AlignConfig.seed,
    save_every: SaveEveryOption = AlignConfig.save_every,
    from_bridge: FromOption = None,
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Stage 1: teach the Q-Former to see what captions say; goes on where it stopped."""
    config = AlignConfig(
        steps=steps,
        pairs=pairs,
        learning_rate=learning_rate,
        seed=seed,
        save_every=save_every,
    )
    records = _train_split(instructions, root, on_problem)
    accelerator = Accelerator()
    model, processor = _model(
        preset_name, "aligned", records, seed, out, from_bridge, cache_dir, accelerator
    )
    record_run(out, config, instructions)
    with accelerator.main_process_first():
        sampler = _sampler(model, records, roots_of(instructions, root), views, cache_dir)
    align_bridge(model, processor, sampler, config, out, accelerator)
    bridge = _finish(model, processor.question_tokenizer, out, accelerator, torch.float32)
    names = " ".join(f"--instructions {path}" for path in instructions)
    typer.echo(
        f"The aligned bridge is in {bridge}. Next: clover-train tune {names} --from {bridge} "
        f"--out {out.parent / 'tuned'}"
    )


def tune(
    instructions: InstructionsOption,
    out: RunOption,
    root: RootsOption = None,
    version: Annotated[str, typer.Option(help="Version the bridge will carry.")] = "0.1.0",
    preset_name: PresetOption = "clover-mini",
    warm_up_steps: Annotated[int, typer.Option(min=0)] = TrainConfig.warm_up_steps,
    steps: Annotated[int, typer.Option(min=0)] = TrainConfig.steps,
    warm_up_looks: Annotated[int, typer.Option(min=1)] = TrainConfig.warm_up_looks,
    questions: Annotated[int, typer.Option(min=1)] = TrainConfig.questions,
    learning_rate: float = TrainConfig.learning_rate,
    accumulate: Annotated[
        int, typer.Option(min=1, help="Parts a step is computed in, to save memory.")
    ] = TrainConfig.accumulate,
    lora_rank: Annotated[
        int, typer.Option(min=0, help="LoRA on the Q-Former instead of all of it; 0 is all.")
    ] = 0,
    views: ViewsOption = 2,
    seed: SeedOption = TrainConfig.seed,
    save_every: SaveEveryOption = TrainConfig.save_every,
    from_bridge: FromOption = None,
    on_problem: OnProblemOption = OnProblem.SKIP,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Stage 2: train the bridge on instructions; goes on where it stopped."""
    config = TrainConfig(
        warm_up_steps=warm_up_steps,
        warm_up_looks=warm_up_looks,
        steps=steps,
        questions=questions,
        learning_rate=learning_rate,
        accumulate=accumulate,
        seed=seed,
        save_every=save_every,
    )
    records = _train_split(instructions, root, on_problem)
    accelerator = Accelerator()
    model, processor = _model(
        preset_name, version, records, seed, out, from_bridge, cache_dir, accelerator
    )
    record_run(out, config, instructions)
    with accelerator.main_process_first():
        sampler = _sampler(model, records, roots_of(instructions, root), views, cache_dir)
    if lora_rank:
        add_lora(model, lora_rank)
    tune_bridge(model, processor, sampler, config, out, accelerator)
    merge_lora(model)
    if preset(preset_name).speaks_in_forms:
        model.config = replace(model.config, forms=forms_with(model.config.forms, records))
    bridge = _finish(model, processor.question_tokenizer, out, accelerator, torch.float16)
    typer.echo(
        f"The bridge is in {bridge}. Next: clover-train evaluate --bridge {bridge} --data DIR"
    )


def plan(
    preset_name: PresetOption = "clover-mini",
) -> None:
    """Say what serving and training a preset takes, and whether this machine can hold it."""
    made, machine = plan_for(preset(preset_name)), this_machine()
    typer.echo(made.table(machine))
    made.find_place(machine)


def _train_split(
    instructions: Sequence[Path], root: Sequence[Path] | None, on_problem: OnProblem
) -> list[Record]:
    records = records_of(instructions, root, on_problem)
    return [record for record in records if record.split == "train"]


def _sampler(
    model: CloverModel, records: list[Record], roots: Sequence[Path], views: int, cache_dir: Path
) -> RecordSampler:
    """Look at every picture of the records, and return what draws from both."""
    pictures = [image for record in records for image in record.images]
    return RecordSampler(records, views_of(model, pictures, roots, views, cache_dir))


def _model(
    preset_name: str,
    version: str,
    records: list[Record],
    seed: int,
    run_dir: Path,
    from_bridge: Path | None,
    cache_dir: Path,
    accelerator: Accelerator,
) -> tuple[CloverModel, CloverProcessor]:
    """Return a preset with a bridge to be trained: a new one, or one to go on from."""
    run_dir.mkdir(parents=True, exist_ok=True)
    chosen = preset(preset_name)
    frozen = chosen.load(places(cache_dir))
    if from_bridge is None and frozen.seed is not None:
        torch.manual_seed(seed)
        seeded = replace(chosen, config=replace(chosen.config, version=version))
        model, vocabulary, _ = new_model(seeded, frozen)
        return model, CloverProcessor(model.config, frozen.tokenizer, vocabulary)
    if from_bridge is not None:
        config, vocabulary = read_config(from_bridge), read_vocabulary(from_bridge)
        check_frozen(config, frozen.hashes)
    else:
        with accelerator.main_process_first():
            vocabulary = _vocabulary(run_dir, chosen, records)
        qformer = chosen.config.qformer | {"vocab_size": vocabulary.get_vocab_size()}
        config = replace(chosen.config, qformer=qformer, frozen=frozen.hashes)
    config = replace(config, version=version)
    torch.manual_seed(seed)
    model = CloverModel(config, frozen.vision_model, frozen.language_model)
    if from_bridge is not None:
        load_bridge(from_bridge, model)
    return model, CloverProcessor(config, frozen.tokenizer, vocabulary)


def _vocabulary(run_dir: Path, chosen: Preset, records: list[Record]) -> Tokenizer:
    """Return a new vocabulary for the Q-Former; it is learnt once and kept with the run."""
    path = run_dir / VOCABULARY
    if not path.exists():
        size = int(chosen.config.qformer["vocab_size"])
        train_vocabulary(records, size).save(str(path))
    return read_vocabulary(run_dir)


def _finish(
    model: CloverModel,
    vocabulary: Tokenizer,
    run_dir: Path,
    accelerator: Accelerator,
    dtype: torch.dtype,
) -> Path:
    """Save the bridge and the picture of the log, from one process alone."""
    bridge = run_dir / BRIDGE
    if accelerator.is_main_process:
        save_bridge(bridge, model, vocabulary, dtype)
        draw_curves(run_dir)
    return bridge
