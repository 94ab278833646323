"""How the program sets itself up where it runs as a Hugging Face Space.

A Space is a container with a read-only idea of the checkout: what is to outlast a restart lies
under `/data`, if its owner pays for that, and anything else in a folder that is gone with the
container. The page stands within the hub's own page, so its cookies belong to both.
"""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STORAGE = "SPACE_STORAGE"
"""Variable that says where lasting storage is mounted, if not at `/data`."""

FORGETFUL = (
    "This Space has no lasting storage: conversations, pictures and judgments are gone when it "
    "restarts."
)
_PORT = 7860

_log = logging.getLogger(__name__)


def is_space(environment: Mapping[str, str]) -> bool:
    """Say whether the program runs as a Space."""
    return bool(environment.get("SPACE_ID"))


def settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that differ from the defaults on a Space.

    What is set by a `CLOVER_*` variable is left out, so that it counts.
    """
    if not is_space(environment):
        return {}
    folder = lasting_folder(Path(environment.get(STORAGE) or "/data"))
    found: dict[str, Any] = {
        "host": "0.0.0.0",  # noqa: S104 - the container's own network
        "port": int(environment.get("GRADIO_SERVER_PORT") or _PORT),
        "embedded": True,
    }
    if folder is not None:
        found |= {"data_dir": folder / "data", "cache_dir": folder / "cache"}
    elif not environment.get("CLOVER_DATA_DIR"):
        found |= _forgetful()
    return {
        name: value
        for name, value in found.items()
        if not environment.get(f"CLOVER_{name.upper()}")
    }


def lasting_folder(mount: Path) -> Path | None:
    """Return a folder of ours on lasting storage, None where nothing can be written there."""
    folder = mount / "clover-chat"
    try:
        if not mount.is_dir():
            return None
        folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def _forgetful() -> dict[str, Any]:
    _log.warning(FORGETFUL)
    folder = Path(tempfile.mkdtemp(prefix="clover-chat-"))
    return {"data_dir": folder / "data", "cache_dir": folder / "cache", "notice": FORGETFUL}
