"""What several verbs share: options, progress bars, records with their pictures looked at."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import platformdirs
import typer
from tqdm import tqdm

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.features import FeatureStore
from clover_chat.model.presets import Places
from clover_chat.types import ModelState
from training.batches import Views
from training.instructions.intake import read_records
from training.instructions.problems import OnProblem
from training.instructions.records import ImageRef, Record
from training.instructions.sample import sample_specimens
from training.instructions.specimens import HELD_BACK, Specimen, hold_back, read_specimens
from training.seen_store import Look
from training.sights import look_at

Item = TypeVar("Item")
CACHE = platformdirs.user_cache_path("clover-chat")

DataOption = Annotated[
    Path, typer.Option(help="Folder with a folder for each source of labelled pictures.")
]
InstructionsOption = Annotated[
    list[Path], typer.Option("--instructions", help="File of records; may be given several times.")
]
RootsOption = Annotated[
    list[Path] | None,
    typer.Option("--root", help="Folder the pictures' paths start from, beside each file's own."),
]
RunOption = Annotated[
    Path, typer.Option("--out", help="Run folder: log, checkpoints, and the bridge at the end.")
]
PresetOption = Annotated[str, typer.Option("--preset", help="Which frozen models.")]
CacheOption = Annotated[Path, typer.Option(help="Where frozen weights and features are kept.")]
OnProblemOption = Annotated[
    OnProblem, typer.Option("--on-problem", help="Leave out bad data, or refuse all of it.")
]
ViewsOption = Annotated[
    int, typer.Option(min=1, help="Views of each picture; 1 is the picture as it is.")
]


def places(cache_dir: Path) -> Places:
    """Return where frozen weights are looked for; fetching them is told on standard error."""
    return Places(cache_dir, None, _say)


def bar(items: Sequence[Item], unit: str) -> Iterable[Item]:
    """Return items behind a progress bar."""
    shown: Iterable[Item] = tqdm(items, unit=unit, mininterval=1)
    return shown


def records_of(
    paths: Sequence[Path], roots: Sequence[Path] | None, on_problem: OnProblem
) -> list[Record]:
    """Return the usable records of files; what cannot be used is told on standard error.

    Raises:
        TrainingError: Nothing can be used.
    """
    accepted = read_records(paths, roots or (), on_problem)
    typer.echo(accepted.summary, err=True)
    if not accepted.items:
        raise TrainingError(f"No record of {', '.join(map(str, paths))} can be used.")
    return list(accepted.items)


def known_specimens(data: Path, samples: Path, on_problem: OnProblem) -> list[Specimen]:
    """Return what a bridge learns from and is held against, with the sample picture.

    What cannot be used is told on standard error.

    Args:
        data: Folder with a folder for each source.
        samples: Where the sample picture is put.
        on_problem: What to do about bad data.
    """
    accepted = read_specimens(data, on_problem=on_problem)
    typer.echo(accepted.summary, err=True)
    return [*hold_back(accepted.items, HELD_BACK), *sample_specimens(samples)]


def roots_of(paths: Sequence[Path], roots: Sequence[Path] | None) -> list[Path]:
    """Return the folders in which the pictures of record files are looked for."""
    return [*(roots or ()), *(path.parent for path in paths)]


def views_of(
    model: CloverModel,
    images: Iterable[ImageRef],
    roots: Sequence[Path],
    views: int,
    cache_dir: Path,
    *,
    is_shown: bool = True,
) -> dict[ImageRef, Views]:
    """Return the encoder features of pictures, from the cache where they are there."""
    encoder = model.config.frozen["vision_model"][:12]
    store = FeatureStore(cache_dir / "training-features" / encoder, memory_bytes=0)
    if not is_shown:
        return look_at(model, store, images, roots, views)
    return look_at(model, store, images, roots, views, progress=lambda them: bar(them, "picture"))


def looker(model: CloverModel, roots: Sequence[Path], cache_dir: Path) -> Look:
    """Return what looks pictures up without a progress bar."""

    def look(images: Iterable[ImageRef], views: int = 1) -> dict[ImageRef, Views]:
        return views_of(model, images, roots, views, cache_dir, is_shown=False)

    return look


def _say(state: ModelState) -> None:
    if state.fraction in (None, 0.0, 1.0):
        typer.echo(state.detail, err=True)
