"""JSON that a page of ours posted: where it comes from, and what it says."""

import json
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request


def is_from_this_page(request: Request) -> bool:
    """Say whether a request comes from a page of this server.

    A script of another site cannot send JSON here without the browser asking first, which is never
    allowed.
    """
    is_json = request.headers.get("content-type", "").partition(";")[0] == "application/json"
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("x-forwarded-host", request.headers.get("host"))
    return is_json and site == "same-origin" and (origin is None or urlsplit(origin).netloc == host)


async def posted(request: Request, largest: int) -> dict[str, Any] | None:
    """Return the object that was posted, None where it is none or has more bytes than that."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            return None
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
