"""Answers as generators of text: closing one stops the computation within a token.

There is no worker thread: the model takes a step when the reader asks for more, so errors reach the
reader as they are and nothing runs on behind anybody's back.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import torch
from PIL import Image
from tokenizers.decoders import DecodeStream
from torch import Tensor
from transformers import DynamicCache

from clover_chat.errors import CloverError, GenerationFailed, QuestionError
from clover_chat.model.choosing import chooser
from clover_chat.model.clover import CloverModel
from clover_chat.model.familiarity import FamiliarPictures
from clover_chat.model.features import FeatureStore
from clover_chat.model.forms import Forms
from clover_chat.model.gaze import Gaze as Attention
from clover_chat.model.gaze import on_grid
from clover_chat.model.line import Line
from clover_chat.model.pixels import to_pixel_values
from clover_chat.model.prefixes import Prefix, PrefixCache
from clover_chat.model.processor import CloverProcessor, Look, Prompt
from clover_chat.model.reading import ReadingHead, read_picture
from clover_chat.model.writers import DecoderWriter, EncoderDecoderWriter, Writer
from clover_chat.recent import Recent
from clover_chat.types import (
    Familiarity,
    Figures,
    Gaze,
    Guide,
    Identity,
    Picture,
    Reading,
    Sampling,
    Turn,
    Waiting,
    pictures_asked_about,
)

logger = logging.getLogger(__name__)

READINGS_KEPT = 256
"""Readings of pictures that are remembered."""


class CloverEngine:
    """Answers questions about pictures, one at a time, everybody in line.

    Args:
        model: Frozen models and bridge.
        processor: Its vocabularies and prompt form.
        features: Where encoder features are kept.
        identity: What to call this model.
        reading: The bridge's own reading of pictures, where it has one.
        guide: Narrows what may be said to what fits the reading; None leaves all open.
        line: Shared with engines that compute on the same frozen models; None makes one.
        familiar: What the bridge remembers of the pictures it learnt from, where it does.
    """

    def __init__(
        self,
        model: CloverModel,
        processor: CloverProcessor,
        features: FeatureStore,
        identity: Identity,
        reading: ReadingHead | None = None,
        guide: Guide | None = None,
        line: Line | None = None,
        familiar: FamiliarPictures | None = None,
    ) -> None:
        self._model = model
        self._processor = processor
        self._features = features
        self._identity = identity
        self._reading = reading
        self._guide = guide
        self._familiar = familiar
        self._readings: Recent[Reading] = Recent(READINGS_KEPT)
        self._line = Line() if line is None else line
        self._prefixes = PrefixCache()
        self._gaze: Attention | None = None
        self._is_encoder_decoder = bool(model.language_model.config.is_encoder_decoder)

    @property
    def identity(self) -> Identity:
        """Which preset and bridge answer."""
        return self._identity

    @property
    def context_size(self) -> int:
        """Positions the language model can attend to."""
        config = self._model.language_model.config.to_dict()
        return int(config.get("max_position_embeddings") or config.get("n_positions") or 2048)

    def warm_up(self) -> None:
        """Answer once about nothing: the first run of every kernel is slow."""
        side = self._model.config.image_input.size
        self._look(self._encode(Image.new("RGB", (side, side))), "What is this?")
        with contextlib.closing(self.generate((Turn("Hello"),), Sampling(max_tokens=2))) as answer:
            for _ in answer:
                pass

    def generate(self, turns: tuple[Turn, ...], sampling: Sampling) -> "CloverGeneration":
        """Answer the last turn; nothing is computed before the first `next`."""
        return CloverGeneration(self, turns, sampling)

    @torch.inference_mode()
    def embed(self, picture: Picture) -> tuple[float, ...]:
        """Return the mean of the encoder's features of a picture, one number for each of its V."""
        return tuple(self._patches(picture).float().mean(dim=0).tolist())

    @torch.inference_mode()
    def read(self, picture: Picture) -> Reading | None:
        """Return what the bridge makes of a picture, None where it has no reading of its own."""
        if (head := self._reading) is None:
            return None
        return self._readings.get(
            picture.key,
            lambda: read_picture(
                self._model, self._processor, head, self._patches(picture).float()
            ),
        )

    @torch.inference_mode()
    def familiarity(self, picture: Picture) -> Familiarity | None:
        """Return how far a picture lies from those learnt from, None where that is not known."""
        return self._familiar.judge(self._patches(picture)) if self._familiar else None

    @torch.inference_mode()
    def gaze(self, picture: Picture, question: str) -> Gaze:
        """Return how a picture is seen under a question: at which size, and where it is read."""
        image_input = self._model.config.image_input
        size = image_input.target(*picture.load().size)
        patches = self._patches(picture).float()
        shares = self._attention().over(patches, *self._processor.question_batch([question]))
        found = on_grid(shares, size, image_input)
        rows = () if found is None else tuple(map(tuple, found.tolist()))
        return Gaze(*size, rows)

    def in_line(self) -> AbstractContextManager[Iterator[int]]:
        """Take a place in line; see `Line.ticket`."""
        return self._line.ticket()

    def _answer(
        self, turns: tuple[Turn, ...], sampling: Sampling, figures: Figures
    ) -> Generator[str, None, None]:
        started = time.perf_counter()
        turns, sampling = self._fitting(turns, sampling)
        prompt = self._processor.prompt(turns)
        atoms = prompt.atoms(self._model.config.num_query_tokens)
        figures.prompt_tokens = len(atoms)
        forms = self._forms(turns)
        if forms is not None and len(forms.all) == 1:  # nothing to choose
            yield from self._pieces(iter([forms.all[0].tokens]), sampling, figures, started)
            return
        prefix = (
            Prefix([], DynamicCache()) if self._is_encoder_decoder else self._prefixes.take(atoms)
        )
        writer = self._writer(prompt, atoms, prefix)
        try:
            tokens = _written(writer, chooser(sampling, forms))
            yield from self._pieces(tokens, sampling, figures, started)
        finally:
            if not self._is_encoder_decoder and prefix.cache.get_seq_length() == len(prefix.atoms):
                self._prefixes.put(prefix)

    def _attention(self) -> Attention:
        """Return what keeps the attention, made when it is first asked for."""
        if self._gaze is None:
            self._gaze = Attention(self._model)
        return self._gaze

    def _forms(self, turns: Sequence[Turn]) -> Forms | None:
        """Return the answers that may be given to the last turn."""
        if self._guide is None:
            return self._processor.forms
        shown = pictures_asked_about(turns)
        readings = [found for each in shown if (found := self._judged(each)) is not None]
        return self._processor.guided(self._guide(turns[-1].question, readings))

    def _judged(self, picture: Picture) -> Reading | None:
        """Return the reading of a picture, marked where it is unlike those learnt from."""
        found, judged = self.read(picture), self.familiarity(picture)
        return replace(found, is_unlike=bool(judged and judged.is_unlike)) if found else None

    def _fitting(
        self, turns: tuple[Turn, ...], sampling: Sampling
    ) -> tuple[tuple[Turn, ...], Sampling]:
        """Drop the oldest turns until prompt and answer fit into the context."""
        queries = self._model.config.num_query_tokens
        for first in range(len(turns)):
            length = len(self._processor.prompt(turns[first:]).atoms(queries))
            if length + sampling.max_tokens <= self.context_size:
                return turns[first:], sampling
        room = self.context_size - length
        if room < min(32, sampling.max_tokens):
            raise QuestionError(
                f"The question takes {length:,} tokens and this model reads "
                f"{self.context_size:,} in all. "
                "Shorten it or send fewer pictures."
            )
        return turns[-1:], replace(sampling, max_tokens=room)

    def _writer(self, prompt: Prompt, atoms: list[object], prefix: Prefix) -> Writer:
        embeds = self._embed(prompt)
        if self._is_encoder_decoder:
            return EncoderDecoderWriter(self._model.language_model, embeds)
        known = len(prefix.atoms)
        prefix.atoms = list(atoms)
        return DecoderWriter(self._model.language_model, embeds[known:], prefix)

    @torch.inference_mode()
    def _embed(self, prompt: Prompt) -> Tensor:
        return self._model.embed(prompt.segments, [self._see(look) for look in prompt.looks()])

    def _see(self, look: Look) -> Tensor:
        """Return the bridge tokens of one look, [Q, L]."""
        return self._look(self._patches(look.picture), look.question)

    def _patches(self, picture: Picture) -> Tensor:
        """Return the encoder's features of a picture, [P, V]."""
        return self._features.get(picture.key, lambda: self._encode(picture.load()))

    @torch.inference_mode()
    def _look(self, patches: Tensor, question: str) -> Tensor:
        input_ids, mask = self._processor.question_batch([question])
        return self._model.get_image_features(patches[None].float(), input_ids, mask)[0]

    def _encode(self, image: Image.Image) -> Tensor:
        return self._model.encode(to_pixel_values(image, self._model.config.image_input))[0]

    def _pieces(
        self,
        written: Iterator[Sequence[int]],
        sampling: Sampling,
        figures: Figures,
        started: float,
    ) -> Generator[str, None, None]:
        backend = self._processor.tokenizer.backend_tokenizer
        text = DecodeStream(skip_special_tokens=True)
        first_token = 0.0
        for tokens in written:
            if figures.time_to_first_token_s is None:
                first_token = time.perf_counter()
                figures.time_to_first_token_s = first_token - started
            for token in tokens:
                if token in self._processor.end_ids:
                    return
                figures.answer_tokens += 1
                if figures.answer_tokens > 1:
                    elapsed = time.perf_counter() - first_token
                    figures.tokens_per_s = (figures.answer_tokens - 1) / max(elapsed, 1e-9)
                if piece := text.step(backend, token):
                    yield piece
                if figures.answer_tokens == sampling.max_tokens:
                    return


def _written(writer: Writer, choose: Callable[[Tensor], list[int]]) -> Iterator[list[int]]:
    """Yield what is chosen, some tokens at a time."""
    logits = writer.first()
    while True:
        tokens = choose(logits)
        yield tokens
        logits = writer.next(tokens)


class CloverGeneration:
    """A running answer; see `clover_chat.types.Generation`."""

    def __init__(self, engine: CloverEngine, turns: tuple[Turn, ...], sampling: Sampling) -> None:
        self.figures = Figures()
        self._steps = self._run(engine, turns, sampling)

    def __iter__(self) -> Iterator[str | Waiting]:
        return self

    def __next__(self) -> str | Waiting:
        return next(self._steps)

    def close(self) -> None:
        """Stop the computation and free its place in line."""
        self._steps.close()

    def _run(
        self, engine: CloverEngine, turns: tuple[Turn, ...], sampling: Sampling
    ) -> Generator[str | Waiting, None, None]:
        with engine.in_line() as places:
            for place in places:
                yield Waiting(place)
            try:
                yield from engine._answer(turns, sampling, self.figures)
            except CloverError:
                raise
            except Exception as error:
                logger.exception("The language model failed.")
                raise GenerationFailed(
                    "The model could not finish this answer. Ask again; if it happens twice, "
                    "restart the server."
                ) from error
