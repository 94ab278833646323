"""The verbs of `clover-train`: train a bridge, and show what it gets right."""

import json
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import platformdirs
import torch
import typer
from tqdm import tqdm

from clover_chat.errors import CloverError, TrainingError
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.clover import CloverModel
from clover_chat.model.config import CloverConfig
from clover_chat.model.features import FeatureStore
from clover_chat.model.loading import open_model
from clover_chat.model.presets import Places, preset
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
CACHE = platformdirs.user_cache_path("clover-chat")
DataOption = Annotated[Path, typer.Option(help="Folder with a folder for each source.")]
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
    warm_up_steps: Annotated[int, typer.Option(min=0)] = TrainConfig.warm_up_steps,
    steps: Annotated[int, typer.Option(min=0)] = TrainConfig.steps,
    views: Annotated[
        int, typer.Option(min=1, help="Views of each picture, augmented from the second on.")
    ] = 2,
    seed: int = TrainConfig.seed,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Train a bridge on template questions about the train splits; goes on where it stopped."""
    patches = [patch for patch in read_patches(data) if patch.split == "train"] + sample_patches()
    model, processor = _new_model(version, patches, seed, cache_dir)
    seen = _seen(model, patches, views, cache_dir)
    train_bridge(
        model,
        processor,
        seen,
        TrainConfig(warm_up_steps=warm_up_steps, steps=steps, seed=seed),
        out,
    )
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
    split: str = "test",
    per_source: Annotated[
        int | None, typer.Option(min=1, help="At most this many patches a source.")
    ] = None,
    cache_dir: CacheOption = CACHE,
) -> None:
    """Ask a bridge about patches it never saw, and print what it gets right, read strictly."""
    everything = read_patches(data)
    truths = Truths.of(everything)
    model, processor, _ = open_model(preset("clover-mini"), bridge, Places(cache_dir, None, _say))
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
    version: str, patches: list[LabelledPatch], seed: int, cache_dir: Path
) -> tuple[CloverModel, CloverProcessor]:
    """Return clover-mini with a fresh bridge and a vocabulary learnt from the instructions."""
    chosen = preset("clover-mini")
    vocabulary = train_vocabulary(patches, chosen.config.qformer["vocab_size"])
    qformer = chosen.config.qformer | {"vocab_size": vocabulary.get_vocab_size()}
    config = CloverConfig(chosen.name, version, chosen.config.frozen, qformer)
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
