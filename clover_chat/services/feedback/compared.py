"""Choices between two answers as records: a pair where one is better, two thumbs after a draw."""

from collections.abc import Sequence
from dataclasses import replace

from clover_chat.services.branches import written_by_a_model
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.records import Record, record_of
from clover_chat.services.feedback.scrubbing import Scrubber
from clover_chat.storage.tables import Comparison, Judgment, Message
from clover_chat.types import Choice, Thumb

_DRAWS = {Choice.BOTH_GOOD: Thumb.UP, Choice.BOTH_BAD: Thumb.DOWN}


def judgments_of(comparison: Comparison) -> tuple[Judgment, ...]:
    """Return what a choice says, as judgments that are kept nowhere.

    One of the better answer, without a thumb, or one of each answer after a draw.
    """
    better = {Choice.LEFT: comparison.left_id, Choice.RIGHT: comparison.right_id}
    both = comparison.left_id, comparison.right_id
    told = (better[comparison.choice],) if comparison.choice in better else both
    return tuple(_judgment(comparison, answer_id) for answer_id in told)


def compared_record(
    comparison: Comparison,
    judgment: Judgment,
    messages: Sequence[Message],
    pseudonyms: Pseudonyms,
) -> Record:
    """Return what a choice says of one of its answers, with everything that it is about.

    Args:
        comparison: The choice.
        judgment: One of its judgments.
        messages: All messages of the conversation, oldest first.
        pseudonyms: Make the names that stand for persons and rows.
    """
    scrub = Scrubber()
    both = comparison.left_id, comparison.right_id
    others = [each for each in messages if each.id in both and each.id != judgment.message_id]
    rejected = () if comparison.choice in _DRAWS else tuple(map(written_by_a_model, others))
    return replace(
        record_of(judgment, messages, {}, pseudonyms),
        id=pseudonyms.of("comparison", f"{comparison.id} {judgment.message_id}"),
        rejected=tuple(scrub(text.strip()) for text in rejected),
        compared=comparison.choice.value,
    )


def _judgment(comparison: Comparison, answer_id: int) -> Judgment:
    return Judgment(
        id=comparison.id,
        message_id=answer_id,
        owner=comparison.owner,
        verdict=_DRAWS.get(comparison.choice, Thumb.NONE),
        reasons=[],
        comment="",
        correction="",
        is_reviewed=False,
        is_withdrawn=False,
        created_at=comparison.created_at,
    )
