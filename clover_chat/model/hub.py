"""Repositories of the model hub: where their files come from.

In this order: the person's own folder, our cache, the model hub. (No package index carries them.)
Of a repository only configuration, tokenizer and safetensors are taken, never a pickle.
"""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from clover_chat.errors import WeightsError
from clover_chat.model.frozen import Places
from clover_chat.types import ModelState, Stage

logger = logging.getLogger(__name__)
PATTERNS = ("*.json", "*.safetensors")
Tell = Callable[[float], None]


@dataclass(frozen=True)
class HubRepository:
    """A repository of the model hub.

    Attributes:
        name: Owner and name, as the hub writes them.
        title: What a person calls its model.
        gigabytes: Size of its safetensors, in gigabytes of 10^9 bytes.
        revision: The commit whose files we know, or a branch.
    """

    name: str
    title: str
    gigabytes: float
    revision: str = "main"

    @property
    def page(self) -> str:
        """Address of its page, where access is asked for and files can be fetched by hand."""
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/{self.name}"

    @property
    def folder(self) -> str:
        """Name of the folder that a copy of its files is looked for in."""
        return self.name.split("/")[-1]


def find_repository(repository: HubRepository, places: Places) -> Path:
    """Return the folder with a repository's files, fetching them on the first call.

    Args:
        repository: What is wanted.
        places: Where it may be; the hub is asked when it is nowhere, with progress.

    Raises:
        WeightsError: The files are nowhere to be had; the message says what to do.
    """
    if places.weights_dir is not None:
        local = places.weights_dir / repository.folder
        if local.is_dir():
            return local
    return _kept(repository, places) or _fetched(repository, places)


def _kept(repository: HubRepository, places: Places) -> Path | None:
    """Return the folder if our cache holds all of it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        found = snapshot_download(
            repository.name,
            revision=repository.revision,
            cache_dir=places.cache_dir / "hub",
            local_files_only=True,
            allow_patterns=list(PATTERNS),
        )
    except LocalEntryNotFoundError:
        return None
    return Path(found)


def _fetched(repository: HubRepository, places: Places) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError

    detail = f"Fetching {repository.title}, {repository.gigabytes:g} GB"

    def tell(done: float) -> None:
        fraction = min(1.0, done / (repository.gigabytes * 1e9))
        places.report(ModelState(Stage.FETCHING, detail, fraction))

    tell(0.0)
    try:
        found = snapshot_download(
            repository.name,
            revision=repository.revision,
            cache_dir=places.cache_dir / "hub",
            allow_patterns=list(PATTERNS),
            tqdm_class=progress_bar(tell),
        )
    except GatedRepoError as error:
        raise WeightsError(_gate(repository)) from error
    except Exception as error:  # of whichever HTTP library the hub's client uses
        logger.info("The model hub did not give %s", repository.name, exc_info=True)
        raise WeightsError(_nowhere(repository, error)) from error
    return Path(found)


def _gate(repository: HubRepository) -> str:
    return (
        f"The owners of {repository.title} give it only to people they know. Ask for access on "
        f"{repository.page}, set HF_TOKEN to a token of that account, and start again."
    )


def _nowhere(repository: HubRepository, error: Exception) -> str:
    return (
        f"The model hub did not give {repository.title} ({type(error).__name__}). Its "
        f"{repository.gigabytes:g} GB are needed once: connect to the network and start again, or "
        f"copy the files of {repository.page} into a folder {repository.folder!r} and name the "
        "folder around it in CLOVER_WEIGHTS_DIR."
    )


def progress_bar(tell: Tell) -> type[Any]:
    """Return a class of progress bars that draw nothing and tell the bytes written so far."""
    most = 0.0

    class TellingBar(tqdm):  # type: ignore[misc]  # tqdm has no types
        """One of the hub's several bars; those of bytes count, those of files do not."""

        def __init__(self, *values: Any, **options: Any) -> None:
            options |= {"file": io.StringIO(), "disable": False}
            options.pop("name", None)
            self._counts_bytes = options.get("unit") == "B"
            super().__init__(*values, **options)

        def display(self, *values: Any, **options: Any) -> None:
            """Draw nothing."""

        def update(self, n: float | None = 1) -> bool | None:
            nonlocal most
            updated: bool | None = super().update(n)
            if self._counts_bytes and self.n > most:
                most = float(self.n)
                tell(most)
            return updated

    return TellingBar
