"""Where models run: the accelerator that PyTorch finds, or the device that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smallsteps.errors import OptionError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

AUTO = "auto"


def find_device(name: str = AUTO) -> torch.device:
    """The device of a name such as `cuda:1`, `mps` or `cpu`; `auto` is the accelerator, or the CPU where there is none.

    Raises OptionError for a device that PyTorch does not know or this machine does not have.
    """
    import torch

    present = torch.accelerator.current_accelerator(check_available=True)
    if name == AUTO:
        return present or torch.device("cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise OptionError(f"device '{name}' is unknown to PyTorch; use {AUTO}, cpu, cuda, cuda:N or mps") from None
    if device.type == "cpu":
        return device
    if present is None or device.type != present.type:
        found = "no accelerator" if present is None else f"'{present.type}'"
        raise OptionError(f"device '{name}' is not available: PyTorch finds {found} here; use {AUTO} or cpu")
    count = torch.accelerator.device_count()
    if (device.index or 0) >= count:
        raise OptionError(f"device '{name}' is not available: this machine has {count}, numbered from 0")
    return device


def device_of(model: Any) -> torch.device:
    """The device of a model's parameters."""
    found: torch.device = next(model.parameters()).device
    return found


def put(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor on a device; float64 becomes float32 where the device has no float64 (MPS)."""
    import torch

    if device.type == "mps" and tensor.dtype == torch.float64:
        tensor = tensor.float()
    return tensor.to(device, non_blocking=True)
