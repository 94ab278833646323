"""The Q-Former's own vocabulary: a small WordPiece learnt from the instructions."""

from collections.abc import Iterator, Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from training.alignment import BEGIN, START, STOP
from training.instructions.records import Record

UNKNOWN = "[UNK]"
SPECIAL = ["[PAD]", UNKNOWN, START, BEGIN, STOP]


def train_vocabulary(records: Sequence[Record], size: int) -> Tokenizer:
    """Learn a lower-case WordPiece vocabulary of at most `size` entries from all that is said.

    The same records give the same vocabulary: the trainer numbers pieces that go on in the order of
    a table that is shuffled in every process, and numbers decide between pairs that are equally
    frequent, so these pieces are given to it with their numbers.
    """
    texts = list(_texts(records))
    learnt = _tokenizer(models.WordPiece(unk_token=UNKNOWN))
    letters = sorted({each for text in texts for each in learnt.normalizer.normalize_str(text)})
    alphabet = [*map(chr, range(33, 127)), *(each for each in letters if not each.isascii())]
    going_on = [f"##{each}" for each in alphabet]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        special_tokens=[*SPECIAL, *going_on],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    learnt.train_from_iterator(texts, trainer)
    tokenizer = _tokenizer(models.WordPiece(learnt.get_vocab(), unk_token=UNKNOWN))
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def _tokenizer(model: models.WordPiece) -> Tokenizer:
    model.max_input_chars_per_word = 64
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _texts(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        for turn in record.turns:
            yield turn.question
            yield turn.answer
