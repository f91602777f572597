"""What an executor offers to those that reach guests of its machines: containers and virtual machines."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from steward.model.machine import Machine
from steward.ports.executor import Executor
from steward.ports.runner import Talk


class Parent(Executor, Protocol):
    """Opens conversations with something that lies behind a machine it can reach."""

    def command(self, machine: Machine, words: Sequence[str], *, is_order: bool) -> AbstractAsyncContextManager[Talk]:
        """Start one program on the machine and speak with it; what it prints as an error is heard as well.

        Every word is plain, so that no login shell can read it in another way. `is_order` tells who is kept waiting:
        orders wait for orders, everything else does not.

        Raises:
            Unreachable: the machine does not answer; nothing was sent.
            NeedsPerson: its host key is not the pinned one; nothing was sent.
        """
        ...

    def socket(self, machine: Machine, path: str, *, is_order: bool) -> AbstractAsyncContextManager[Talk]:
        """Connect to a Unix socket on the machine.

        Raises:
            Unreachable, NeedsPerson: as above, or nobody answers at the socket, or the user may not use it.
        """
        ...
