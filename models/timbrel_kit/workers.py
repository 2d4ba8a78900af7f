"""Where a training runs: on a CPU or a GPU, by itself or as one of the processes that torchrun has started.

Runs on the training thread of each process; needs PyTorch.
Promises that n processes with batches of B give the loss of one process with batches of n B; proved by
`test_workers.py`.

Every process draws the random numbers of the whole batch and works on its own rows; gradients are averaged. So that the
mean over processes is the mean over the whole batch, what a loss divides by is averaged over processes too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor, distributed

from timbrel_kit.errors import KitError

Made = TypeVar("Made")


@dataclass(frozen=True)
class Workers:
    """This process among `count`, and the device it trains on."""

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def first(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def rows(self, size: int) -> slice:
        """The rows of a whole batch of `size` times `count` that are this process's."""
        return slice(self.rank * size, (self.rank + 1) * size)

    def in_turn(self, make: Callable[[], Made]) -> Made:
        """Calls `make` in the first process before the others, so that these find its files."""
        if self.count == 1:
            return make()
        made = make() if self.first else None
        distributed.barrier()
        return made if self.first else make()

    def agreed(self, value: float) -> float:
        """The first process's number, in all: clocks differ."""
        if self.count == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64, device=self.device)
        distributed.broadcast(shared, 0)
        return float(shared)

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replaces each gradient by its mean over processes."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= self.count
        start = 0
        for gradient in gradients:
            gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
            start += gradient.numel()

    def leave(self) -> None:
        """Ends what `join` began."""
        if self.count > 1:
            distributed.destroy_process_group()

    def described(self) -> str:
        """What trains, as a card says it."""
        if self.device.type == "cuda":
            machine = torch.cuda.get_device_name(self.device)
        else:
            threads = torch.get_num_threads()
            machine = f"{threads} CPU thread{'' if threads == 1 else 's'}"
        return machine if self.count == 1 else f"{self.count} times {machine}"


ALONE = Workers()


def over_all(value: Tensor) -> Tensor:
    """The mean of a number over processes, without a gradient; the number itself in a process by itself."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return value
    shared = value.detach().clone()
    distributed.all_reduce(shared)
    return shared / distributed.get_world_size()


def join(device: str, threads: int | None) -> Workers:
    """Sets this process up. `device`: auto, cpu or cuda. Who else is there, torchrun says in environment variables."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    torch.set_num_threads(threads or max((os.cpu_count() or 1) // here, 1))
    place = _device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if count == 1:
        return Workers(device=place)
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    return Workers(distributed.get_rank(), count, place)


def _device(word: str, local_rank: int) -> torch.device:
    there = torch.cuda.is_available()
    if word == "cpu" or (word == "auto" and not there):
        return torch.device("cpu")
    if not there:
        raise KitError("--device cuda: PyTorch finds no CUDA device here. Train with --device cpu.")
    if local_rank >= torch.cuda.device_count():
        raise KitError(f"There are {torch.cuda.device_count()} CUDA devices: start no more processes than that.")
    torch.cuda.set_device(local_rank)
    return torch.device("cuda", local_rank)
