"""Where a run stopped: bridge, answer head and optimiser in one safetensors file.

Together with the step number, from which rate, order and augmentation follow, this makes a resumed
run end where the uninterrupted one would.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel

NAME = "state.safetensors"


def save_state(
    run_dir: Path,
    model: CloverModel,
    head: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
) -> None:
    """Write the state after `step` steps; the older one is replaced as a whole."""
    tensors = {f"bridge.{name}": tensor for name, tensor in model.bridge_state_dict().items()}
    tensors |= {f"head.{name}": tensor for name, tensor in head.state_dict().items()}
    for number, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in values.items()}
    part = run_dir / (NAME + ".part")
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save_file(contiguous, part, metadata={"step": str(step)})
    part.replace(run_dir / NAME)


def resume(
    run_dir: Path, model: CloverModel, head: nn.Module, optimizer: torch.optim.Optimizer
) -> int:
    """Bring everything to where the run stopped, and return the number of steps done.

    Raises:
        TrainingError: The checkpoint is damaged or belongs to another architecture.
    """
    path = run_dir / NAME
    if not path.exists():
        return 0
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            step = int(file.metadata()["step"])
        _load_bridge(model, _below(tensors, "bridge"))
        head.load_state_dict(_below(tensors, "head"))
        _load_optimizer(optimizer, _below(tensors, "optimizer"))
    except (OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{path} cannot be resumed ({error}). Start in another run folder, or delete it."
        ) from error
    return step


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = prefix + "."
    return {
        name.removeprefix(start): tensor
        for name, tensor in tensors.items()
        if name.startswith(start)
    }


def _load_bridge(model: CloverModel, bridge: dict[str, Tensor]) -> None:
    if set(bridge) != set(model.bridge_state_dict()):
        raise ValueError("its bridge has other tensors")
    model.load_state_dict(bridge, strict=False)


def _load_optimizer(optimizer: torch.optim.Optimizer, flat: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in flat.items():
        number, _, field = name.partition(".")
        state.setdefault(int(number), {})[field] = tensor
    optimizer.load_state_dict(
        {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
    )
