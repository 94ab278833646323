"""From a conversation to what the models take: token ids, and the places where bridge tokens go.

A turn reads `before` [Q bridge tokens per picture] question `between` answer `after` (see
`PromptForm`), and turns follow each other: a conversation is append-only.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from clover_chat.model.config import CloverConfig
from clover_chat.model.forms import Form, Forms
from clover_chat.types import Guidance, Picture, Turn, Verdict

_BEGINNINGS = {"Yes": Verdict.YES, "No": Verdict.NO}


@dataclass(frozen=True)
class Look:
    """One picture looked at under one question; it becomes Q bridge tokens."""

    picture: Picture
    question: str


Segment = Look | tuple[int, ...]
"""A stretch of a prompt: token ids, or a look that stands for Q embeddings."""


@dataclass(frozen=True)
class Prompt:
    """A conversation up to the answer to be written.

    Attributes:
        segments: In order; an encoder-decoder model reads the same stretch with its encoder.
    """

    segments: tuple[Segment, ...]

    def looks(self) -> list[Look]:
        """Return the looks in order."""
        return [segment for segment in self.segments if isinstance(segment, Look)]

    def atoms(self, num_query_tokens: int) -> list[object]:
        """Return one comparable value a position; equal beginnings read the same."""
        atoms: list[object] = []
        for segment in self.segments:
            if isinstance(segment, Look):
                name = (segment.picture.key, segment.question)
                atoms.extend((name, position) for position in range(num_query_tokens))
            else:
                atoms.extend(segment)
        return atoms


class CloverProcessor:
    """Builds prompts and reads the two vocabularies.

    Args:
        config: The bridge's configuration.
        tokenizer: The language model's own tokenizer.
        question_tokenizer: The Q-Former's vocabulary, kept in the bridge folder.
    """

    def __init__(
        self,
        config: CloverConfig,
        tokenizer: PreTrainedTokenizerBase,
        question_tokenizer: Tokenizer,
    ) -> None:
        self.config = config
        self.tokenizer = tokenizer
        self.question_tokenizer = question_tokenizer
        self._before = self._ids(config.prompt.before)
        self._between = self._ids(config.prompt.between)
        self._after = self._ids(config.prompt.after)
        self.end_ids = frozenset({tokenizer.eos_token_id, *self._after[:1]})
        forms = [self._form(answer, labels) for answer, labels in config.forms.items()]
        self.forms = Forms(forms) if forms else None

    def _ids(self, text: str, *, is_trusted: bool = True) -> tuple[int, ...]:
        """Return token ids; text from a person never becomes a control token."""
        encoded = self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=not is_trusted
        )
        return tuple(encoded["input_ids"])

    def learnt(self, turns: Sequence[Turn]) -> list[tuple[Segment, bool]]:
        """Return a finished conversation's segments, each with whether it is an answer to learn."""
        learnt: list[tuple[Segment, bool]] = []
        for turn in turns:
            asked = replace(turn, answer=None)
            learnt += [(segment, False) for segment in self._segments([asked])]
            learnt.append((self.answer_ids(turn.answer or ""), True))
        return learnt

    def prompt(self, turns: Sequence[Turn]) -> Prompt:
        """Return the prompt for the answer of the last turn."""
        return Prompt(tuple(_merged(self._segments(turns))))

    def _segments(self, turns: Sequence[Turn]) -> Iterator[Segment]:
        for turn in turns:
            yield self._before
            yield from (Look(picture, turn.question) for picture in turn.pictures)
            yield self._ids(turn.question, is_trusted=False) + self._between
            if turn.answer is not None:
                yield self.answer_ids(turn.answer)

    def answer_ids(self, answer: str) -> tuple[int, ...]:
        """Return an answer as the language model would have written it, with its end."""
        return self._ids(answer, is_trusted=False) + self._after

    def _form(self, answer: str, labels: Iterable[str]) -> Form:
        """Return an answer up to the token that ends it."""
        tokens = (*self._ids(answer, is_trusted=False), *self._after[:1])
        verdict = _BEGINNINGS.get(answer.partition(",")[0], Verdict.NEITHER)
        return Form(tokens, frozenset(labels), verdict, answer)

    def guided(self, guidance: Guidance) -> Forms | None:
        """Return the answers that may be given, None where the language model writes freely."""
        if guidance.stated:
            return Forms([self._form(guidance.stated, ())])
        return self.forms and self.forms.guided(guidance)

    def question_batch(self, questions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return questions in the Q-Former's vocabulary and their mask, both [B, T]."""
        limit = self.config.max_question_tokens
        rows = [
            self.question_tokenizer.encode(question).ids[:limit] or [0] for question in questions
        ]
        return pad(rows)


def _merged(segments: Iterator[Segment]) -> Iterator[Segment]:
    """Join neighbouring stretches of token ids."""
    ids: tuple[int, ...] = ()
    for segment in segments:
        if isinstance(segment, Look):
            if ids:
                yield ids
            ids = ()
            yield segment
        else:
            ids += segment
    yield ids


def pad(rows: Sequence[Sequence[int]], value: int = 0) -> tuple[Tensor, Tensor]:
    """Return rows of ids padded on the right and their mask, both [B, T]."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), value)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for position, row in enumerate(rows):
        ids[position, : len(row)] = torch.tensor(row)
        mask[position, : len(row)] = 1
    return ids, mask
