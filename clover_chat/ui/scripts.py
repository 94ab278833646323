"""The viewer's scripts: our own modules, and OpenSeadragon, pinned.

OpenSeadragon lies beside our modules once `make` has fetched it from npm. Without it the browser
loads the same bytes from a public network, which the page's policy then allows by name; a hash
makes sure that they are the same.
"""

import hashlib
import logging
from base64 import b64encode
from pathlib import Path

WEB_DIR = Path(__file__).parent / "web"
MODULE_DIR = WEB_DIR / "viewer"
OPENSEADRAGON = "openseadragon.min.js"
OPENSEADRAGON_PATH = WEB_DIR / "vendor" / "openseadragon" / OPENSEADRAGON
OPENSEADRAGON_VERSION = "6.1.1"
INTEGRITY = "sha384-KKly+4vqqBHitr2XfNKWa3+0asIVpzYs2HijkM/zz0X6rgnyLuQEVERX9HqkM5/P"
NETWORK = "https://cdn.jsdelivr.net"
NETWORK_ADDRESS = (
    f"{NETWORK}/npm/openseadragon@{OPENSEADRAGON_VERSION}/build/openseadragon/{OPENSEADRAGON}"
)

_log = logging.getLogger(__name__)


class Scripts:
    """The scripts by name, read once.

    Args:
        openseadragon_path: Where OpenSeadragon may lie.

    Attributes:
        version: Changes with their content.
        hosts: Other hosts that the page has to be allowed to load scripts from.
    """

    def __init__(self, openseadragon_path: Path = OPENSEADRAGON_PATH) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(MODULE_DIR.glob("*.js"))}
        if (library := _openseadragon(openseadragon_path)) is not None:
            self._files[OPENSEADRAGON] = library
        self.hosts: tuple[str, ...] = () if library is not None else (NETWORK,)
        digest = hashlib.sha256()
        for name, data in self._files.items():
            digest.update(name.encode() + data)
        self.version = digest.hexdigest()[:12]

    def get(self, name: str) -> bytes | None:
        """Return a script, None where there is none of that name."""
        return self._files.get(name)

    @property
    def library(self) -> dict[str, str]:
        """Where the page finds OpenSeadragon: a name beside our modules, or a full address."""
        address = OPENSEADRAGON if OPENSEADRAGON in self._files else NETWORK_ADDRESS
        return {"address": address, "integrity": INTEGRITY}


def integrity_of(data: bytes) -> str:
    """Return the hash of a script in the form that browsers compare."""
    return f"sha384-{b64encode(hashlib.sha384(data).digest()).decode()}"


def _openseadragon(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        _log.info("OpenSeadragon is not installed here; browsers load it from %s.", NETWORK)
        return None
    if integrity_of(data) != INTEGRITY:
        _log.warning("OpenSeadragon at %s is not version %s.", path, OPENSEADRAGON_VERSION)
        return None
    return data
