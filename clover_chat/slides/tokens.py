"""Signed, expiring permissions to see the tiles of one slide in one viewer session.

A token is base64url of

    expiry (8 bytes) | hash of viewer (16) | hash of slide id (16) | HMAC-SHA256 of these (32)

so a refusal can be told apart in the log (missing, tampered, foreign, expired) while the browser
only ever sees that it was refused. Tokens of one session and slide stay the same for a while, so
that browsers can keep tiles by their address.
"""

import base64
import binascii
import hashlib
import hmac
import math
import time
from collections.abc import Callable

from clover_chat.errors import ConfigError, SlideError

_EXPIRY_BYTES = 8
_HASH_BYTES = 16
_PAYLOAD_BYTES = _EXPIRY_BYTES + 2 * _HASH_BYTES
_SHORTEST_SECRET = 32


class TokenRefused(SlideError):
    """The tiles of this slide may not be seen with what was presented."""


class TokenMissing(TokenRefused):
    """No token was presented."""


class TokenTampered(TokenRefused):
    """The token was not made here, or was changed."""


class TokenForeign(TokenRefused):
    """The token belongs to another session or another slide."""


class TokenExpired(TokenRefused):
    """The token was good once."""


class TileTokens:
    """Issues and checks tokens.

    Args:
        secret: At least 32 random bytes that never leave the server.
        lifetime_s: How long a token is good at least; at most twice that.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, secret: bytes, lifetime_s: int = 3600, clock: Callable[[], float] = time.time
    ) -> None:
        if len(secret) < _SHORTEST_SECRET:
            raise ConfigError(
                f"The tile secret has {len(secret)} bytes; it needs {_SHORTEST_SECRET} or more."
            )
        self._secret = secret
        self._lifetime_s = lifetime_s
        self._clock = clock

    def issue(self, viewer: str, slide_id: str) -> str:
        """Return a token that lets one viewer session see one slide."""
        period = math.floor(self._clock() / self._lifetime_s)
        expiry = (period + 2) * self._lifetime_s
        payload = expiry.to_bytes(_EXPIRY_BYTES, "big") + _binding(viewer, slide_id)
        return base64.urlsafe_b64encode(payload + self._signature(payload)).rstrip(b"=").decode()

    def check(self, token: str | None, viewer: str, slide_id: str) -> None:
        """Return if the token allows this viewer to see this slide.

        Raises:
            TokenRefused: It does not; the subclass says why.
        """
        if not token:
            raise TokenMissing("This address needs a token; open the slide in the viewer.")
        payload = self._verified(token)
        if not hmac.compare_digest(payload[_EXPIRY_BYTES:], _binding(viewer, slide_id)):
            raise TokenForeign("This address belongs to another session; open the slide again.")
        if int.from_bytes(payload[:_EXPIRY_BYTES], "big") <= self._clock():
            raise TokenExpired("This address has expired; open the slide again.")

    def _verified(self, token: str) -> bytes:
        try:
            raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise TokenTampered("This address is damaged; open the slide again.") from error
        payload, signature = raw[:_PAYLOAD_BYTES], raw[_PAYLOAD_BYTES:]
        if len(payload) < _PAYLOAD_BYTES or not hmac.compare_digest(
            signature, self._signature(payload)
        ):
            raise TokenTampered("This address is damaged; open the slide again.")
        return payload

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")


def _binding(viewer: str, slide_id: str) -> bytes:
    parts = (hashlib.sha256(part.encode()).digest()[:_HASH_BYTES] for part in (viewer, slide_id))
    return b"".join(parts)
