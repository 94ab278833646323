"""The verbs of `clover-train`: train a bridge, and show what it gets right."""

import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import platformdirs
import torch
import typer
from tqdm import tqdm

from clover_chat.errors import CloverError, TrainingError
from clover_chat.model.checkpoint import VOCABULARY, read_vocabulary, save_bridge
from clover_chat.model.clover import CloverModel
from clover_chat.model.features import FeatureStore
from clover_chat.model.loading import open_model
from clover_chat.model.presets import Places, Preset, preset
from clover_chat.model.processor import CloverProcessor
from clover_chat.types import ModelState
from training import evaluate as scoring
from training.answering import answer_all
from training.cache import SeenPatch, look_at
from training.instructions.sources import LabelledPatch, read_patches, sample_patches
from training.instructions.templates import Truths
from training.tune import TrainConfig, train_bridge
from training.vocabulary import train_vocabulary

app = typer.Typer(
    help="Train the bridge of CLOVER Chat, and measure it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
VOCABULARY_SIZE = 3000
CACHE = platformdirs.user_cache_path("clover-chat")
DataOption = Annotated[Path, typer.Option(help="Folder with a folder for each source.")]
PresetOption = Annotated[str, typer.Option("--preset", help="Which frozen models.")]
CacheOption = Annotated[Path, typer.Option(help="Where frozen weights and features are kept.")]


@app.callback()
def options() -> None:
    """Train the bridge of CLOVER Chat, and measure it."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")


@app.command()
def tune(
    data: DataOption,
    out: Annotated[
        Path, typer.Option(help="Run folder: log, checkpoints, and the bridge at the end.")
    ],
    version: Annotated[str, typer.Option(help="Version the bridge will carry.")] = "0.1.0",
    preset_name: PresetOption = "clover-mini",
    warm_up_steps: Annotated[int, typer.Option(min=0)] = TrainConfig.warm_up_steps,
    steps: Annotated[int, typer.Option(min=0)] = TrainConfig.steps,
    warm_up_looks: Annotated[int, typer.Option(min=1)] = TrainConfig.warm_up_looks,
    questions: Annotated[int, typer.Option(min=1)] = TrainConfig.questions,
    save_every: Annotated[int, typer.Option(min=1)] = TrainConfig.save_every,
    views: Annotated[int, typer.Option(min=1, help="Views of each picture; 1 is no change.")] = 2,
    seed: int = TrainConfig.seed,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Train a bridge on template questions about the train splits; goes on where it stopped."""
    config = TrainConfig(
        warm_up_steps=warm_up_steps,
        warm_up_looks=warm_up_looks,
        steps=steps,
        questions=questions,
        seed=seed,
        save_every=save_every,
    )
    patches = [patch for patch in read_patches(data) if patch.split == "train"]
    patches += sample_patches()
    out.mkdir(parents=True, exist_ok=True)
    model, processor = _new_model(preset(preset_name), version, patches, seed, out, cache_dir)
    train_bridge(model, processor, _seen(model, patches, views, cache_dir), config, out)
    bridge = out / "bridge"
    save_bridge(bridge, model, processor.question_tokenizer, torch.float16)
    typer.echo(
        f"The bridge is in {bridge}. Next: clover-train evaluate --bridge {bridge} --data {data}"
    )


@app.command()
def evaluate(
    bridge: Annotated[Path, typer.Option(help="The bridge folder to measure.")],
    data: DataOption,
    out: Annotated[
        Path | None, typer.Option(help="Folder for predictions.jsonl and metrics.json.")
    ] = None,
    preset_name: PresetOption = "clover-mini",
    split: str = "test",
    per_source: Annotated[
        int | None, typer.Option(min=1, help="At most this many patches a source.")
    ] = None,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Ask a bridge about patches it never saw, and print what it gets right, read strictly."""
    everything = read_patches(data)
    truths = Truths.of(everything)
    model, processor, _ = open_model(preset(preset_name), bridge, Places(cache_dir, None, _say))
    seen = _seen(model, scoring.unseen(everything, split, per_source), 1, cache_dir)
    if not seen:
        raise TrainingError(f"No patch under {data} belongs to the split {split!r}.")
    asked = scoring.ask_all(seen, truths)
    answers = answer_all(
        model,
        processor,
        [(item.views[0].float(), question.text) for item, question in asked],
        progress=_bar,
    )
    predictions = scoring.judge(asked, answers, truths)
    typer.echo(scoring.table(predictions))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        scoring.save_predictions(out / "predictions.jsonl", predictions)
        (out / "metrics.json").write_text(json.dumps(scoring.summary(predictions), indent=2) + "\n")


def _new_model(
    chosen: Preset,
    version: str,
    patches: list[LabelledPatch],
    seed: int,
    run_dir: Path,
    cache_dir: Path,
) -> tuple[CloverModel, CloverProcessor]:
    """Return a preset with a fresh bridge; its vocabulary is learnt once and kept with the run."""
    path = run_dir / VOCABULARY
    if not path.exists():
        train_vocabulary(patches, VOCABULARY_SIZE).save(str(path))
    vocabulary = read_vocabulary(run_dir)
    qformer = chosen.config.qformer | {"vocab_size": vocabulary.get_vocab_size()}
    config = replace(chosen.config, version=version, qformer=qformer)
    frozen = chosen.load(Places(cache_dir, None, _say))
    torch.manual_seed(seed)
    model = CloverModel(config, frozen.vision_model, frozen.language_model)
    return model, CloverProcessor(config, frozen.tokenizer, vocabulary)


def _seen(
    model: CloverModel, patches: list[LabelledPatch], views: int, cache_dir: Path
) -> list[SeenPatch]:
    encoder = model.config.frozen["vision_model"][:12]
    store = FeatureStore(cache_dir / "training-features" / encoder, memory_bytes=0)
    return list(
        look_at(model, store, patches, views, progress=lambda items: tqdm(items, unit="patch"))
    )


def _bar(starts: Iterable[int]) -> Iterable[int]:
    bar: Iterable[int] = tqdm(starts, unit="batch")
    return bar


def _say(state: ModelState) -> None:
    if state.fraction in (None, 0.0, 1.0):
        typer.echo(state.detail, err=True)


def main() -> None:
    """Run the command line; what a person can mend is said in one sentence."""
    try:
        app()
    except CloverError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
