"""Passwords as they are kept: salted and hashed with scrypt, never in plain text.

A kept password is `scrypt$LOG2N$R$P$SALT$HASH`, salt and hash in URL-safe base64. The numbers say
how much work and memory one check takes, so that they can grow without invalidating older lines.
"""

import binascii
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

SCHEME = "scrypt$"
LOG2N, BLOCK_SIZE, PARALLEL = 15, 8, 1
"""32 MiB and about a tenth of a second for each check."""

_MOST_LOG2N, _MOST_BLOCK_SIZE, _MOST_PARALLEL = 18, 16, 4
_SALT_BYTES = 16
_HASH_BYTES = 32


class _Kept(NamedTuple):
    log2n: int
    block_size: int
    parallel: int
    salt: bytes
    digest: bytes


def hashed(password: str) -> str:
    """Return a password in the form in which it is kept; each time with another salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _digest(password, LOG2N, BLOCK_SIZE, PARALLEL, salt)
    return f"{SCHEME}{LOG2N}${BLOCK_SIZE}${PARALLEL}${_text(salt)}${_text(digest)}"


def is_hashed(kept: str) -> bool:
    """Say whether a kept password is a hash, rather than the password itself."""
    return kept.startswith(SCHEME)


def is_readable(kept: str) -> bool:
    """Say whether a hash is of the form above, with numbers this machine can bear."""
    return _parsed(kept) is not None


def fits(kept: str, password: str) -> bool:
    """Say whether a password is the kept one; how long that takes tells nothing about it."""
    if not is_hashed(kept):
        expected, given = (hashlib.sha256(each.encode()).digest() for each in (kept, password))
        return hmac.compare_digest(expected, given)
    if (parsed := _parsed(kept)) is None:
        return False
    given = _digest(password, parsed.log2n, parsed.block_size, parsed.parallel, parsed.salt)
    return hmac.compare_digest(parsed.digest, given)


def _digest(password: str, log2n: int, block_size: int, parallel: int, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode(),
        salt=salt,
        n=2**log2n,
        r=block_size,
        p=parallel,
        maxmem=256 * 2**log2n * block_size * parallel,
        dklen=_HASH_BYTES,
    )


def _parsed(kept: str) -> _Kept | None:
    try:
        log2n, block_size, parallel, salt, digest = kept.removeprefix(SCHEME).split("$")
        found = _Kept(
            int(log2n),
            int(block_size),
            int(parallel),
            urlsafe_b64decode(salt.encode()),
            urlsafe_b64decode(digest.encode()),
        )
    except (ValueError, binascii.Error):
        return None
    is_bearable = (
        1 <= found.log2n <= _MOST_LOG2N
        and 1 <= found.block_size <= _MOST_BLOCK_SIZE
        and 1 <= found.parallel <= _MOST_PARALLEL
    )
    return found if is_bearable and found.salt and len(found.digest) == _HASH_BYTES else None


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()
