from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.knowledge.search import Shelf
from clover_chat.services.transcripts.service import TranscriptService
from clover_chat.storage.images import ImageStore
from tests.services.asking import small_shelf
from tests.services.slides import Bench


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = small_shelf(tmp_path / "shelf")
    yield shelf
    shelf.close()


@pytest.fixture
def transcripts(
    sessions: sessionmaker[Session], images: ImageStore, shelf: Shelf, bench: Bench
) -> TranscriptService:
    viewing = bench.viewing
    return TranscriptService(sessions, images, shelf, viewing.regions, viewing.can_see)
