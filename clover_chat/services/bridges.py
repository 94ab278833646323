"""What an operator can do with bridges: see them, put one to work, go back, compare two.

A bridge is called by its name: the shipped one by that of its preset, the others by their folder in
the data directory. A promotion is one entry in the history (`storage/promotions.py`); a folder from
elsewhere is copied first, whole or not at all. Nothing is written before everything was checked.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from clover_chat.errors import BridgeError, PromotionError
from clover_chat.model.bridge_folder import BridgeFolder, Chosen, hashes, read_bridge
from clover_chat.services.bridge_views import (
    BridgeRow,
    BridgeView,
    Change,
    Difference,
    differences,
)
from clover_chat.services.gate import judged
from clover_chat.storage.bridge_folders import BridgeFolders
from clover_chat.storage.promotions import BEGINNING, Act, Gate, Promotion, Promotions

Check = Callable[[Path], None]
"""Refuses a bridge folder that could not answer, with a `BridgeError`."""


class BridgeService:
    """The bridges of one preset on this machine.

    Args:
        directory: Where bridges are installed and their history is kept.
        preset: Name of the preset.
        shipped: Folder of the bridge that came with the program; None where none did.
        check: Refuses a folder that could not answer.
        named: Folder that the settings name; it answers, whatever is promoted.
    """

    def __init__(
        self,
        directory: Path,
        preset: str,
        shipped: Path | None,
        check: Check,
        named: Path | None = None,
    ) -> None:
        self._preset = preset
        self._shipped = shipped
        self._check = check
        self.named = named
        self._folders = BridgeFolders(directory)
        self._promotions = Promotions(directory)

    def chosen(self) -> Chosen:
        """Return which bridge is to answer; quick enough to be asked before every answer.

        Raises:
            StorageError: The history is damaged.
        """
        if self.named is not None:
            return Chosen(self.named)
        active = self._promotions.active(self._preset)
        if active is None or active.bridge == self._preset:
            return Chosen(self._shipped, number=active.number if active else BEGINNING)
        return Chosen(self._folders.path(active.bridge), active.sha256, active.number)

    def folder(self, name: str) -> Path | None:
        """Return where a bridge of this preset lies, None for one without a folder.

        Raises:
            PromotionError: There is none of that name.
            BridgeMismatch: It belongs to another model.
            BridgeError: It is damaged.
        """
        if name == self._preset and self._shipped is None:
            return None
        path = self._path(name)
        self._check(path)
        return path

    def rows(self) -> tuple[BridgeRow, ...]:
        """Return all bridges, the shipped one first, damaged ones with what is wrong.

        Raises:
            StorageError: The history is damaged.
        """
        return tuple(map(self._row, [self._preset, *self._installed()]))

    def show(self, name: str) -> BridgeView:
        """Return what is known of a bridge, by name or folder.

        Raises:
            PromotionError: There is none of that name.
            BridgeError: Its folder is damaged.
        """
        folder = read_bridge(self._found(name))
        return BridgeView(name, folder, self._promotions_of(name), name == self._active_name())

    def promote(self, wanted: str, *, called: str | None = None, anyway: bool = False) -> Change:
        """Have a bridge answer from the next question on.

        Args:
            wanted: Name of a bridge, or a bridge folder to be copied into the data directory.
            called: Name for such a folder; its own if None.
            anyway: Promote it even if its gate refused it.

        Raises:
            PromotionError: There is no such bridge, it answers already, its name is taken, or its
                gate refused it.
            BridgeError: It is damaged or belongs to another model.
            StorageError: The data directory cannot be used.
        """
        with self._promotions.changing():
            name = wanted if wanted in self._known() else called or Path(wanted).absolute().name
            found = read_bridge(self._found(wanted))
            active = self._promotions.active(self._preset)
            if (name, found.sha256) == (self._active_name(), self._active_hash()):
                raise PromotionError(f"The bridge {name} answers already.")
            self._check(found.path)
            gate, remark = judged(found, name, self._active_hash(), anyway=anyway)
            self._install(found, name)
            added = self._entry(Act.PROMOTED, name, found.version, found.sha256)
            added = replace(added, gate=gate, back_to=active.number if active else BEGINNING)
            return self._made_active(added, remark)

    def rollback(self) -> Change:
        """Have the bridge answer again that did before the last promotion; further each time.

        Raises:
            PromotionError: There is nothing to go back to, or that bridge is gone or changed.
            BridgeError: It is damaged.
            StorageError: The data directory cannot be used.
        """
        with self._promotions.changing():
            active = self._promotions.active(self._preset)
            if active is None or active.back_to is None:
                raise PromotionError(
                    f"There is nothing to go back to: {self._active_name()} is the first bridge."
                )
            is_first = active.back_to == BEGINNING
            target = None if is_first else self._promotions.numbered(active.back_to)
            if target is None or target.bridge == self._preset:
                added = self._shipped_again()
            else:
                self._check_unchanged(target)
                added = replace(
                    self._entry(Act.ROLLED_BACK, target.bridge, target.version, target.sha256),
                    gate=target.gate,
                )
            return self._made_active(replace(added, back_to=target.back_to if target else None))

    def compare(self, left: str, right: str) -> tuple[Difference, ...]:
        """Return what two bridges, by name or folder, say differently of themselves.

        Raises:
            PromotionError: There is none of that name.
            BridgeError: A folder is damaged.
        """
        return differences(read_bridge(self._found(left)), read_bridge(self._found(right)))

    def _shipped_again(self) -> Promotion:
        version = sha256 = ""
        if self._shipped is not None:
            self._check(self._shipped)
            found = read_bridge(self._shipped)
            version, sha256 = found.version, found.sha256
        return self._entry(Act.ROLLED_BACK, self._preset, version, sha256)

    def _entry(self, act: Act, name: str, version: str, sha256: str) -> Promotion:
        return Promotion(
            number=len(self._promotions.history()) + 1,
            act=act,
            preset=self._preset,
            bridge=name,
            version=version,
            sha256=sha256,
            at=datetime.now(UTC),
            gate=Gate.NONE,
            back_to=None,
        )

    def _made_active(self, promotion: Promotion, remark: str = "") -> Change:
        before = self._active_name()
        self._promotions.add(promotion)
        return Change(promotion, before, remark)

    def _check_unchanged(self, target: Promotion) -> None:
        path = self._path(target.bridge)
        found = read_bridge(path).sha256
        if found != target.sha256:
            raise PromotionError(
                f"The bridge {target.bridge} that answered before was changed since: expected "
                f"SHA-256 {target.sha256[:12]}, found {found[:12]}. Promote another one."
            )
        self._check(path)

    def _install(self, found: BridgeFolder, name: str) -> None:
        """Copy a folder from elsewhere; one that lies there already with the same files stays."""
        target = self._shipped if name == self._preset else self._folders.path(name)
        if target == found.path:
            return
        if target is None or name in self._known():
            if target is not None and hashes(target) == found.files:
                return
            raise PromotionError(
                f"There is another bridge called {name} already. Choose a name with --as."
            )
        self._folders.install(found.path, name, found.files)

    def _row(self, name: str) -> BridgeRow:
        promotions = self._promotions_of(name)
        is_active = self.named is None and name == self._active_name()
        row = BridgeRow(name, "", "", promotions[-1].at if promotions else None, is_active)
        if name == self._preset and self._shipped is None:
            return row
        try:
            found = read_bridge(self._path(name))
        except BridgeError as error:
            return replace(row, problem=str(error))
        row = replace(row, version=found.version, sha256=found.sha256)
        if found.preset != self._preset:
            return replace(row, problem=f"It belongs to the model {found.preset}.")
        return row

    def _promotions_of(self, name: str) -> tuple[Promotion, ...]:
        history = self._promotions.history()
        return tuple(p for p in history if (p.preset, p.bridge) == (self._preset, name))

    def _active_name(self) -> str:
        active = self._promotions.active(self._preset)
        return active.bridge if active else self._preset

    def _active_hash(self) -> str:
        """Return the SHA-256 of the bridge that answers, "" where it has no folder."""
        name, active = self._active_name(), self._promotions.active(self._preset)
        if active is not None and name != self._preset:
            return active.sha256
        return read_bridge(self._shipped).sha256 if self._shipped else ""

    def _installed(self) -> list[str]:
        return [name for name in self._folders.names() if name != self._preset]

    def _known(self) -> list[str]:
        return [*([self._preset] if self._shipped else []), *self._installed()]

    def _found(self, wanted: str) -> Path:
        if wanted and wanted not in self._known() and Path(wanted).is_dir():
            return Path(wanted).absolute()
        return self._path(wanted)

    def _path(self, name: str) -> Path:
        if name == self._preset and self._shipped is not None:
            return self._shipped
        if name in self._installed():
            return self._folders.path(name)
        known = ", ".join(self._known()) or "none"
        raise PromotionError(f"There is no bridge {name!r}. There are: {known}.")
