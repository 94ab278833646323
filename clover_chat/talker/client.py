"""Asks an OpenAI-compatible endpoint, and believes nothing it says about itself.

However it fails, that is one of five errors. How much it may send and how long it may take is
bounded here, whatever its headers promise. Its own words never get into a message or the log.
"""

import json
import logging
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from clover_chat.completions import completions_headers, completions_url
from clover_chat.errors import (
    TalkerBroke,
    TalkerRefused,
    TalkerTooLong,
    TalkerTooSlow,
    TalkerUnreachable,
)
from clover_chat.talker.request import Endpoint, TalkRequest, what_leaves

logger = logging.getLogger(__name__)
_DONE = "[DONE]"
_LONGEST_LINE = 1 << 16
_WHOLE = frozenset({None, "stop"})


@dataclass(frozen=True)
class Bounds:
    """How far an endpoint is trusted.

    Attributes:
        connect_s: Patience until it is reached.
        silence_s: Patience between two pieces of its answer.
        whole_s: Patience with the whole answer.
        characters: Longest answer.
        bytes: Most it may send, whatever it is.
    """

    connect_s: float = 5.0
    silence_s: float = 30.0
    whole_s: float = 120.0
    characters: int = 8_000
    bytes: int = 1 << 20


class HttpTalker:
    """Lets the model behind an endpoint write.

    It goes straight to the address, past proxies of the environment, and follows no redirection,
    so that nothing is told to anybody whom the operator did not name.

    Args:
        endpoint: Whom to ask.
        bounds: How far to trust it.
    """

    def __init__(self, endpoint: Endpoint, bounds: Bounds | None = None) -> None:
        self._endpoint = endpoint
        self._bounds = bounds or Bounds()

    def talk(self, request: TalkRequest) -> Generator[str, None, None]:
        """Yield the answer in small pieces; closing the generator hangs up.

        Raises:
            TalkerUnreachable: Nobody answers at the address.
            TalkerRefused: The endpoint does not answer such calls: a wrong key, model or address.
            TalkerTooSlow: The answer takes too long.
            TalkerTooLong: The answer does not end.
            TalkerBroke: The answer broke off, or is none.
        """
        body = what_leaves(request, self._endpoint).encode()
        characters = 0
        with self._translated(), self._response(body) as response:
            for piece in self._pieces(response):
                characters += len(piece)
                if characters > self._bounds.characters:
                    raise TalkerTooLong(
                        f"The larger model wrote more than {self._bounds.characters:,} characters."
                    )
                yield piece
        if not characters:
            raise TalkerBroke("The larger model gave an empty answer.")

    @contextmanager
    def _response(self, body: bytes) -> Iterator[httpx.Response]:
        headers = completions_headers(self._endpoint.key, "text/event-stream")
        bounds = self._bounds
        patience = httpx.Timeout(bounds.silence_s, connect=bounds.connect_s)
        with (
            httpx.Client(timeout=patience, trust_env=False) as client,
            client.stream(
                "POST",
                completions_url(self._endpoint.url),
                content=body,
                headers=headers | {"Accept-Encoding": "identity"},
            ) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise _refusal(response.status_code)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise TalkerBroke("The larger model's answer is packed, which was not asked for.")
            yield response

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what the connection may do to us into our own errors."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise TalkerUnreachable(
                f"Nobody answers at {self._endpoint.host}, where the larger model should be."
            ) from error
        except httpx.TimeoutException as error:
            raise TalkerTooSlow(
                f"The larger model was silent for {self._bounds.silence_s:g} seconds."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise TalkerBroke("The larger model's answer broke off.") from error

    def _pieces(self, response: httpx.Response) -> Iterator[str]:
        if response.headers.get("Content-Type", "").startswith("application/json"):
            yield _whole_answer(b"".join(self._bounded(response)))
            return
        ending: str | None = None
        for data in _events(self._bounded(response)):
            if data == _DONE:
                _check_ending(ending)
                return
            piece, ended = _delta(data)
            ending = ended or ending
            if piece:
                yield piece
        raise TalkerBroke("The larger model's answer stopped before its end.")

    def _bounded(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield what comes in, as long as it is not too much and does not take too long."""
        last_moment, total = time.monotonic() + self._bounds.whole_s, 0
        for chunk in response.iter_raw():
            total += len(chunk)
            if total > self._bounds.bytes:
                raise TalkerTooLong(
                    f"The larger model sent more than {self._bounds.bytes:,} bytes."
                )
            if time.monotonic() > last_moment:
                raise TalkerTooSlow(
                    f"The larger model was not done after {self._bounds.whole_s:g} seconds."
                )
            yield chunk


def _events(chunks: Iterator[bytes]) -> Iterator[str]:
    """Yield the data of server-sent events, which may be cut anywhere on their way."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise TalkerBroke("The larger model's answer has an unknown form.")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").decode("utf-8", "replace").strip()


def _delta(data: str) -> tuple[str, str | None]:
    """Return the piece of text in an event, and why the answer ended, if it did."""
    event = _object(data)
    choices = event.get("choices")
    if choices == []:  # what some send with the figures at the end
        return "", None
    try:
        choice = choices[0]  # type: ignore[index]
        return _text(choice["delta"].get("content")), choice.get("finish_reason")
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise TalkerBroke("The larger model's answer has an unknown form.") from error


def _whole_answer(body: bytes) -> str:
    """Return the text of an answer that came in one piece."""
    try:
        choice = _object(body.decode("utf-8", "replace"))["choices"][0]
        text, ending = _text(choice["message"]["content"]), choice.get("finish_reason")
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise TalkerBroke("The larger model's answer has an unknown form.") from error
    _check_ending(ending)
    return text


def _object(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TalkerBroke("The larger model's answer cannot be read.") from error
    if not isinstance(event, dict) or "error" in event:
        raise TalkerBroke("The larger model reported an error.")
    return event


def _text(content: object) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise TypeError("the content is no text")
    return content.encode("utf-8", "replace").decode("utf-8")


def _check_ending(ending: str | None) -> None:
    if ending == "length":
        raise TalkerTooLong("The larger model did not come to an end.")
    if ending not in _WHOLE:
        raise TalkerBroke("The larger model did not finish its answer.")


def _refusal(status: int) -> TalkerRefused:
    logger.warning("The larger talker refused a call with status %d.", status)
    return TalkerRefused(
        f"The larger model refused the call with status {status}. An operator should check "
        "CLOVER_TALKER_URL, CLOVER_TALKER_MODEL and CLOVER_TALKER_KEY."
    )
