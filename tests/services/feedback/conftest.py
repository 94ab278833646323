from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.storage.images import ImageStore
from tests.services.feedback.judged import Lab


@pytest.fixture
def lab(sessions: sessionmaker[Session], images: ImageStore, tmp_path: Path) -> Lab:
    """Return an empty laboratory in which ada consents."""
    lab = Lab(sessions, images, tmp_path / "exports")
    lab.consent()
    return lab
