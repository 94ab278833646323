"""One call to an OpenAI-compatible chat endpoint, and what may go wrong with it."""

import email.utils
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clover_chat.completions import (
    completions_headers,
    completions_url,
    is_web_address,
    without_login,
)
from clover_chat.errors import TrainingError
from training.instructions.generation.budget import Tokens
from training.instructions.generation.prompt import Message

URL, MODEL, KEY = "CLOVER_GENERATION_URL", "CLOVER_GENERATION_MODEL", "CLOVER_GENERATION_KEY"
_PASSING = frozenset({408, 409, 425, 429})
"""Refusals, besides those of 500 and above, after which the same call may succeed."""


@dataclass(frozen=True)
class Completion:
    """What a language model wrote, and what it took, where the endpoint says so."""

    text: str
    tokens: Tokens | None


class EndpointRefused(TrainingError):
    """The endpoint will not answer such calls at all: a wrong key, model or address."""


class PassingFault(Exception):
    """A call brought no answer; the next may.

    Attributes:
        wait_s: How long the endpoint asks to wait, or None.
        may_be_charged: Whether the model may have written an answer that got lost.
    """

    def __init__(self, reason: str, wait_s: float | None = None, *, may_be_charged: bool) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
        self.may_be_charged = may_be_charged


@dataclass(frozen=True)
class Endpoint:
    """Where the language model is asked, and how.

    Attributes:
        url: Base address, such as "https://host/v1".
        model: Name of the model there.
        key: Sent as a bearer token; "" sends none.
        temperature: 1 as in CLOVER, so that questions differ.
        max_tokens: Longest answer.
        timeout_s: Patience with one call, between two pieces of its answer.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    temperature: float = 1.0
    max_tokens: int = 900
    timeout_s: float = 120.0

    def __post_init__(self) -> None:
        if not is_web_address(self.url):
            raise TrainingError(
                f"{URL} should begin with http:// or https:// and name a host, "
                f"got {without_login(self.url)!r}."
            )
        if not self.model:
            raise TrainingError(f"{MODEL} is empty; name the model that the endpoint offers.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Endpoint":
        """Return the endpoint that the environment names.

        Raises:
            TrainingError: Address or model is not named.
        """
        if missing := [name for name in (URL, MODEL) if not environ.get(name)]:
            raise TrainingError(
                f"Set {' and '.join(missing)} to the endpoint's base address and model; "
                f"{KEY} holds its key, where one is needed."
            )
        return cls(environ[URL], environ[MODEL], environ.get(KEY, ""))

    def complete(self, messages: Sequence[Message]) -> Completion:
        """Ask once.

        Raises:
            EndpointRefused: Asking again would bring the same refusal.
            PassingFault: Asking again may bring an answer.
        """
        try:
            # The address was checked above to be http or https.
            with urllib.request.urlopen(  # noqa: S310
                self._request(messages), timeout=self.timeout_s
            ) as response:
                return _completion(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise _judged(error) from error
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            # What fails before the call was sent whole comes as URLError.
            was_sent = not isinstance(error, urllib.error.URLError)
            raise PassingFault(f"no answer: {error}", may_be_charged=was_sent) from error

    def _request(self, messages: Sequence[Message]) -> urllib.request.Request:
        body = {
            "model": self.model,
            "messages": list(messages),
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }
        return urllib.request.Request(  # noqa: S310 - http or https, checked on construction
            completions_url(self.url), json.dumps(body).encode(), completions_headers(self.key)
        )


def _completion(body: bytes) -> Completion:
    try:
        reply = json.loads(body)
        text = reply["choices"][0]["message"]["content"]
        if not isinstance(text, str):
            raise TypeError(f"the content is {text!r}")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise PassingFault(f"the answer has no text: {error!r}", may_be_charged=True) from error
    return Completion(text, _usage(reply))


def _usage(reply: dict[str, Any]) -> Tokens | None:
    usage = reply.get("usage") or {}
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return Tokens(read, written) if isinstance(read, int) and isinstance(written, int) else None


def _judged(error: urllib.error.HTTPError) -> Exception:
    try:
        said = error.read(300).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        said = ""
    reason = f"status {error.code}: {said or error.reason}"
    if error.code in _PASSING or error.code >= 500:
        wait_s = seconds_to_wait(error.headers.get("Retry-After"), time.time())
        return PassingFault(reason, wait_s, may_be_charged=False)
    return EndpointRefused(
        f"The endpoint refuses the call with {reason} Check {URL}, {MODEL} and {KEY}."
    )


def seconds_to_wait(header: str | None, now: float) -> float | None:
    """Return what a Retry-After header asks for: seconds, or a date by which to come back."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - now)
    except ValueError:
        return None
