"""Open slides, few at a time: shared between readers, reopened after an error.

OpenSlide latches its first error: a handle that failed once fails for ever, so it is thrown away
and the slide opened anew. A handle is never closed while somebody reads from it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import openslide

from clover_chat.slides.reader import Slide, UnreadableRegion

T = TypeVar("T")

_MIB = 1024 * 1024


class _Lent:
    """A handle, how many read from it, and whether it must go when they are done."""

    def __init__(self, slide: Slide) -> None:
        self.slide = slide
        self.readers = 0
        self.is_retired = False

    def close_if_unused(self) -> None:
        if self.is_retired and self.readers == 0:
            self.slide.close()


class SlidePool:
    """Hands out open slides by path.

    Args:
        max_open: Handles kept at a time; more exist only while more are being read from.
        cache_mib: Decoded tiles kept for all slides together.
        resident_mib: Decoded plain images kept at a time.
        is_associated_allowed: Whether label and macro may be read.
    """

    def __init__(
        self,
        max_open: int = 16,
        cache_mib: int = 128,
        resident_mib: int = 1024,
        *,
        is_associated_allowed: bool = False,
    ) -> None:
        self._max_open = max_open
        self._max_resident = resident_mib * _MIB
        self._cache = openslide.OpenSlideCache(cache_mib * _MIB)
        self._is_associated_allowed = is_associated_allowed
        self._lent: OrderedDict[Path, _Lent] = OrderedDict()
        self._opening: dict[Path, threading.Lock] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._lent)

    @contextmanager
    def borrow(self, path: Path) -> Iterator[Slide]:
        """Lend an open slide; it stays open until the block ends.

        Raises:
            SlideError: It cannot be opened, or what the block raises.
        """
        lent = self._take(path)
        try:
            yield lent.slide
        except UnreadableRegion:
            self._retire(path, lent)
            raise
        finally:
            self._give_back(lent)

    def read(self, path: Path, action: Callable[[Slide], T]) -> T:
        """Run an action on an open slide, and once more on a fresh handle if it fails."""
        try:
            with self.borrow(path) as slide:
                return action(slide)
        except UnreadableRegion:
            with self.borrow(path) as slide:
                return action(slide)

    def forget(self, path: Path) -> None:
        """Close a slide whose file has changed or gone, as soon as nobody reads from it."""
        with self._lock:
            self._retire_held(path)

    def close(self) -> None:
        """Close every slide, as soon as nobody reads from it."""
        for path in list(self._lent):
            self.forget(path)

    def _take(self, path: Path) -> _Lent:
        with self._lock:
            if (lent := self._lend(path)) is not None:
                return lent
            opening = self._opening.setdefault(path, threading.Lock())
        with opening:  # one opens, the others wait for that handle
            with self._lock:
                if (lent := self._lend(path)) is not None:
                    return lent
            return self._open(path)

    def _lend(self, path: Path) -> _Lent | None:
        lent = self._lent.get(path)
        if lent is not None:
            lent.readers += 1
            self._lent.move_to_end(path)
        return lent

    def _open(self, path: Path) -> _Lent:
        try:
            lent = _Lent(
                Slide.open(
                    path, is_associated_allowed=self._is_associated_allowed, cache=self._cache
                )
            )
        except BaseException:
            with self._lock:
                self._opening.pop(path, None)
            raise
        lent.readers = 1
        with self._lock:
            self._opening.pop(path, None)
            self._retire_held(path)
            self._lent[path] = lent
            self._evict()
        return lent

    def _evict(self) -> None:
        """Retire what was used longest ago until both bounds hold; the newest stays in any case."""
        while len(self._lent) > 1 and (
            len(self._lent) > self._max_open or self._resident() > self._max_resident
        ):
            self._retire_held(next(iter(self._lent)))

    def _resident(self) -> int:
        return sum(lent.slide.description.resident_bytes for lent in self._lent.values())

    def _retire(self, path: Path, lent: _Lent) -> None:
        """Retire this handle, but not one that another thread has opened since."""
        with self._lock:
            if self._lent.get(path) is lent:
                self._retire_held(path)

    def _retire_held(self, path: Path) -> None:
        lent = self._lent.pop(path, None)
        if lent is not None:
            lent.is_retired = True
            lent.close_if_unused()

    def _give_back(self, lent: _Lent) -> None:
        with self._lock:
            lent.readers -= 1
            lent.close_if_unused()
