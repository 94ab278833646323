"""A page that is ready: served here, perhaps by a public link as well, and closed again."""

import errno
import io
import socket
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import gradio as gr
from starlette.routing import BaseRoute

from clover_chat import front
from clover_chat.config import Settings
from clover_chat.errors import ConfigError, SharingError
from clover_chat.processor import settle
from clover_chat.services.chat import ChatService
from clover_chat.services.retention import Retention
from clover_chat.services.viewing import ViewingService
from clover_chat.ui import look, page, sharing
from clover_chat.ui.belongings import Files
from clover_chat.ui.entrance import Entrance
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.people import People
from clover_chat.ui.scripts import Scripts
from clover_chat.ui.texts import catalogue

_MIB = 1024 * 1024


@dataclass(frozen=True)
class App:
    """A page that is ready to be served."""

    settings: Settings
    chat: ChatService
    viewing: ViewingService
    people: People
    entrance: Entrance
    files: Files
    retention: Retention
    handlers: Handlers
    routes: tuple[BaseRoute, ...]
    scripts: Scripts
    page: gr.Blocks

    @property
    def url(self) -> str:
        """Where the page can be opened on this machine."""
        return str(self.page.local_url)

    def launch(self) -> None:
        """Serve the page in the background.

        Raises:
            ConfigError: The address or port cannot be used, or the sign-in file cannot.
        """
        options = self._options()
        _check_address(self.settings)
        said = io.StringIO()  # Gradio prints what we say in our own words
        try:
            with redirect_stdout(said):
                self.page.launch(**options)
        except OSError as error:
            raise ConfigError(f"The page cannot be served: {error}.") from error
        self.handlers.slides.scan()
        self.retention.start()
        settle()

    @property
    def home_url(self) -> str:
        """Where the person at this machine opens the page, also while others come by a link."""
        return f"{self.url}sign-in?key={self.entrance.home_key}"

    def share(self) -> tuple[str, ...]:
        """Ask for a public link, and return in sentences what came of it.

        The page is served meanwhile. From before the link is there, nobody is let in without a
        sign-in any more, unless the settings let everybody in.
        """
        entrance = self.entrance
        try:
            sharing.check_reachable()
            if not entrance.is_named:
                entrance.share(is_public=self.settings.public)
            link = sharing.public_link(self.page)
        except SharingError as error:
            entrance.stop_sharing()
            return (str(error),)
        key = "" if entrance.guest_key is None else f"/sign-in?key={entrance.guest_key}"
        has_slides = self.settings.slide_dir is not None
        return sharing.sentences(link + key, is_named=entrance.is_named, has_slides=has_slides)

    def close(self) -> None:
        """Stop serving."""
        self.retention.stop()
        self.page.close(verbose=False)

    def _options(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "server_name": settings.host,
            "server_port": settings.port,
            "root_path": settings.root_path or None,
            "share": False,  # see `share`
            "auth_dependency": front.name_of if self.entrance.is_named else None,
            "max_threads": 2 * page.AT_ONCE,
            "prevent_thread_lock": True,
            "quiet": True,
            "footer_links": [],
            "run_history": False,
            "enable_monitoring": False,
            "mcp_server": False,
            "pwa": False,
            "ssr_mode": False,
            "inbrowser": False,
            "max_file_size": max(settings.max_upload_mb, settings.max_slide_mb) * _MIB,
            "allowed_paths": [str(settings.image_dir)],
            "favicon_path": look.LOGO_PATH,
            "theme": look.theme(),
            "i18n": catalogue.for_components(),
            "css_paths": look.STYLE_PATHS,
            "head_paths": look.HEAD_PATH,
            "app_kwargs": {
                "routes": list(self.routes),
                "middleware": front.middleware(
                    self.settings, self.scripts, self.entrance, self.people, self.files, self.routes
                ),
            },
        }


def _check_address(settings: Settings) -> None:
    """Bind the address once and let it go; Gradio's own attempt says less when it fails."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(_address_problem(settings, error)) from error


def _address_problem(settings: Settings, error: OSError) -> str:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"The port of {where} is taken; choose another one with --port."
    return f"The address {where} cannot be used: {error.strerror}."
