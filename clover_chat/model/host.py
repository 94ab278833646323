"""Brings the model up in the background while the page already answers."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

from clover_chat.errors import CloverError, ModelError, ModelNotReady
from clover_chat.processor import settle
from clover_chat.types import Engine, Guide, ModelState, Stage

logger = logging.getLogger(__name__)
RENEWAL_S = 0.5


class LoadingHost:
    """Loads a preset once, and says how far it is; see `clover_chat.types.ModelHost`.

    Args:
        preset: Name of the preset.
        bridge_dir: Folder of the bridge, or None for a preset with a random one.
        cache_dir: Where frozen weights and features are kept.
        weights_dir: The person's own folder of published weights, or None.
        guide: Narrows what may be said to what fits the bridge's reading; None leaves all open.
    """

    def __init__(
        self,
        preset: str,
        bridge_dir: Path | None,
        cache_dir: Path,
        weights_dir: Path | None = None,
        guide: Guide | None = None,
    ) -> None:
        self._preset = preset
        self._bridge_dir = bridge_dir
        self._cache_dir = cache_dir
        self._weights_dir = weights_dir
        self._guide = guide
        self._changed = threading.Condition()
        self._state = ModelState(Stage.LOADING, "Starting")
        self._engine: Engine | None = None
        self._failure: CloverError | None = None

    def start(self) -> None:
        """Begin loading in the background."""
        threading.Thread(target=self.load, name="model loader", daemon=True).start()

    def load(self) -> None:
        """Load the model here and now; `state` tells how it went."""
        try:
            from clover_chat.model.loading import open_engine
            from clover_chat.model.presets import Places

            places = Places(self._cache_dir, self._weights_dir, self._report)
            self._engine = open_engine(self._preset, self._bridge_dir, places, self._guide)
            settle()
            self._report(ModelState(Stage.READY))
        except CloverError as error:
            self._fail(error)
        except Exception:
            logger.exception("The model could not be loaded.")
            self._fail(
                ModelError(
                    "The model could not be loaded; the log says why. "
                    "Restart the server to try again."
                )
            )

    def _fail(self, error: CloverError) -> None:
        self._failure = error
        self._report(ModelState(Stage.FAILED, str(error)))

    def _report(self, state: ModelState) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()

    @property
    def state(self) -> ModelState:
        """Where the model is."""
        with self._changed:
            return self._state

    def progress(self) -> Iterator[ModelState]:
        """Yield states, often enough to be left, until the model is ready or has failed."""
        while (state := self.state).stage not in (Stage.READY, Stage.FAILED):
            yield state
            with self._changed:
                self._changed.wait_for(lambda before=state: self._state != before, RENEWAL_S)  # type: ignore[misc]
        yield state

    def engine(self) -> Engine:
        """Return the engine.

        Raises:
            ModelNotReady: The model is not loaded yet.
            ModelError: Loading failed; the message says why.
        """
        if self._failure is not None:
            raise self._failure
        if self._engine is None:
            raise ModelNotReady("The model is still being loaded. Try again in a moment.")
        return self._engine
