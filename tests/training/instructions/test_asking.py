import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from clover_chat.errors import TrainingError
from tests.endpoint import (
    Reply,
    ScriptedServer,
    answering,
    cutting,
    garbling,
    hanging,
    refusing,
    serving,
)
from training.instructions.generation import asking
from training.instructions.generation.asking import Asker, Outcome, question_key
from training.instructions.generation.budget import Budget, Prices, Tokens, estimate, worst_case
from training.instructions.generation.endpoint import Endpoint, EndpointRefused
from training.instructions.generation.journal import Journal
from training.instructions.generation.prompt import messages
from training.instructions.generation.records import captions_of, generated_records
from training.instructions.records import Record

from .conftest import image, record

CAPTIONS = [f"A nodule of spindle cells, number {number}." for number in range(6)]
PLENTY = 10**9


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


class Run:
    """One run against a server, with what it waited for."""

    def __init__(self, server: ScriptedServer, folder: Path, max_tokens: int = PLENTY) -> None:
        self.journal = Journal(folder / "answers.jsonl")
        self.budget = Budget(max_tokens=max_tokens, spent=self.journal.spent)
        self.endpoint = Endpoint(server.url, "small", timeout_s=0.2)
        self.waited: list[float] = []
        self.asker = Asker(self.endpoint, self.journal, self.budget, sleep=self.waited.append)

    def ask(self, captions: list[str] = CAPTIONS, workers: int = 1) -> Outcome:
        return self.asker.ask_all(captions, workers)


def test_every_caption_is_asked_about_once(tmp_path: Path) -> None:
    with serving(answering()) as server:
        outcome = Run(server, tmp_path).ask([*CAPTIONS, CAPTIONS[0]], workers=4)
        again = Run(server, tmp_path).ask(workers=4)
    assert (outcome.answered, outcome.at_hand, outcome.lost, outcome.left) == (6, 0, 0, 0)
    assert (again.answered, again.at_hand) == (0, 6)
    assert len(server.asked) == 6
    assert again.spent == Tokens(6 * 500, 6 * 100)
    assert "6 were at hand" in again.sentence


def test_another_prompt_or_model_is_another_question() -> None:
    small, large = Endpoint("http://a", "small"), Endpoint("http://a", "large")
    assert question_key("x", small) == question_key(" x ", Endpoint("http://b", "small"))
    assert question_key("x", small) != question_key("x", large)
    assert question_key("x", small) != question_key("y", small)


def test_a_busy_endpoint_is_given_the_time_it_asks_for(tmp_path: Path) -> None:
    with serving(refusing(429, Retry_After="9"), answering()) as server:
        run = Run(server, tmp_path)
        assert run.ask(CAPTIONS[:1]).answered == 1
    assert len(server.asked) == 2
    [waited] = run.waited
    assert 8 < waited <= 9


@pytest.mark.parametrize(
    ("fault", "is_charged"),
    [(refusing(500), False), (garbling, True), (cutting, True), (hanging, True)],
)
def test_a_fault_is_waited_out_ever_longer(tmp_path: Path, fault: Reply, is_charged: bool) -> None:
    with serving(fault, fault, answering()) as server:
        run = Run(server, tmp_path)
        assert run.ask(CAPTIONS[:1]).answered == 1
    assert len(server.asked) == 3
    first, second = run.waited
    assert 0.5 <= first <= 1.5
    assert 1 <= second <= 3
    lost = worst_case(messages(CAPTIONS[0]), run.endpoint.max_tokens) if is_charged else Tokens()
    assert run.budget.spent == Tokens(500, 100) + lost + lost
    assert Journal(tmp_path / "answers.jsonl").spent == run.budget.spent


def test_a_caption_without_an_answer_is_left_for_the_next_run(tmp_path: Path) -> None:
    faults = [refusing(503)] * asking.ATTEMPTS
    with serving(*faults, answering()) as server:
        outcome = Run(server, tmp_path).ask()
        again = Run(server, tmp_path).ask()
    assert (outcome.answered, outcome.lost) == (5, 1)
    assert "run again" in outcome.sentence
    assert (again.answered, again.at_hand) == (1, 5)


def test_a_dead_endpoint_ends_the_run(tmp_path: Path) -> None:
    with (
        serving(refusing(503)) as server,
        pytest.raises(TrainingError, match="5 captions in a row"),
    ):
        Run(server, tmp_path).ask()


def test_a_wrong_key_ends_the_run_at_once(tmp_path: Path) -> None:
    with serving(refusing(401)) as server:
        with pytest.raises(EndpointRefused):
            Run(server, tmp_path).ask()
        assert len(server.asked) == 1


def test_an_interrupted_run_keeps_what_it_has_and_goes_on(tmp_path: Path) -> None:
    def interrupted(done: Iterable[Future[str]]) -> Iterator[Future[str]]:
        for number, future in enumerate(done, start=1):
            yield future
            if number == 3:
                raise KeyboardInterrupt

    with serving(answering()) as server:
        run = Run(server, tmp_path)
        with pytest.raises(KeyboardInterrupt):
            run.asker.ask_all(CAPTIONS, 1, interrupted)
        kept = len(Journal(tmp_path / "answers.jsonl"))
        assert 3 <= kept <= 6
        outcome = Run(server, tmp_path).ask()
    assert outcome.at_hand == kept
    assert outcome.answered == 6 - kept
    assert len(server.asked) == 6


def test_an_interruption_does_not_wait_for_a_pause_to_end(tmp_path: Path) -> None:
    with serving(refusing(429, Retry_After="60")) as server:
        journal = Journal(tmp_path / "answers.jsonl")
        endpoint = Endpoint(server.url, "small")
        asker = Asker(endpoint, journal, Budget(max_tokens=PLENTY))
        threading.Timer(0.2, asker.stop).start()
        outcome = asker.ask_all(CAPTIONS, 2)
    assert outcome.left == 6


def test_the_budget_is_never_passed(tmp_path: Path) -> None:
    one = worst_case(messages(CAPTIONS[0]), Endpoint("http://a", "small").max_tokens).total
    with serving(answering(usage=(one - 900, 900))) as server:
        outcome = Run(server, tmp_path, max_tokens=3 * one + 1).ask(workers=4)
        assert (outcome.answered, outcome.left) == (3, 3)
        assert outcome.spent.total <= 3 * one + 1
        assert "raise it" in outcome.sentence
        again = Run(server, tmp_path, max_tokens=3 * one + 1).ask()
        assert (again.answered, again.left) == (0, 3)
        assert Run(server, tmp_path, max_tokens=10 * one).ask().answered == 3
    assert len(server.asked) == 6


def test_a_call_under_way_does_not_end_a_run_whose_budget_will_do(tmp_path: Path) -> None:
    one = worst_case(messages(CAPTIONS[0]), Endpoint("http://a", "small").max_tokens).total
    with serving(answering(usage=(10, 10))) as server:
        outcome = Run(server, tmp_path, max_tokens=one + 200).ask(workers=4)
    assert outcome.answered == 6


def test_a_budget_needs_a_limit_and_money_needs_prices() -> None:
    with pytest.raises(TrainingError, match="needs a limit"):
        Budget()
    with pytest.raises(TrainingError, match="needs prices"):
        Budget(max_cost=5)
    budget = Budget(max_cost=1.0, prices=Prices(1.0, 10.0))
    assert budget.reserve(Tokens(0, 100_000))
    budget.settle(Tokens(0, 100_000), Tokens(0, 100_000))
    assert not budget.reserve(Tokens(1, 0))


def test_the_dry_run_estimates_tokens_and_money_and_sends_nothing() -> None:
    planned = estimate(CAPTIONS, at_hand=4, max_tokens=900, prices=Prices(0.5, 1.5))
    assert planned.calls == 6
    assert planned.expected.completion == 6 * 350
    assert planned.most.completion == 6 * 900
    assert 6 * 400 < planned.expected.prompt < planned.most.prompt
    assert planned.sentence.startswith("6 calls (4 answers are at hand already): about ")


def test_a_line_that_was_cut_off_is_asked_again_and_nothing_is_deleted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "answers.jsonl"
    journal = Journal(path)
    journal.keep("a", "text", Tokens(1, 2))
    journal.note_loss("b", Tokens(3, 4))
    with path.open("a") as file:
        file.write('{"key": "c", "te')
    again = Journal(path)
    assert "line 3 is cut off" in caplog.text
    assert (len(again), again.spent) == (1, Tokens(4, 6))
    again.keep("c", "other", Tokens(1, 1))
    last = Journal(path)
    assert (last.answer("a"), last.answer("b"), last.answer("c")) == ("text", None, "other")
    assert len(path.read_text().splitlines()) == 4


def test_answers_become_records_of_their_own(folder: Path) -> None:
    plain = record([image(folder)], answer=CAPTIONS[0], label="x", organ="skin")
    never_asked = record([image(folder, "2.png")], answer="Never asked about.")
    captions = [_as_caption(plain), _as_caption(never_asked)]
    assert captions_of([*captions, plain]) == captions
    with serving(answering()) as server:
        run = Run(server, folder)
        run.ask(CAPTIONS[:1])
    made = generated_records(captions, run.journal, run.endpoint)
    assert made.unanswered == 1
    assert [each.turns[0].kind for each in made.records] == ["open", "yes_no"]
    assert {each.provenance.model for each in made.records} == {"small"}
    assert all(each.images == plain.images and each.organ == "skin" for each in made.records)


def _as_caption(plain: Record) -> Record:
    return replace(plain, turns=(replace(plain.turns[0], kind="caption"),))
