"""How any OpenAI-compatible chat endpoint is addressed, whoever asks it and for what."""

from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Tell whether a text is an http or https address with a host, and without a password in it."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and has_host and parts.username is None


def without_login(url: str) -> str:
    """Return an address without name and password, so that it can be shown."""
    return url.rpartition("@")[2]


def completions_url(base: str) -> str:
    """Return where completions are asked for, below a base address such as "https://host/v1"."""
    return f"{base.rstrip('/')}/chat/completions"


def completions_headers(key: str, accept: str = "application/json") -> dict[str, str]:
    """Return the headers of a call; without a key nothing stands for one."""
    headers = {"Content-Type": "application/json", "Accept": accept}
    return headers | ({"Authorization": f"Bearer {key}"} if key else {})
