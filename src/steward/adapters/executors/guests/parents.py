"""Which machine leads to a guest, and whether it may be used for that."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from steward.model.errors import NeedsPerson, Unreachable
from steward.model.machine import Machine, Transport
from steward.ports.executor import FindMachine
from steward.ports.parent import Parent


@dataclass(frozen=True, kw_only=True)
class Parents:
    """Finds the machine a guest runs on.

    A guest has no host key. It is what it is because of where it runs: it carries the key of its parent, and another
    parent, or another key of the same one, is another place.
    """

    find_machine: FindMachine
    by_transport: Mapping[Transport, Parent]

    def of(self, guest: Machine) -> tuple[Machine, Parent]:
        """Return the parent and what reaches it.

        Raises:
            Unreachable: the parent is not there, not confirmed or quarantined: that is not the guest's fault.
            NeedsPerson: the guest was confirmed with another key than its parent has now.
        """
        machine, way = self.way(guest)
        if machine.quarantined:
            raise Unreachable(
                f"it is reached through {machine.name}, which is quarantined",
                where=guest.name,
                why=machine.quarantined,
                next_step=f"compare the host key at the console of {machine.name}, "
                f"then `steward machines confirm {machine.name}`",
            )
        if machine.transport is not Transport.LOCAL and not machine.host_key:
            raise Unreachable(
                f"it is reached through {machine.name}, whose host key is not confirmed",
                where=guest.name,
                next_step=f"steward machines check {machine.name}",
            )
        if machine.host_key != guest.host_key:
            was = f"was confirmed with {guest.host_key}" if guest.host_key else "is not confirmed"
            raise NeedsPerson(
                f"it {was} and {machine.name} has another host key" if guest.host_key else f"it {was}",
                where=guest.name,
                why=f"it is reached through {machine.name}, whose key is {machine.host_key}",
                next_step=f"if it is what you mean: steward machines confirm {guest.name} {machine.host_key}",
            )
        return machine, way

    def way(self, guest: Machine) -> tuple[Machine, Parent]:
        """Return the parent and what reaches it, whether or not it may be used.

        Raises:
            Unreachable: there is no such machine, or none that leads anywhere.
        """
        machine = self.find_machine(guest.via)
        way = self.by_transport.get(machine.transport) if machine is not None else None
        if machine is None or way is None:
            why = "it leads nowhere" if machine is not None else "there is no such machine"
            raise Unreachable(f"it cannot be reached through {guest.via}", where=guest.name, why=why)
        return machine, way


@asynccontextmanager
async def blaming(guest: Machine) -> AsyncGenerator[None, None]:
    """Say of a parent that needs a person that the guest cannot be reached: that is not the guest's fault."""
    try:
        yield
    except NeedsPerson as error:
        raise Unreachable(
            f"it is reached through {guest.via}, which is not trusted",
            where=guest.name,
            why=str(error),
            next_step=error.next_step,
        ) from error
