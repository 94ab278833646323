"""The Q-Former's own vocabulary: a small WordPiece learnt from the instructions."""

from collections.abc import Iterator

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from training.instructions.labels import labels
from training.instructions.sources import LabelledPatch
from training.instructions.templates import QUESTIONS, YES_NO

SPECIAL = ["[PAD]", "[UNK]"]


def train_vocabulary(patches: list[LabelledPatch], size: int) -> Tokenizer:
    """Learn a lower-case WordPiece vocabulary of at most `size` entries."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL[1], max_input_chars_per_word=64))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    alphabet = [chr(code) for code in range(33, 127)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_texts(patches), trainer)
    return tokenizer


def _texts(patches: list[LabelledPatch]) -> Iterator[str]:
    for questions in QUESTIONS.values():
        yield from questions
    fields = {
        "phrase": sorted({known.phrase for known in labels().values()}),
        "organ": sorted({patch.organ for patch in patches}),
        "stain": sorted({patch.stain for patch in patches}),
    }
    for patterns in YES_NO.values():
        for pattern in patterns:
            for name, values in fields.items():
                if "{" + name + "}" in pattern:
                    yield from (pattern.format(**{name: value}) for value in values)
        yield from (pattern for pattern in patterns if "{" not in pattern)
    yield from (known.features for known in labels().values())
