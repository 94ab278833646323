import random
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import TINY, TINY_T5, Preset
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.writers import EncoderDecoderWriter
from tests.training.colours import fresh
from training.batches import Asked, Conversation
from training.loop import Shard
from training.objectives import (
    FIRST_TOKEN,
    AnswerHead,
    Looks,
    Measured,
    Speller,
    Teller,
    look,
)


@pytest.fixture(scope="module")
def parts() -> tuple[CloverModel, CloverProcessor]:
    return fresh()


def conversation(*asked: Asked, pictures: int = 1) -> Conversation:
    return Conversation(tuple((torch.randn(5, 32),) for _ in range(pictures)), asked)


@pytest.fixture(scope="module")
def drawn() -> list[Conversation]:
    torch.manual_seed(1)
    return [
        conversation(Asked("a smear", "blue cells")),
        conversation(Asked("cells", "red"), Asked("of a", "a white smear")),
        conversation(Asked("both", "yes", shown=(0, 1)), Asked("one", "no", (1,)), pictures=2),
    ]


def seen(parts: tuple[CloverModel, CloverProcessor], drawn: list[Conversation]) -> Looks:
    return look(*parts, drawn, 1.0, random.Random(0))


def test_every_question_looks_at_its_own_pictures(
    parts: tuple[CloverModel, CloverProcessor], drawn: list[Conversation]
) -> None:
    with torch.no_grad():
        looks = seen(parts, drawn)
    assert looks.seen.shape == (1 + 2 + 3, 4, 32)
    about_one, asked = looks.single()
    assert [item.answer for item in asked] == ["blue cells", "red", "a white smear", "no"]
    assert len(about_one) == 4


def test_telling_is_the_language_model_loss_on_answer_tokens(
    parts: tuple[CloverModel, CloverProcessor], drawn: list[Conversation]
) -> None:
    model, processor = parts
    teller, one = Teller(model, processor), drawn[1:2]
    with torch.no_grad():
        looks = seen(parts, one)
        loss, _ = teller(looks)
        words = model.language_projection(looks.seen)
        learnt = processor.learnt(one[0].turns())
        embeds = model.embed([segment for segment, _ in learnt], list(words))
        logits = model.language_model(inputs_embeds=embeds[None]).logits[0].log_softmax(-1)
    expected, position = 0.0, 0
    for segment, is_answer in learnt:
        if not isinstance(segment, tuple):
            position += model.config.num_query_tokens
            continue
        for place, token in enumerate(segment):
            if is_answer:
                weight = FIRST_TOKEN if place == 0 else 1
                expected -= weight * float(logits[position - 1, token])
            position += 1
    assert float(loss) == pytest.approx(expected, rel=1e-4)
    tokens = sum(len(processor.answer_ids(item.answer)) for item in one[0].asked)
    assert teller.units(one) == tokens + 2 * (FIRST_TOKEN - 1)


def test_an_encoder_decoder_model_is_measured_on_what_it_would_write(
    drawn: list[Conversation],
) -> None:
    model, processor = parts = fresh(TINY_T5)
    teller, one = Teller(model, processor), drawn[1:2]
    with torch.no_grad():
        looks = seen(parts, one)
        loss, _ = teller(looks)
        words = list(model.language_projection(looks.seen))
    expected, turns = 0.0, one[0].turns()
    for number, turn in enumerate(turns):
        asked = [*turns[:number], replace(turn, answer=None)]
        embeds = model.embed(processor.prompt(asked).segments, words[: number + 1])
        writer = EncoderDecoderWriter(model.language_model, embeds)
        logits, weight = writer.first(), FIRST_TOKEN
        for token in processor.answer_ids(turn.answer or ""):
            expected -= weight * float(logits.log_softmax(-1)[token])
            logits, weight = writer.next([token]), 1
    assert float(loss) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("preset", [TINY, TINY_T5], ids=lambda preset: preset.name)
def test_shards_add_up_to_the_whole(preset: Preset, drawn: list[Conversation]) -> None:
    model, processor = parts = fresh(preset)
    answers = {item.answer for each in drawn for item in each.asked}
    head = AnswerHead(32, answers)
    objectives: list[Callable[[Looks], Measured]] = [
        Teller(model, processor),
        Speller(model, processor, answers),
        head,
    ]
    with torch.no_grad():
        for objective in objectives:
            whole = objective(seen(parts, drawn))
            shares = [objective(seen(parts, Shard(n, 2).of(drawn))) for n in range(2)]
            assert sum(float(each.loss) for each in shares) == pytest.approx(
                float(whole.loss), rel=1e-4
            )
            assert sum(each.right for each in shares) == pytest.approx(whole.right)


def test_an_answer_spelt_in_word_embeddings_costs_nothing() -> None:
    model, processor = fresh()
    words = model.language_model.get_input_embeddings()
    assert isinstance(words, torch.nn.Embedding)
    words.weight.mul_(50)  # far enough apart to be certain
    model.language_projection = torch.nn.Identity()  # type: ignore[assignment]
    spelt = model.embed([processor.answer_ids("abc")[:4]], [])[None]  # [1, Q, L]
    speller = Speller(model, processor, {"abc", "xyz"})
    drawn = [conversation(Asked("?", "abc"))]
    loss, right = speller(Looks(drawn, spelt))
    assert right == speller.units(drawn) == 4
    assert float(loss) < 1e-3
    other, _ = speller(Looks([conversation(Asked("?", "xyz"))], spelt))
    assert float(other) > 1.0


def test_an_answer_nobody_chooses_from_is_left_out() -> None:
    drawn = [conversation(Asked("?", "rare")), conversation(Asked("?", "often"))]
    head = AnswerHead(32, {"often", "sometimes"})
    assert head.units(drawn) == 1
    looks = Looks(drawn, torch.randn(2, 4, 32))
    expected = F.cross_entropy(head.choose(looks.seen[1:].mean(1)), torch.tensor([0]))
    torch.testing.assert_close(head(looks).loss, expected)


def test_where_no_answer_is_frequent_nothing_is_chosen() -> None:
    drawn = [conversation(Asked("?", "rare"))]
    head = AnswerHead(32, ())
    assert head.units(drawn) == 0
    loss, right = head(Looks(drawn, torch.randn(1, 4, 32, requires_grad=True)))
    assert (float(loss.detach()), right) == (0.0, 0.0)
