"""What this machine can hold, and where on it the models live."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import nn

from clover_chat.model.clover import CloverModel

CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


@dataclass(frozen=True)
class Placement:
    """Where the frozen models live and how exactly their weights are kept."""

    device: str = "cpu"
    dtype: torch.dtype = torch.float32


CPU = Placement()
GPU = Placement("cuda", torch.bfloat16)


@dataclass(frozen=True)
class Machine:
    """The memory of a machine.

    Attributes:
        ram_bytes: Main memory this process may use, or None where that cannot be found out.
        gpu_bytes: Memory of the GPU that computes in bfloat16, or 0 without one.
    """

    ram_bytes: int | None
    gpu_bytes: int = 0

    def __str__(self) -> str:
        ram = "main memory of unknown size"
        if self.ram_bytes is not None:
            ram = f"{gigabytes(self.ram_bytes)} of main memory"
        gpu = f"a GPU with {gigabytes(self.gpu_bytes)}" if self.gpu_bytes else "no GPU for bfloat16"
        return f"{ram} and {gpu}"


def gigabytes(count: float) -> str:
    """Return a number of bytes as a person reads it, such as "7.5 GB"."""
    return f"{count / 1e9:.1f} GB" if count < 1e11 else f"{count / 1e9:.0f} GB"


def this_machine() -> Machine:
    """Measure main memory, within the limits of a container, and the first GPU."""
    return Machine(_ram_bytes(), _gpu_bytes())


def _ram_bytes() -> int | None:
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return min([found, *_limits()]) if found > 0 else None


def _limits() -> list[int]:
    limits = []
    for path in CGROUP_LIMITS:
        try:
            limits.append(int(path.read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return limits


def _gpu_bytes() -> int:
    if not torch.cuda.is_available() or not torch.cuda.is_bf16_supported(including_emulation=False):
        return 0
    return int(torch.cuda.get_device_properties(0).total_memory)


def bring_together(model: CloverModel) -> None:
    """Move the bridge to the frozen models, and have whatever enters a part follow it there.

    The bridge keeps its float32. Nothing is done where everything is float32 on the CPU anyway.
    """
    home = next(model.language_model.parameters())
    if Placement(home.device.type, home.dtype) == CPU:
        return
    model.to(home.device)
    language_model = model.language_model
    parts: set[nn.Module] = {model.vision_model, model.feature_scale, model.qformer}
    parts |= {language_model, language_model.base_model}  # training has no use for all logits
    if language_model.config.is_encoder_decoder:
        parts.add(language_model.get_encoder())
    for part in parts:
        if _follow not in part._forward_pre_hooks.values():
            part.register_forward_pre_hook(_follow, with_kwargs=True)


def _follow(
    part: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Move what enters a part to its device, and numbers with a fraction to its precision."""
    home = next(chain(part.parameters(), part.buffers()))
    return tuple(_moved(value, home) for value in inputs), _all_moved(named, home)


def _all_moved(named: Mapping[str, Any], home: torch.Tensor) -> dict[str, Any]:
    return {name: _moved(value, home) for name, value in named.items()}


def _moved(value: Any, home: torch.Tensor) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    return value.to(home.device, home.dtype if value.is_floating_point() else None)
