"""What stands before the page, as the settings want it: who is let in, and what guards it.

Belongs to `bootstrap`, which alone calls it.
"""

import logging
from collections.abc import Sequence

from sqlalchemy.orm import Session, sessionmaker
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute

from clover_chat.config import Settings
from clover_chat.errors import ConfigError
from clover_chat.failures import RecentFailures
from clover_chat.services.operation import OperationService
from clover_chat.storage.database import parse_url, sqlite_path
from clover_chat.storage.sign_in_file import SignInFile
from clover_chat.types import ModelHost
from clover_chat.ui.belongings import Files
from clover_chat.ui.entrance import LOOPBACK, NAME, Doorkeeper, Entrance
from clover_chat.ui.guard import Guard
from clover_chat.ui.headers import PrivateHeaders
from clover_chat.ui.people import People, VisitorCookie
from clover_chat.ui.proxy import TrustedProxy
from clover_chat.ui.scripts import OPENSEADRAGON_PATH, Scripts, fetched
from clover_chat.ui.tickets import Tickets


def entrance(settings: Settings, key: bytes) -> Entrance:
    """Return who is let in.

    Raises:
        ConfigError: The sign-in file or the addresses of proxies cannot be used.
    """
    people = SignInFile(settings.auth) if settings.auth else None
    header, addresses = settings.proxy_user_header, settings.proxy_addresses
    proxy = TrustedProxy(header, addresses) if header else None
    if proxy is not None and settings.share:
        raise ConfigError("A public link goes round the proxy; leave out --share or the proxy.")
    return Entrance(Tickets(key), people, proxy, is_home_open=settings.host in LOOPBACK)


def name_of(request: Request) -> str | None:
    """Tell Gradio who signed in."""
    name: str | None = request.scope.get(NAME)
    return name


def middleware(
    settings: Settings,
    served: Scripts,
    door: Entrance,
    people: People,
    files: Files,
    routes: Sequence[BaseRoute],
) -> list[Middleware]:
    """Return what every request passes before Gradio sees it, the outermost first."""
    is_embedded = settings.embedded
    return [
        Middleware(PrivateHeaders, script_hosts=served.hosts, is_embedded=is_embedded),
        Middleware(Doorkeeper, entrance=door),
        Middleware(VisitorCookie, signer=people.signer, is_embedded=is_embedded),
        Middleware(Guard, people=people, files=files, ours=routes),
    ]


def scripts(settings: Settings) -> Scripts:
    """Return the viewer's scripts; on a Space, where nobody runs make, they are fetched once."""
    if settings.embedded and not OPENSEADRAGON_PATH.is_file():
        return Scripts(fetched(settings.cache_dir))
    return Scripts()


def operation(
    settings: Settings, sessions: sessionmaker[Session], host: ModelHost
) -> OperationService:
    """Return what an operator sees; from now on errors are counted."""
    failures = RecentFailures()
    logger = logging.getLogger("clover_chat")
    for earlier in [each for each in logger.handlers if isinstance(each, RecentFailures)]:
        logger.removeHandler(earlier)
    logger.addHandler(failures)
    file = sqlite_path(parse_url(settings.database))
    places = {
        **({"Database": file} if file else {}),
        "Pictures": settings.image_dir,
        "Slides": settings.slide_data_dir,
        "Bridges": settings.bridge_data_dir,
        "Cache": settings.cache_dir,
    }
    return OperationService(sessions, host, settings.data_dir, places, failures)
