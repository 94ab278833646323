import pytest
import torch
from tokenizers import Tokenizer

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import TINY, Places
from training.alignment import (
    AlignmentHeads,
    CaptionReader,
    caption_loss,
    causal_mask,
    contrast_loss,
    contrast_targets,
    hard_negatives,
    see,
)
from training.batches import stack_patches


def test_captions_that_hold_share_the_target_and_the_rest_is_smoothed() -> None:
    is_true = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    targets = contrast_targets(is_true)
    torch.testing.assert_close(targets.sum(-1), torch.ones(3))
    torch.testing.assert_close(targets[0], torch.tensor([0.45, 0.45, 0.0]) + 0.1 / 3)


def test_a_second_true_caption_is_not_contrasted_away() -> None:
    logits = torch.tensor([[5.0, 5.0], [5.0, 5.0]])
    shared = contrast_loss(logits, torch.ones(2, 2, dtype=torch.bool))
    torch.testing.assert_close(shared, torch.full((2,), 0.6931), atol=1e-4, rtol=0)


def test_a_hard_negative_never_holds_and_is_mostly_the_likest() -> None:
    logits = torch.tensor([[9.0, 9.0, 5.0, 0.0]]).expand(4, 4)
    is_true = torch.tensor([[True, True, False, False]]).expand(4, 4)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([hard_negatives(logits, is_true, generator) for _ in range(50)]).flatten()
    assert set(drawn.tolist()) <= {2, 3}
    assert (drawn == 2).float().mean() > 0.9


def test_where_every_caption_holds_there_is_no_negative() -> None:
    everything = torch.ones(2, 2, dtype=torch.bool)
    drawn = hard_negatives(torch.zeros(2, 2), everything, torch.Generator())
    assert drawn.tolist() == [-1, -1]


def test_queries_never_see_words_and_words_never_see_later_ones() -> None:
    mask = causal_mask(torch.tensor([[1, 1, 0]]), queries=2)[0, 0] == 0
    assert mask.tolist() == [
        [True, True, False, False, False],
        [True, True, False, False, False],
        [True, True, True, False, False],
        [True, True, True, True, False],
        [True, True, True, True, False],
    ]


@pytest.fixture
def model() -> CloverModel:
    frozen = TINY.load(Places(None, None, print))  # type: ignore[arg-type]
    torch.manual_seed(0)
    return CloverModel(TINY.config, frozen.vision_model, frozen.language_model)


def vocabulary(*marks: str) -> Tokenizer:
    from tokenizers import models, pre_tokenizers

    words = ["[PAD]", "[UNK]", *marks, "blue", "red", "cells"]
    tokenizer = Tokenizer(
        models.WordPiece({word: n for n, word in enumerate(words)}, unk_token="[UNK]")  # noqa: S106
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def test_a_later_word_does_not_change_the_loss_of_earlier_ones(model: CloverModel) -> None:
    reader = CaptionReader(vocabulary("[CLS]", "[DEC]", "[SEP]"))
    heads = AlignmentHeads(model.query_tokens.shape[-1], model.config.qformer["vocab_size"])
    patches, mask = stack_patches([torch.randn(6, 32)] * 2)
    device = torch.device("cpu")
    with torch.no_grad():
        read = reader.read(["blue cells", "blue red"], device)
        one = model.get_query_output(
            patches, read.input_ids, causal_mask(read.mask, model.config.num_query_tokens), mask
        ).last_hidden_state
        first = model.config.num_query_tokens + 1
        torch.testing.assert_close(one[0, : first + 1], one[1, : first + 1])
        assert not torch.allclose(one[0, first + 1], one[1, first + 1])
        losses = caption_loss(model, heads, patches, mask, read, reader.begin)
    assert losses.shape == (2,)
    assert torch.isfinite(losses).all()


def test_pictures_alone_are_seen_without_a_question(model: CloverModel) -> None:
    patches, mask = stack_patches([torch.randn(4, 32), torch.randn(6, 32)])
    with torch.no_grad():
        seen = see(model, patches, mask)
        alone = see(model, patches[:1, :4], mask[:1, :4])
    torch.testing.assert_close(seen[:1], alone, atol=1e-5, rtol=1e-4)


def test_a_vocabulary_without_marks_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"\[DEC\]"):
        CaptionReader(vocabulary("[CLS]", "[SEP]"))
