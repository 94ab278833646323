"""Settings in, a running page out: the only module that knows everybody."""

import errno
import io
import logging
import os
import secrets
import shutil
import socket
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import gradio as gr
from sqlalchemy.orm import Session, sessionmaker
from starlette.routing import BaseRoute

from clover_chat import front
from clover_chat.config import Settings
from clover_chat.errors import ConfigError, SharingError
from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.guiding import guide
from clover_chat.knowledge.kinds.classifier import KindClassifier
from clover_chat.knowledge.search import Shelf
from clover_chat.processor import settle
from clover_chat.resources import resource_dir
from clover_chat.services.bridges import BridgeService
from clover_chat.services.chat import ChatService
from clover_chat.services.comparing import ComparingService
from clover_chat.services.deleting import DeletingService
from clover_chat.services.evidence import EvidenceService
from clover_chat.services.feedback import pins
from clover_chat.services.feedback.export import FeedbackExport
from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.manifest import Tally
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.records import Record
from clover_chat.services.feedback.selection import Filters
from clover_chat.services.judging import JudgingService
from clover_chat.services.listing import ListingService
from clover_chat.services.reference import Correction, ReferenceService
from clover_chat.services.regions import SlideRegions
from clover_chat.services.retention import Retention
from clover_chat.services.rights import PictureRights
from clover_chat.services.routing import Router
from clover_chat.services.searching import SearchService
from clover_chat.services.talking import Talking
from clover_chat.services.transcripts.service import TranscriptService
from clover_chat.services.viewing import ViewingService
from clover_chat.slides.formats import SINGLE_FILE
from clover_chat.slides.library import SlideLibrary
from clover_chat.slides.pool import SlidePool
from clover_chat.slides.reader import check_openslide
from clover_chat.slides.thumbnails import ThumbnailStore
from clover_chat.slides.tiles import TileReader
from clover_chat.slides.tokens import TileTokens
from clover_chat.storage import migrate
from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.files import own_key
from clover_chat.storage.images import ImageStore
from clover_chat.talker.client import HttpTalker
from clover_chat.talker.request import Endpoint
from clover_chat.types import ModelHost
from clover_chat.ui import look, page, sharing
from clover_chat.ui.account import Account
from clover_chat.ui.arranging import ArrangingHandlers
from clover_chat.ui.belongings import Files
from clover_chat.ui.comparing import ComparingHandlers
from clover_chat.ui.entrance import LOOPBACK, Entrance
from clover_chat.ui.evidence import EvidenceRoutes
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.health import HealthRoutes
from clover_chat.ui.judging import JudgingHandlers
from clover_chat.ui.operating import OperatorRoutes
from clover_chat.ui.people import People, Signer
from clover_chat.ui.routes import SlideRoutes
from clover_chat.ui.scripts import Scripts
from clover_chat.ui.shelf import ShelfRoutes
from clover_chat.ui.signing_in import SigningIn
from clover_chat.ui.texts import catalogue
from clover_chat.ui.transcripts import TranscriptRoutes

log = logging.getLogger(__name__)
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


def build(settings: Settings, host: ModelHost) -> App:
    """Put a page together; nothing is served yet.

    Args:
        settings: The deployment.
        host: Where answers come from.

    Raises:
        CloverError: The database or a directory cannot be used.
    """
    check_openslide()
    _prepare_directories(settings)
    migrate.upgrade(settings.database)
    sessions = sessions_on(connect(settings.database))
    images = ImageStore(settings.image_dir)
    viewing = _viewing(settings, sessions, images)
    entries = read_shelf()
    shelf = Shelf(entries)
    router = Router(KindClassifier(entries), shelf)
    chat = ChatService(
        sessions,
        images,
        host,
        regions=viewing.regions,
        router=router,
        talking=_talking(settings, shelf),
    )
    if closed := chat.close_interrupted():
        log.info("%d answers were cut off when the server last stopped.", closed)
    key = own_key(settings.data_dir / "visitors.key")
    people, entrance = People(Signer(key)), front.entrance(settings, key)
    arranging = _arranging(sessions, chat, people)
    handlers = Handlers(
        chat,
        viewing,
        host,
        people,
        arranging,
        settings.upload_dir,
        settings.max_upload_mb * _MIB,
    )
    scripts = front.scripts(settings)
    account = Account(people, settings.operator_names, settings.notice)
    retention = Retention(sessions, images, chat, viewing, settings.retention_days)
    operation = front.operation(settings, sessions, host)
    line = handlers.answers.line
    transcripts = TranscriptService(sessions, images, shelf, viewing.regions, viewing.can_see)
    evidence = EvidenceService(sessions, images, host, viewing.regions)
    routes = (
        *sharing.routes(),
        *HealthRoutes(operation, line, has_metrics=settings.metrics).routes(),
        *OperatorRoutes(operation, bridges(settings), retention, line, people, account).routes(),
        *SigningIn(entrance, is_embedded=settings.embedded).routes(),
        *SlideRoutes(viewing, people, scripts).routes(),
        *ShelfRoutes(ReferenceService(sessions, shelf), people).routes(),
        *TranscriptRoutes(transcripts, people).routes(),
        *EvidenceRoutes(evidence, people).routes(),
    )
    files = Files(images, PictureRights(sessions, viewing.regions), settings.upload_dir)
    judging = JudgingHandlers(JudgingService(sessions), chat, people)
    comparing = ComparingService(sessions, chat, host, bridges(settings))
    pairs = ComparingHandlers(comparing, chat, handlers, people)
    built = page.build(handlers, judging, account, pairs, scripts, sorted(SINGLE_FILE))
    return App(
        settings=settings,
        chat=chat,
        viewing=viewing,
        people=people,
        entrance=entrance,
        files=files,
        retention=retention,
        handlers=handlers,
        routes=routes,
        scripts=scripts,
        page=built,
    )


def _arranging(
    sessions: sessionmaker[Session], chat: ChatService, people: People
) -> ArrangingHandlers:
    """Return what arranges conversations; whatever was deleted before the start is removed."""
    deleting = DeletingService(sessions, chat.delete)
    deleting.remove_deleted(older_than_s=0)
    return ArrangingHandlers(ListingService(sessions), deleting, SearchService(sessions), people)


def shelf_corrections(settings: Settings) -> tuple[Correction, ...]:
    """Return what people would correct on the reference shelf, oldest first."""
    migrate.upgrade(settings.database)
    sessions = sessions_on(connect(settings.database))
    return ReferenceService(sessions, Shelf(read_shelf())).corrections()


def export_feedback(
    settings: Settings, form: Format, folder: Path, filters: Filters, val_share: float
) -> Tally:
    """Write what people think of answers into a folder.

    Raises:
        CloverError: The database, the folder or the share cannot be used.
    """
    migrate.upgrade(settings.database)
    sessions = sessions_on(connect(settings.database))
    images = ImageStore(settings.image_dir)

    @cache
    def regions() -> SlideRegions:
        viewing = _viewing(settings, sessions, images)
        viewing.refresh()
        return viewing.regions

    pseudonyms = Pseudonyms.from_file(settings.data_dir / "pseudonyms.key")
    export = FeedbackExport(sessions, images, regions, pseudonyms)
    return export.write(form, folder, filters, val_share)


def pinned_cases(settings: Settings) -> list[Record]:
    """Return the cases that later bridges have to get right.

    Raises:
        CloverError: The database cannot be used.
    """
    migrate.upgrade(settings.database)
    pseudonyms = Pseudonyms.from_file(settings.data_dir / "pseudonyms.key")
    return pins.pinned_cases(sessions_on(connect(settings.database)), pseudonyms)


def _talking(settings: Settings, shelf: Shelf) -> Talking | None:
    """Return what has a larger model write, where an operator names one.

    Raises:
        ConfigError: It is named incompletely.
    """
    if not settings.talker_url:
        return None
    endpoint = Endpoint(
        settings.talker_url,
        settings.talker_model,
        settings.talker_key.get_secret_value(),
        settings.talker_sees_images,
    )
    return Talking(HttpTalker(endpoint), endpoint, shelf)


def _viewing(
    settings: Settings, sessions: sessionmaker[Session], images: ImageStore
) -> ViewingService:
    """Put together what reads slides; permissions to see tiles end with the server."""
    folder = settings.slide_data_dir
    library = SlideLibrary(
        settings.slide_dir, folder, max_upload_bytes=settings.max_slide_mb * _MIB
    )
    pool = SlidePool(is_associated_allowed=settings.show_slide_labels)
    return ViewingService(
        sessions,
        images,
        library,
        pool,
        TileReader(pool),
        ThumbnailStore(folder / "thumbnails"),
        TileTokens(secrets.token_bytes(32)),
        show_slide_names=settings.show_slide_names,
        show_slide_labels=settings.show_slide_labels,
    )


def loading_host(settings: Settings) -> ModelHost:
    """Return the host of the real model; it begins to load at once, in the background."""
    from clover_chat.model.host import LoadingHost  # torch: imported while the page comes up

    choose = bridges(settings).chosen
    host = LoadingHost(settings.model, choose, settings.cache_dir, settings.weights_dir, guide)
    host.start()
    return host


def bridges(settings: Settings) -> BridgeService:
    """Return what an operator can do with the bridges of the preset in the settings."""
    return BridgeService(
        settings.bridge_data_dir,
        settings.model,
        shipped_bridge(settings.model),
        partial(_try_bridge, settings.model),
        settings.bridge,
    )


def _try_bridge(preset: str, folder: Path) -> None:
    from clover_chat.model import presets, trial  # torch: only where a bridge is put to work

    trial.try_bridge(folder, presets.preset(preset))


def shipped_bridge(preset: str) -> Path | None:
    """Return the folder of the bridge that comes with the program, or None if none does."""
    folder = resource_dir("assets") / "bridges" / preset
    return folder if folder.is_dir() else None


def serve(settings: Settings) -> None:
    """Serve the page until somebody presses Ctrl+C."""
    app = build(settings, loading_host(settings))
    app.launch()
    is_keyed = settings.share and not app.entrance.is_named
    _say(f"CLOVER Chat is ready at {app.home_url if is_keyed else app.url}")
    if not (settings.share or app.entrance.is_named or settings.host in LOOPBACK):
        _say("Nobody signs in: everybody who reaches this address is let in as a visitor.")
    if settings.share:
        _say("Asking for a public link; the page can be used meanwhile.")
        for sentence in app.share():
            _say(sentence)
    app.page.block_thread()


def _say(sentence: str) -> None:
    """Tell the person at the command line."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _prepare_directories(settings: Settings) -> None:
    """Make the directories, for our eyes only, and throw away uploads nobody asked about."""
    try:
        shutil.rmtree(settings.upload_dir, ignore_errors=True)
        for directory in (
            settings.data_dir,
            settings.image_dir,
            settings.upload_dir,
            settings.slide_data_dir,
        ):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The data directory {str(settings.data_dir)!r} cannot be used: {error.strerror}."
        ) from error
    os.environ["GRADIO_TEMP_DIR"] = str(settings.upload_dir)
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # addresses are those of connections, see `ui/proxy`
    gr.set_static_paths([settings.image_dir])  # served where they lie, not copied for each page


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
