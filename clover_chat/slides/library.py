"""Which slides there are: a folder of the operator's and what people uploaded.

A slide is known by a hash of its content. File names may name a patient, so they are part of no id
and no message, and are logged at DEBUG only. Every file is probed in a process of its own before it
is listed.
"""

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clover_chat.errors import SlideNotFound, UnsupportedSlide
from clover_chat.slides.description import SlideDescription
from clover_chat.slides.descriptions import DescriptionStore, signature
from clover_chat.slides.formats import SINGLE_FILE, main_files, subfolders
from clover_chat.slides.probe import probe

MAX_DEPTH = 8
"""Folders inside folders that are searched."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LibrarySlide:
    """A slide that can be opened.

    Attributes:
        path: Where it lies; for the server only.
        description: What is known about it.
        is_uploaded: Whether a person brought it, rather than the operator.
    """

    path: Path
    description: SlideDescription
    is_uploaded: bool = False

    @property
    def id(self) -> str:
        """The hash it is known by."""
        return self.description.id


class SlideLibrary:
    """Finds slides, and takes in single files. Several threads may use it at once.

    Args:
        folder: The operator's slides, searched with its subfolders; None for uploads only.
        data_dir: Where uploads and descriptions are kept.
        max_upload_bytes: Largest file that is taken in.
        describe: Probes a file; the default does so in a process of its own.
    """

    def __init__(
        self,
        folder: Path | None,
        data_dir: Path,
        *,
        max_upload_bytes: int = 8 * 1024**3,
        describe: Callable[[Path], SlideDescription] = probe,
    ) -> None:
        self._folder = folder
        self._uploads = data_dir / "uploads"
        self._descriptions = DescriptionStore(data_dir / "descriptions")
        self._max_upload_bytes = max_upload_bytes
        self._describe = describe
        self._slides: dict[str, LibrarySlide] = {}
        self._refused: dict[str, str] = {}
        self._scanning = threading.Lock()
        self._lock = threading.Lock()

    def slides(self) -> tuple[LibrarySlide, ...]:
        """Return what has been found so far."""
        with self._lock:
            return tuple(self._slides.values())

    def refusals(self) -> tuple[str, ...]:
        """Return one sentence for each file of the folder that could not be opened."""
        with self._lock:
            return tuple(self._refused.values())

    def get(self, slide_id: str) -> LibrarySlide:
        """Return a slide by its id.

        Raises:
            SlideNotFound: There is none, or its file has gone.
        """
        with self._lock:
            slide = self._slides.get(slide_id)
        if slide is None or not self._is_ours(slide.path):
            raise SlideNotFound("There is no such slide here; it may have been removed.")
        return slide

    def refresh(self) -> None:
        """Look for new, changed and vanished slides; what is found is listed at once."""
        with self._scanning:
            found: dict[str, None] = {}
            refused: set[str] = set()
            for files, is_uploaded in self._candidates():
                self._consider(files, is_uploaded, found, refused)
            with self._lock:
                self._slides = {each: self._slides[each] for each in found if each in self._slides}
                self._refused = {each: self._refused[each] for each in refused}

    def add(self, upload: Path) -> LibrarySlide:
        """Take in a single file, which is copied.

        Raises:
            UnsupportedSlide: It is too large, or no slide that is complete in one file.
        """
        suffix = upload.suffix.lower()
        self._check_upload(upload, suffix)
        self._uploads.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".incoming-", dir=self._uploads) as incoming:
            copy = Path(incoming) / f"slide{suffix}"
            shutil.copyfile(upload, copy)
            description = self._describe(copy)
            kept = self._uploads / description.id / copy.name
            kept.parent.mkdir(exist_ok=True)
            copy.replace(kept)
        self._descriptions.put(kept, description)
        with self._lock:
            slide = LibrarySlide(kept, description, is_uploaded=True)
            return self._slides.setdefault(slide.id, slide)

    def remove(self, slide_id: str) -> None:
        """Delete an uploaded slide; the operator's own are never deleted.

        Raises:
            SlideNotFound: There is no such upload.
        """
        slide = self.get(slide_id)
        if not slide.is_uploaded:
            raise SlideNotFound("This slide was not uploaded here, so it cannot be deleted here.")
        shutil.rmtree(slide.path.parent)
        with self._lock:
            self._slides.pop(slide_id, None)

    def _check_upload(self, upload: Path, suffix: str) -> None:
        if suffix not in SINGLE_FILE:
            known = ", ".join(sorted(SINGLE_FILE))
            raise UnsupportedSlide(
                f"A {suffix or 'nameless'} file is no slide that is complete in one file. "
                f"These are: {known}."
            )
        size = upload.stat().st_size
        if size > self._max_upload_bytes:
            raise UnsupportedSlide(
                f"This file has {size / 2**20:.0f} MiB; "
                f"at most {self._max_upload_bytes / 2**20:.0f} MiB can be uploaded."
            )

    def _candidates(self) -> Iterator[tuple[tuple[Path, ...], bool]]:
        if self._folder is not None:
            yield from ((files, False) for files in self._found_in(self._folder, MAX_DEPTH))
        if self._uploads.is_dir():
            yield from ((files, True) for files in self._found_in(self._uploads, 1))

    def _found_in(self, folder: Path, depth: int) -> Iterator[tuple[Path, ...]]:
        try:
            here, below = list(main_files(folder)), subfolders(folder)
        except OSError:
            _log.warning("A folder of slides cannot be read.")
            _log.debug("It is %s.", folder, exc_info=True)
            return
        for files in here:
            ours = tuple(path for path in files if self._is_ours(path))
            if ours:
                yield ours
        for each in below if depth else ():
            yield from self._found_in(each, depth - 1)

    def _consider(
        self,
        files: tuple[Path, ...],
        is_uploaded: bool,
        found: dict[str, None],
        refused: set[str],
    ) -> None:
        """List the first of the files that opens, or remember why none does."""
        marks = set()
        for path in files:
            try:
                marks.add(mark := signature(path))
                description = self._described(path, mark)
            except OSError:  # gone since the folder was listed
                continue
            if description is not None:
                self._list(LibrarySlide(path, description, is_uploaded), found)
                return
        refused |= marks

    def _described(self, path: Path, mark: str) -> SlideDescription | None:
        if mark in self._refused:
            return None
        if (kept := self._descriptions.get(path)) is not None:
            return kept
        try:
            description = self._describe(path)
        except (UnsupportedSlide, SlideNotFound) as error:
            _log.debug("%s was refused: %s", path, error)
            with self._lock:
                self._refused[mark] = str(error)
            return None
        self._descriptions.put(path, description)
        return description

    def _list(self, slide: LibrarySlide, found: dict[str, None]) -> None:
        if slide.id in found:  # a second copy of the same slide
            return
        found[slide.id] = None
        with self._lock:
            self._slides[slide.id] = slide

    def _is_ours(self, path: Path) -> bool:
        """Say whether a file is there and lies in our folders even after links are followed."""
        roots = [self._uploads] if self._folder is None else [self._folder, self._uploads]
        real = path.resolve()
        return real.is_file() and any(real.is_relative_to(root.resolve()) for root in roots)
