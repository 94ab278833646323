"""The viewer's scripts: our own modules, and OpenSeadragon, pinned.

OpenSeadragon lies beside our modules once `make` has fetched it from npm, or in the cache where a
server fetched it when it started. Without it the browser loads the same bytes from a public
network, which the page's policy then allows by name; a hash makes sure that they are the same.
"""

import hashlib
import logging
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import httpx

from clover_chat.storage.files import write_whole

WEB_DIR = Path(__file__).parent / "web"
MODULE_DIR = WEB_DIR / "viewer"
OPENSEADRAGON = "openseadragon.min.js"
OPENSEADRAGON_PATH = WEB_DIR / "vendor" / "openseadragon" / OPENSEADRAGON
OPENSEADRAGON_VERSION = "6.1.1"
WAIT_S = 10.0
INTEGRITY = "sha384-KKly+4vqqBHitr2XfNKWa3+0asIVpzYs2HijkM/zz0X6rgnyLuQEVERX9HqkM5/P"
NETWORK = "https://cdn.jsdelivr.net"
NETWORK_ADDRESS = (
    f"{NETWORK}/npm/openseadragon@{OPENSEADRAGON_VERSION}/build/openseadragon/{OPENSEADRAGON}"
)

_log = logging.getLogger(__name__)


class Scripts:
    """The scripts by name, read once.

    Args:
        openseadragon_paths: Where OpenSeadragon may lie.

    Attributes:
        version: Changes with their content.
        hosts: Other hosts that the page has to be allowed to load scripts from.
    """

    def __init__(self, *openseadragon_paths: Path) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(MODULE_DIR.glob("*.js"))}
        if (library := _openseadragon(openseadragon_paths or (OPENSEADRAGON_PATH,))) is not None:
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


def fetched(cache_dir: Path) -> Path:
    """Return where OpenSeadragon lies in the cache, fetched if need be and possible.

    Without a network the file is not there afterwards, and nothing else happens.
    """
    path = cache_dir / f"openseadragon-{OPENSEADRAGON_VERSION}" / OPENSEADRAGON
    if path.is_file():
        return path
    try:
        answer = httpx.get(NETWORK_ADDRESS, timeout=WAIT_S).raise_for_status()
        if integrity_of(answer.content) == INTEGRITY:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, answer.content)
    except (httpx.HTTPError, OSError) as error:
        _log.info("OpenSeadragon could not be fetched: %s.", type(error).__name__)
    return path


def _openseadragon(paths: Sequence[Path]) -> bytes | None:
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if integrity_of(data) == INTEGRITY:
            return data
        _log.warning("OpenSeadragon at %s is not version %s.", path, OPENSEADRAGON_VERSION)
    _log.info("OpenSeadragon is not installed here; browsers load it from %s.", NETWORK)
    return None
