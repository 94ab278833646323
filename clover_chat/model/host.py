"""Brings the model up in the background while the page already answers, and follows promotions.

Before an answer begins the host asks which bridge is to give it. Where that is another one than
before, its tensors are loaded beside the old one's; answers that are being written end on the old
bridge. A bridge that cannot be loaded changes nothing but the state, which says so.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from clover_chat.errors import BridgeMismatch, CloverError, ModelError, ModelNotReady
from clover_chat.model.bridge_folder import Choose, Chosen
from clover_chat.processor import settle
from clover_chat.types import Engine, Guide, ModelState, Stage

logger = logging.getLogger(__name__)
RENEWAL_S = 0.5


class LoadingHost:
    """Loads a preset, and says how far it is; see `clover_chat.types.ModelHost`.

    Args:
        preset: Name of the preset.
        choose: Says which bridge is to answer.
        cache_dir: Where frozen weights and features are kept.
        weights_dir: The person's own folder of published weights, or None.
        guide: Narrows what may be said to what fits the bridge's reading; None leaves all open.
    """

    def __init__(
        self,
        preset: str,
        choose: Choose,
        cache_dir: Path,
        weights_dir: Path | None = None,
        guide: Guide | None = None,
    ) -> None:
        self._preset = preset
        self._choose = choose
        self._cache_dir = cache_dir
        self._weights_dir = weights_dir
        self._guide = guide
        self._changed = threading.Condition()
        self._state = ModelState(Stage.LOADING, "Starting")
        self._following = threading.Lock()
        self._wanted: Chosen | str | None = None
        self._answering: Chosen | None = None
        self._open: Callable[[Path | None], Engine] | None = None
        self._engine: Engine | None = None
        self._failure: CloverError | None = None

    def start(self) -> None:
        """Begin loading in the background."""
        threading.Thread(target=self.load, name="model loader", daemon=True).start()

    def load(self) -> None:
        """Load the model here and now; `state` tells how it went."""
        try:
            from clover_chat.model.loading import open_shared
            from clover_chat.model.presets import Places

            self._wanted = self._choice()
            chosen = _known(self._wanted)
            places = Places(self._cache_dir, self._weights_dir, self._report)
            shared, engine = open_shared(self._preset, chosen.folder, places, self._guide)
            _check(engine, chosen)
            self._engine, self._answering, self._open = engine, chosen, shared.engine
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
        self._follow()
        while (state := self.state).stage not in (Stage.READY, Stage.FAILED):
            yield state
            with self._changed:
                self._changed.wait_for(lambda before=state: self._state != before, RENEWAL_S)  # type: ignore[misc]
        yield state

    def engine(self) -> Engine:
        """Return the engine of the bridge that is to answer now.

        Raises:
            ModelNotReady: The model is not loaded yet.
            ModelError: Loading failed; the message says why.
        """
        self._follow()
        if self._failure is not None:
            raise self._failure
        if self._engine is None:
            raise ModelNotReady("The model is still being loaded. Try again in a moment.")
        return self._engine

    def beside(self, bridge_dir: Path | None) -> Engine:
        """Return an engine of another bridge over the same frozen models, in the same line.

        Raises:
            ModelNotReady: The model is not loaded yet.
            ModelError: The bridge cannot be used; the message says why.
        """
        answering = self.engine()
        assert self._open is not None
        if self._answering is not None and self._answering.folder == bridge_dir:
            return answering
        return self._open(bridge_dir)

    def _follow(self) -> None:
        """Go over to another bridge, if another one is to answer now.

        Whoever asks meanwhile waits, so that no answer begins on a bridge that was replaced.
        """
        with self._following:
            if self.state.stage not in (Stage.READY, Stage.FAILED):
                return
            if (wanted := self._choice()) == self._wanted:
                return
            self._wanted = wanted
            if self._open is None:
                self._failure = None
                self._report(ModelState(Stage.LOADING, "Starting again"))
                self.start()
            else:
                self._go_over(wanted, self._open)

    def _go_over(self, wanted: Chosen | str, open_bridge: Callable[[Path | None], Engine]) -> None:
        try:
            chosen = _known(wanted)
            if chosen != self._answering:
                engine = open_bridge(chosen.folder)
                _check(engine, chosen)
                self._engine, self._answering = engine, chosen
                settle()
                logger.info("The bridge %s answers now.", engine.identity.bridge_version)
            self._report(ModelState(Stage.READY))
        except CloverError as error:
            self._stay(str(error))
        except Exception:
            logger.exception("The promoted bridge could not be loaded.")
            self._stay("The promoted bridge could not be loaded; the log says why.")

    def _stay(self, reason: str) -> None:
        assert self._engine is not None
        version = self._engine.identity.bridge_version
        logger.warning("The bridge %s goes on: %s", version, reason)
        self._report(ModelState(Stage.READY, f"{reason} The bridge {version} goes on answering."))

    def _choice(self) -> Chosen | str:
        """Return which bridge is to answer, or in a sentence why that cannot be known."""
        try:
            return self._choose()
        except CloverError as error:
            return str(error)


def _known(wanted: Chosen | str) -> Chosen:
    if isinstance(wanted, str):
        raise ModelError(wanted)
    return wanted


def _check(engine: Engine, chosen: Chosen) -> None:
    """Refuse a bridge whose folder was changed after it had been chosen."""
    found = engine.identity.bridge_hash
    if chosen.sha256 and found != chosen.sha256:
        raise BridgeMismatch(
            f"The bridge folder {chosen.folder} was changed after its promotion: expected SHA-256 "
            f"{chosen.sha256[:12]}, found {found[:12]}. Promote it again, or go back with "
            "clover-chat bridges rollback."
        )
