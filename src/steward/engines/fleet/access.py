"""Which rights Steward needs on a machine, as the exact lines a person puts there."""

from __future__ import annotations

from collections.abc import Iterable

from steward.core.desk import Desk
from steward.lib.record import record
from steward.model.machine import Autonomy, Machine, Transport

DEFAULT_USER = "steward"
SUDOERS_FILE = "/etc/sudoers.d/steward"
_TO_END = "/usr/bin/kill ^-(TERM|KILL) -- -[1-9][0-9]+$"
"""Ends what Steward started through sudo, at its deadline or on stop; never `-1`, which would be every process."""


@record
class Access:
    """The rights of Steward's user on one machine."""

    user: str
    """User Steward logs in as; unprivileged."""
    to_look: tuple[str, ...]
    """Lines of `/etc/sudoers.d/steward` that let it read what only root may read; optional."""
    to_act: tuple[str, ...]
    """Lines that let plans run, each one exact command; needed once the machine is promoted."""
    how: str
    """How to put them there."""


def access(desk: Desk, machine: Machine) -> Access | None:
    """Return the rights a machine needs; None where Steward's own user already is the one that acts."""
    if machine.transport is Transport.LOCAL:
        return None
    user = machine.user or DEFAULT_USER
    if user == "root":
        return None
    to_look = _lines(user, (line for fact in desk.look.facts.values() for line in fact.sudoers))
    operations = desk.catalogue.operations.values()
    to_act = _lines(user, (_TO_END, *(line for operation in operations for line in operation.sudoers)))
    wanted = to_look if machine.autonomy is Autonomy.WATCH else (*to_look, *to_act)
    how = f"on {machine.name}, as root: put these {len(wanted)} lines in {SUDOERS_FILE} with `visudo -f {SUDOERS_FILE}`"
    return Access(user=user, to_look=to_look, to_act=to_act, how=how)


def _lines(user: str, commands: Iterable[str]) -> tuple[str, ...]:
    """Write the lines; what is refused comes last, because the last line that fits is the one sudo obeys."""
    ordered = sorted(set(commands), key=lambda command: (command.startswith("!"), command))
    return tuple(f"{user} ALL=(root) NOPASSWD: {command}" for command in ordered)
