"""Run a shell script that a person wrote: always asked, shown word by word, never granted."""

from __future__ import annotations

from steward.lib.record import record
from steward.lib.text import plural
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.ids import ResourceId, derived
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.resource import Resource, ResourceKind
from steward.model.risk import Risk

_MOST_CHARACTERS = 8192
"""Longer than what a person reads before saying yes."""


@record
class RunShell:
    """Run a shell script as the user Steward logs in as. Nobody can know before what it does, or undo it."""

    machine: str
    """Machine, by name or id."""
    script: str
    """The script, run by `/bin/sh` exactly as written."""
    reason: str
    """Why it is to be run."""


def build(command: RunShell, snapshot: Snapshot) -> Blueprint:
    """Wrap the script; only its form is checked, since no parser can tell what a shell will do."""
    machine, script = snapshot.machine, command.script
    if not script.strip() or not command.reason.strip():
        raise InvalidInput("a script and a reason are needed", where=machine.name)
    if "\0" in script or len(script) > _MOST_CHARACTERS:
        why = f"it may hold {_MOST_CHARACTERS} characters, none of them NUL"
        raise InvalidInput("the script cannot be run", where=machine.name, why=why)
    return Blueprint(
        resource=Resource(
            id=ResourceId(derived("res", machine.id, ResourceKind.MACHINE.value)),
            kind=ResourceKind.MACHINE,
            name=machine.name,
            machine=machine.id,
        ),
        action=Action(argv=("/bin/sh", "-c", script), needs_root=False, timeout_seconds=300),
        says=f"Run a shell script of {plural(len(script.splitlines()), 'line')}",
        effects=(
            f"the reason given: {command.reason.strip()}",
            "whatever the script does, as the user Steward logs in as; read it to the end",
        ),
        preconditions=(),
        verify=(),
        undo=Undo(says="Nobody knows how to undo a script", is_possible=False),
        risk=Risk.RISKY,
    )


PLUGIN = Operation[RunShell](
    name="shell.run",
    input=RunShell,
    risk=Risk.RISKY,
    needs=(),
    build=build,
    sudoers=(),
    examples=(
        Example(line="shell run m1 'ip -br address' 'see its addresses'", does="List the addresses of m1."),
        Example(line="shell run nas 'touch /srv/photos/.rescan' 'rescan photos'", does="Make a file on nas."),
    ),
    is_grantable=False,
)
