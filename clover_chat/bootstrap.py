"""Settings in, a running page out: the only module that knows everybody."""

import logging
import os
import secrets
import shutil
import sys
from functools import cache, partial
from pathlib import Path

import gradio as gr
from sqlalchemy.orm import Session, sessionmaker

from clover_chat import front
from clover_chat.config import Settings
from clover_chat.errors import ConfigError
from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.guiding import guide
from clover_chat.knowledge.kinds.classifier import KindClassifier
from clover_chat.knowledge.search import Shelf
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
from clover_chat.serving import App
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
from clover_chat.ui import page, sharing
from clover_chat.ui.account import Account
from clover_chat.ui.arranging import ArrangingHandlers
from clover_chat.ui.belongings import Files
from clover_chat.ui.comparing import ComparingHandlers
from clover_chat.ui.entrance import LOOPBACK
from clover_chat.ui.evidence import EvidenceRoutes
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.health import HealthRoutes
from clover_chat.ui.judging import JudgingHandlers
from clover_chat.ui.operating import OperatorRoutes
from clover_chat.ui.people import People, Signer
from clover_chat.ui.routes import SlideRoutes
from clover_chat.ui.shelf import ShelfRoutes
from clover_chat.ui.signing_in import SigningIn
from clover_chat.ui.transcripts import TranscriptRoutes

log = logging.getLogger(__name__)
_MIB = 1024 * 1024


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
