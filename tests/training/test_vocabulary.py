import subprocess
import sys

from tokenizers import Tokenizer

from tests.training.instructions.conftest import record
from training.instructions.records import ImageRef
from training.vocabulary import SPECIAL, train_vocabulary

LEARN = """
from tests.training.test_vocabulary import learnt
print(learnt().to_str())
"""


def learnt() -> Tokenizer:
    picture = ImageRef("a.png", "a" * 64, "a")
    answers = (
        "Glands with mucin, 12 µm apart.",
        "Glandular tissue without mucin.",
        "A lymphocyte with a round nucleus.",
        "Lymphocytes and granulocytes, nuclei round or lobed.",
    )
    return train_vocabulary([record([picture], answer=each) for each in answers], 220)


def test_the_same_records_give_the_same_vocabulary_in_every_process() -> None:
    told = [
        subprocess.run([sys.executable, "-c", LEARN], capture_output=True, check=True).stdout
        for _ in range(4)
    ]
    assert len(set(told)) == 1


def test_words_are_cut_into_pieces_and_put_together_again() -> None:
    tokenizer = learnt()
    assert [tokenizer.token_to_id(each) for each in SPECIAL] == list(range(len(SPECIAL)))
    found = tokenizer.encode("Glands 12 µm")
    assert tokenizer.decode(found.ids) == "glands 12 µm"
    assert tokenizer.get_vocab_size() <= 220
