"""Tickets: short texts in cookies that say who somebody is, and that only this server can write.

A ticket is the subject in URL-safe base64, the second at which it expires, and a signature. The
signature covers a *mark* as well, which the server knows and the ticket does not tell: when that
changes, a new password for instance, earlier tickets are worth nothing.
"""

import binascii
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

_PURPOSE = b"clover ticket"


class Tickets:
    """Issues and checks tickets.

    Args:
        key: Secret of this server.
        clock: Seconds since the epoch.
    """

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def issue(self, subject: str, mark: str, lifetime_s: int) -> str:
        """Return a ticket."""
        expiry = int(self._clock()) + lifetime_s
        name = urlsafe_b64encode(subject.encode()).rstrip(b"=").decode()
        return f"{name}.{expiry}.{self._signature(subject, mark, expiry)}"

    def subject(self, ticket: str) -> str:
        """Return whom a ticket names, which says nothing yet; "" where it is none."""
        name = ticket.partition(".")[0]
        try:
            return urlsafe_b64decode(name.encode() + b"=" * (-len(name) % 4)).decode()
        except (ValueError, binascii.Error):
            return ""

    def is_good(self, ticket: str, mark: str) -> bool:
        """Say whether this server issued the ticket, with that mark, and it has not expired."""
        _, _, rest = ticket.partition(".")
        expiry, _, signature = rest.partition(".")
        if not (expiry.isascii() and expiry.isdecimal()) or len(expiry) > 12:
            return False
        expected = self._signature(self.subject(ticket), mark, int(expiry))
        is_ours = hmac.compare_digest(expected.encode(), signature.encode())
        return is_ours and int(expiry) > self._clock()

    def _signature(self, subject: str, mark: str, expiry: int) -> str:
        parts = (_PURPOSE, subject.encode(), mark.encode(), str(expiry).encode())
        return hmac.new(self._key, b"\0".join(parts), sha256).hexdigest()
