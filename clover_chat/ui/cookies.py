"""Cookies as this server sets and reads them."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import Scope


def cookies_of(scope: Scope) -> Mapping[str, str]:
    """Return the cookies of a request by name; none where they cannot be read."""
    try:
        found = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in found.items()}


def set_cookie(
    scope: Scope, name: str, value: str, lifetime_s: int, *, is_embedded: bool = False
) -> str:
    """Return the header that sets a cookie no script can read.

    Args:
        scope: The request that is answered.
        name: Of the cookie.
        value: Of the cookie; "" with a lifetime of 0 deletes it.
        lifetime_s: How long the browser keeps it.
        is_embedded: The page stands within one of another site, as on a Space. The cookie then
            belongs to that pair of sites only.
    """
    is_encrypted = is_https(scope)
    site = "Lax"
    if is_embedded and is_encrypted:
        site = "None; Partitioned"
    secure = "; Secure" if is_encrypted else ""
    return f"{name}={value}; Path=/; Max-Age={lifetime_s}; HttpOnly; SameSite={site}{secure}"


def is_https(scope: Scope) -> bool:
    """Say whether the browser talks to us, or to the proxy before us, over TLS."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto", scope.get("scheme", "http"))
    return forwarded.split(",")[0].strip() == "https"
