"""The file of people who may sign in: one `name:password` a line, the password best as a hash.

Empty lines and lines that begin with # do not count. The file may be changed while the server runs:
it is read again when it has changed, and where it has become unreadable, what was read before goes
on to hold.
"""

import hmac
import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from clover_chat.errors import ConfigError
from clover_chat.storage.files import write_whole
from clover_chat.storage.passwords import fits, hashed, is_hashed, is_readable

LONGEST_NAME = 100
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024

_log = logging.getLogger(__name__)
_Stamp = tuple[int, int, int]


class SignInFile:
    """Who may sign in.

    Args:
        path: The file.

    Raises:
        ConfigError: The file cannot be read, has a line of another form, or names nobody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nobody = hashed("")  # checked in place of a name that is not there: takes as long
        self._reading = threading.Lock()
        self._stamp = _stamp(path)
        self._people = read_people(path)
        self._warn()

    def is_right(self, name: str, password: str) -> bool:
        """Say whether a name and a password belong together."""
        kept, given = self._current().get(name), password[: LONGEST_PASSWORD + 1]
        is_same = fits(kept or self._nobody, given)
        if kept is not None and not is_hashed(kept):
            fits(self._nobody, given)  # a name with a plain line takes as long as any other
        return is_same and kept is not None

    def mark(self, name: str) -> str | None:
        """Return what changes with a person's password, None where nobody has that name."""
        kept = self._current().get(name)
        return None if kept is None else hmac.digest(kept.encode(), b"mark", "sha256").hex()

    def _current(self) -> Mapping[str, str]:
        with self._reading:
            if (stamp := _stamp(self._path)) != self._stamp:
                self._stamp = stamp
                try:
                    self._people = read_people(self._path)
                except ConfigError as error:
                    _log.warning("%s Those who could sign in before still can.", error)
            return self._people

    def _warn(self) -> None:
        plain = sum(not is_hashed(kept) for kept in self._people.values())
        if plain:
            _log.warning(
                "%d passwords in the sign-in file are not hashed; `clover-chat people add NAME "
                "--file FILE` hashes one.",
                plain,
            )
        if self._stamp is not None and self._path.stat().st_mode & 0o077:
            _log.warning("The sign-in file can be read by others on this machine; chmod 600 it.")


def read_people(path: Path) -> dict[str, str]:
    """Return the kept passwords by name.

    Raises:
        ConfigError: As for `SignInFile`.
    """
    people: dict[str, str] = {}
    for number, line in enumerate(_lines(path), start=1):
        if (entry := _entry(line)) is None:
            continue
        name, kept = entry
        if not name or not kept:
            raise ConfigError(
                f"Line {number} of the sign-in file is not of the form name:password."
            )
        if is_hashed(kept) and not is_readable(kept):
            raise ConfigError(
                f"The hash in line {number} of the sign-in file is damaged; "
                "add the person again with `clover-chat people add`."
            )
        people[name] = kept
    if not people:
        raise ConfigError(f"The sign-in file {str(path)!r} names nobody.")
    return people


def add_person(path: Path, name: str, password: str) -> bool:
    """Let a person sign in, or give one another password; the other lines stay as they are.

    Returns:
        Whether the name was there before.

    Raises:
        ConfigError: Name or password cannot be used, or the file cannot be read or written.
    """
    _check(name, password)
    lines = _lines(path) if path.exists() else []
    kept = [line for line in lines if (entry := _entry(line)) is None or entry[0] != name]
    text = "\n".join([*kept, f"{name}:{hashed(password)}"]) + "\n"
    try:
        path.absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path.absolute(), text.encode())  # for our eyes only, as a temporary file is
    except OSError as error:
        raise ConfigError(
            f"The sign-in file {str(path)!r} cannot be written: {error.strerror}."
        ) from error
    return len(kept) < len(lines)


def _check(name: str, password: str) -> None:
    is_plain = name.isprintable() and name == name.strip() and ":" not in name
    if not name or not is_plain or name.startswith("#") or len(name) > LONGEST_NAME:
        raise ConfigError(
            f"A name has 1 to {LONGEST_NAME} characters, no colon, and no # at its beginning."
        )
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ConfigError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters.")


def _entry(line: str) -> tuple[str, str] | None:
    """Return the name and the kept password of a line, None for one that does not count."""
    if not line.strip() or line.lstrip().startswith("#"):
        return None
    name, _, kept = line.strip().partition(":")
    return name.strip(), kept


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The sign-in file {str(path)!r} cannot be read.") from error


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
