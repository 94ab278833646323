"""Response headers that keep the page to itself: nothing it shows can call another host.

Only where OpenSeadragon is not installed may one script be loaded from one other host.
"""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:"
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        SCRIPTS,
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ]
)
HEADERS = {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}


def policy(script_hosts: Sequence[str] = (), *, is_embedded: bool = False) -> str:
    """Return the policy.

    Args:
        script_hosts: Other hosts that scripts may come from.
        is_embedded: Pages of other sites may show ours within them.
    """
    found = CONTENT_SECURITY_POLICY.replace(SCRIPTS, " ".join([SCRIPTS, *script_hosts]))
    return found if is_embedded else f"{found}; frame-ancestors 'self'"


class PrivateHeaders:
    """Adds the headers to every answer.

    Args:
        app: What answers.
        script_hosts: Other hosts that scripts may come from.
        is_embedded: Pages of other sites may show ours within them.
    """

    def __init__(
        self, app: ASGIApp, script_hosts: Sequence[str] = (), *, is_embedded: bool = False
    ) -> None:
        self._app = app
        allowed = policy(script_hosts, is_embedded=is_embedded)
        self._headers = {**HEADERS, "content-security-policy": allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
