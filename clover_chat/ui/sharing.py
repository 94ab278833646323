"""A temporary public link through Gradio's tunnel, asked for while the page is already served.

Gradio's own `launch(share=True)` answers nobody until it has the link or has given up, and then has
every browser load the page's scripts from another host, which the page's policy forbids. So the
page is launched as a local one, and only the tunnel is Gradio's.
"""

import logging
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from urllib.parse import urlsplit

import gradio as gr
import httpx
from gradio import networking
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.errors import SharingError

WAIT_S = 5.0
"""How long the sharing service may take to answer at all; Gradio itself would wait for 30 s."""

_log = logging.getLogger(__name__)


def routes() -> list[BaseRoute]:
    """Return what keeps search engines away, whoever passes the link on."""
    return [Route("/robots.txt", _no_robots)]


def check_reachable() -> None:
    """Make sure that there is a sharing service to ask.

    Raises:
        SharingError: It cannot be reached.
    """
    if networking.GRADIO_SHARE_SERVER_ADDRESS is not None:  # somebody's own service
        return
    try:
        httpx.get(networking.GRADIO_API_SERVER, timeout=WAIT_S)
    except httpx.HTTPError as error:
        raise SharingError(
            "No public link could be made, because the internet cannot be reached; "
            "going on locally."
        ) from error


def public_link(page: gr.Blocks) -> str:
    """Return an address at which the whole internet reaches a page that is being served.

    Raises:
        SharingError: The tunnel cannot be made.
    """
    said = StringIO()  # Gradio prints what we say in our own words
    try:
        with redirect_stdout(said), redirect_stderr(said):
            address = networking.setup_tunnel(
                local_host=page.server_name,
                local_port=page.server_port,
                share_token=page.share_token,
                share_server_address=None,
                share_server_tls_certificate=None,
            )
    except Exception as error:
        _log.debug("The tunnel failed: %s", said.getvalue(), exc_info=True)
        raise SharingError(
            "No public link could be made, because the sharing service refused or its tunnel "
            "could not be started; going on locally."
        ) from error
    return urlsplit(address)._replace(scheme="https").geturl()


def sentences(link: str, *, is_named: bool, has_slides: bool) -> tuple[str, ...]:
    """Return what whoever shares a page should know.

    Args:
        link: Where the whole internet reaches it, with the key if one is needed.
        is_named: People sign in by name.
        has_slides: The operator offers slides.
    """
    who = "Whoever is in the sign-in file" if is_named else "Whoever has this link"
    seen = "your slides and the reference shelf" if has_slides else "the reference shelf"
    return (
        f"{who} can use it, for up to a week: {link}",
        f"They ask this model in conversations of their own and see {seen}; nobody sees your "
        "conversations, pictures and judgments. What they send passes through the sharing service.",
    )


async def _no_robots(_request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
