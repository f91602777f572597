"""Which rights Steward needs on a machine, as the exact lines a person puts there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward.core.desk import Desk
from steward.knowhow.facts import containers, os, packages, programs
from steward.lib.record import record
from steward.model.fact import Snapshot
from steward.model.machine import FROM_OUTSIDE, THROUGH_ANOTHER, Autonomy, Machine, Transport

DEFAULT_USER = "steward"
SUDOERS_FILE = "/etc/sudoers.d/steward"
_TO_END = "/usr/bin/kill ^-(TERM|KILL) -- -[1-9][0-9]+$"
"""Ends what Steward started through sudo, at its deadline or on stop; never `-1`, which would be every process."""
_IN_GUEST = {
    Transport.PCT: "/usr/sbin/pct exec {guest} -- /bin/sh -s",
    Transport.QM: "/usr/sbin/qm guest exec {guest} --pass-stdin 1 --timeout 0 -- /bin/sh -s",
}
_DOCKER = """# {guest} is reached through the Docker API of {parent}. It knows no rights: whoever may use it is root
# there, and no line of sudoers can make that smaller. Either let Steward's user use it:
#     usermod -aG docker {user}
# or, on {parent}, put a proxy between that allows only containers/*/json, containers/*/exec and exec/*/start.
"""
_MANAGERS = {"apt": "apt-get", "dnf": "dnf", "pacman": "pacman"}
_ENGINES = ("docker", "podman")
_OF_SYSTEMD = ("systemctl", "journalctl")


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


@record
class Rights:
    """The rights of Steward's user on one machine, as a file."""

    path: str
    """Where the file belongs on the machine."""
    text: str
    """Its content, comments included."""


def access(desk: Desk, machine: Machine) -> Access | None:
    """Return the rights a machine needs; None where Steward's own user already is the one that acts."""
    if machine.transport in THROUGH_ANOTHER:
        return _access_of_guest(machine, desk.workspace.require(machine.via))
    to_look = [command for fact in desk.look.facts.values() for command in fact.sudoers]
    operations, seen = desk.catalogue.operations.values(), desk.seen(machine.id)
    to_act = [command for operation in operations for command in operation.sudoers]
    if seen is not None:
        to_act += [line for operation in operations if operation.rights for line in operation.rights(seen)]
    return rights_for(machine, seen, to_look=to_look, to_act=to_act)


def rights_for(
    machine: Machine, snapshot: Snapshot | None, *, to_look: Iterable[str], to_act: Iterable[str]
) -> Access | None:
    """Choose from all commands those of programs that the last look did not show to be absent."""
    user = machine.user or DEFAULT_USER
    if machine.transport in {Transport.LOCAL, *FROM_OUTSIDE} or user == "root":
        return None
    absent = frozenset(_absent(snapshot))
    looking = _lines(user, to_look, absent)
    acting = _lines(user, (_TO_END, *to_act), absent)
    count = len(looking) if machine.autonomy is Autonomy.WATCH else len(looking) + len(acting)
    how = f"on {machine.name}, as root: put these {count} lines in {SUDOERS_FILE} with `visudo -f {SUDOERS_FILE}`"
    return Access(user=user, to_look=looking, to_act=acting, how=how)


def rights_of_guest(guest: Machine, parent: Machine) -> Rights:
    """Return the file of the parent that lets Steward's user there begin a shell in one guest, and nothing else."""
    if guest.transport is Transport.DOCKER:
        text = _DOCKER.format(guest=guest.name, parent=parent.name, user=parent.user or DEFAULT_USER)
        return Rights(path=f"the groups of {parent.user or DEFAULT_USER} on {parent.name}", text=text)
    says = f"# Lets Steward into {guest.name} ({guest.transport.value} {guest.guest}), where it is root."
    path = f"{SUDOERS_FILE}-{guest.transport.value}-{guest.guest}"
    lines = (f"{says} Belongs in {path} on {parent.name}, mode 0440.", *_guest_lines(guest, parent))
    return Rights(path=path, text="\n".join(lines) + "\n")


def _access_of_guest(guest: Machine, parent: Machine) -> Access | None:
    lines = _guest_lines(guest, parent)
    if not lines:
        return None
    file = f"{SUDOERS_FILE}-{guest.transport.value}-{guest.guest}"
    how = f"on {parent.name}, as root: put this line in {file} with `visudo -f {file}`"
    return Access(user=parent.user or DEFAULT_USER, to_look=lines, to_act=(), how=how)


def _guest_lines(guest: Machine, parent: Machine) -> tuple[str, ...]:
    """Write the one line a guest of Proxmox needs; none where the parent's user is root anyway."""
    user = parent.user or DEFAULT_USER
    command = _IN_GUEST.get(guest.transport, "")
    if not command or user == "root" or parent.transport is Transport.LOCAL:
        return ()
    return (f"{user} ALL=(root) NOPASSWD: {command.format(guest=guest.guest)}",)


def _lines(user: str, commands: Iterable[str], absent: frozenset[str]) -> tuple[str, ...]:
    """Write the lines; what is refused comes last, because the last line that fits is the one sudo obeys."""
    wanted = {command for command in commands if _program(command) not in absent}
    ordered = sorted(wanted, key=lambda command: (command.startswith("!"), command))
    return tuple(f"{user} ALL=(root) NOPASSWD: {command}" for command in ordered)


def _program(command: str) -> str:
    return command.lstrip("!").split(" ", 1)[0].rpartition("/")[2]


def _absent(snapshot: Snapshot | None) -> Iterator[str]:
    """Name the programs the last look shows not to be there; what could not be read counts as there."""
    if snapshot is None:
        return
    system, manager, engines = (snapshot.of(fact.PLUGIN) for fact in (os, packages, containers))
    known = snapshot.of(programs.PLUGIN)
    if known is not None:
        yield from known.absent()
    if system is not None and not system.is_systemd:
        yield from _OF_SYSTEMD
    if manager is not None:
        yield from (program for name, program in _MANAGERS.items() if name != manager.manager)
    if engines is not None:
        there = f"{engines.engine} {engines.unread}"
        yield from (engine for engine in _ENGINES if engine not in there)
    elif (refusal := snapshot.unread.get(containers.PLUGIN.name, "")) and " is here" in refusal:
        yield from (engine for engine in _ENGINES if engine not in refusal)
