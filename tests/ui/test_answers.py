import threading
from collections.abc import Generator
from itertools import pairwise

from clover_chat.services.parts import CutBack, PartBegun
from clover_chat.services.views import Event, PartView, Started
from clover_chat.types import Author
from clover_chat.ui.answers import AT_A_TIME, Answer, Progress

SENTENCE = "Irregular glands lined by atypical cells replace the alveoli of this lung."


def written(gate: threading.Event, *events: Event) -> Answer:
    answer = Answer("ada", Started("c", 1, 2))

    def run() -> Generator[Event, None, None]:
        yield PartBegun(Author.BRIDGE)
        gate.wait(5)
        yield from events

    threading.Thread(target=answer.read, args=(run(),)).start()
    return answer


def texts(shown: list[Progress]) -> list[str]:
    return ["".join(part.text for part in each.parts) for each in shown]


def test_a_sentence_that_comes_at_once_grows_on_screen() -> None:
    gate = threading.Event()
    following = written(gate, SENTENCE, CutBack("It broke off.")).follow()
    shown = [next(following)]
    gate.set()
    shown += following
    grown = texts(shown)
    assert grown[-1] == SENTENCE
    assert len(set(grown)) >= len(SENTENCE) // AT_A_TIME
    assert all(later.startswith(earlier) for earlier, later in pairwise(grown))
    assert [each.is_done for each in shown] == [False] * (len(shown) - 1) + [True]
    assert shown[-1].parts[0].cut_reason == "It broke off."


def test_a_page_that_comes_late_sees_at_once_what_there_is() -> None:
    gate = threading.Event()
    answer = written(gate, SENTENCE)
    gate.set()
    list(answer.follow())
    assert texts(list(answer.follow())) == [SENTENCE]


def test_parts_are_told_one_after_the_other() -> None:
    progress = Progress(tuple(_part(text) for text in ("one.", "", "two.")))
    assert texts([progress.up_to(count) for count in (0, 2, 4, 6, 8)]) == [
        "",
        "on",
        "one.",
        "one.tw",
        "one.two.",
    ]
    assert progress.up_to(8) is progress


def _part(text: str) -> PartView:
    return PartView(Author.BRIDGE, text)
