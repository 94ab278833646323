"""A lab's people at work: they ask about pictures, judge the answers and consent, all for real.

The real services write a real database; only who is right is known beforehand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.config import Settings
from clover_chat.model.host import LoadingHost
from clover_chat.services.chat import ChatService
from clover_chat.services.judging import JudgingService, judgment_of
from clover_chat.services.views import Started
from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.storage.migrate import upgrade
from clover_chat.types import Sampling

QUESTION = "What is the diagnosis?"
OWNER = "local"


@dataclass(frozen=True)
class Case:
    """A picture with the answer that is right.

    Attributes:
        picture: RGB.
        right: The right answer to `QUESTION`.
        is_pinned: Whether later bridges have to get it right.
    """

    picture: Image.Image
    right: str
    is_pinned: bool = False


def judge_all(settings: Settings, host: LoadingHost, cases: Sequence[Case], folder: Path) -> int:
    """Ask about every case, judge the answer, and return how many were corrected.

    Args:
        settings: Where database and patches lie.
        host: Answers.
        cases: What is asked about.
        folder: For pictures on their way in; exists.
    """
    upgrade(settings.database)
    sessions: sessionmaker[Session] = sessions_on(connect(settings.database))
    chat = ChatService(sessions, ImageStore(settings.image_dir), host)
    judging = JudgingService(sessions)
    judging.consent(OWNER, is_given=True)
    corrected = 0
    for number, case in enumerate(cases):
        path = folder / f"{number}.png"
        case.picture.save(path)
        patch = chat.add_patch(path)
        started, *_ = chat.ask(OWNER, None, QUESTION, [patch.key], Sampling())
        assert isinstance(started, Started)
        at = OWNER, started.conversation_id, started.answer_id
        said = judging.answer(*at).words
        is_right = said == case.right
        corrected += not is_right
        judging.judge(
            *at,
            judgment_of(
                "up" if is_right else "down",
                [] if is_right else ["wrong diagnosis"],
                correction="" if is_right else case.right,
                is_reviewed=is_right,
                is_pinned=case.is_pinned,
            ),
        )
    return corrected
