"""The formats of an export."""

from enum import StrEnum


class Format(StrEnum):
    """What an export is for.

    Supervised fine-tuning, preference pairs (DPO), single answers with a label (KTO), or reading
    and further processing, with the full lineage.
    """

    SFT = "sft"
    PREFERENCE = "preference"
    UNPAIRED = "unpaired"
    JSONL = "jsonl"
