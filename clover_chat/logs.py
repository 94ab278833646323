"""Where log lines go; what a person asked or uploaded is never among them."""

import logging

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
CHATTY = ("httpx", "httpcore", "urllib3", "PIL", "matplotlib", "asyncio", "multipart")


def configure(level: str) -> None:
    """Send our log lines to the terminal, and keep other libraries' small talk out of it."""
    logging.basicConfig(level=logging.WARNING, format=FORMAT, force=True)
    logging.getLogger("clover_chat").setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
