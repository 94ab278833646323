"""The Q-Former's own vocabulary: a small WordPiece learnt from the instructions."""

from collections.abc import Iterator, Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from training.alignment import BEGIN, START, STOP
from training.instructions.records import Record

SPECIAL = ["[PAD]", "[UNK]", START, BEGIN, STOP]


def train_vocabulary(records: Sequence[Record], size: int) -> Tokenizer:
    """Learn a lower-case WordPiece vocabulary of at most `size` entries from all that is said."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL[1], max_input_chars_per_word=64))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    alphabet = [chr(code) for code in range(33, 127)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_texts(records), trainer)
    return tokenizer


def _texts(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        for turn in record.turns:
            yield turn.question
            yield turn.answer
