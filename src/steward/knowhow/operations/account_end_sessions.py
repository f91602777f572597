"""End everything that runs as an account."""

from __future__ import annotations

from steward.knowhow.account_operations import account_of, account_resource, changeable, stands
from steward.knowhow.facts.account_states import PLUGIN as ACCOUNTS
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.risk import Risk

_SCRIPT = "/usr/bin/pkill -KILL -u $0 || true"
"""Called with the name of the account. That nothing runs as it is no failure; the proof tells."""


@record
class EndSessions:
    """End all sessions and programs of an account at once. What was not saved is lost; files stay."""

    machine: str
    """Machine, by name or id."""
    account: str
    """Name of the account."""


def build(command: EndSessions, snapshot: Snapshot) -> Blueprint:
    """Work it out for whatever runs when its turn comes."""
    name, one = command.account, account_of(snapshot, command.account)
    return Blueprint(
        resource=account_resource(snapshot, name),
        action=Action(argv=("/bin/sh", "-c", _SCRIPT, name)),
        says=f"End everything that runs as {name}",
        effects=(
            f"{plural(one.process_count, 'program')} of {name} now, and what it has begun by then, are ended at once",
            "what they had not saved is lost",
        ),
        preconditions=(),
        verify=(stands(snapshot, name, "process_count", f"nothing runs as {name}", 0),),
        undo=Undo(
            says="Programs that were ended are not started again, and what they had not saved is lost",
            is_possible=False,
        ),
        risk=Risk.DESTRUCTIVE,
    )


def rights(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the lines for exactly the accounts that were seen."""
    return tuple(f"/bin/sh -c {_SCRIPT} {name}" for name in changeable(snapshot))


PLUGIN = Operation[EndSessions](
    name="account.end_sessions",
    input=EndSessions,
    risk=Risk.DESTRUCTIVE,
    needs=(ACCOUNTS.name,),
    build=build,
    sudoers=(),
    rights=rights,
    examples=(
        Example(line="account end_sessions nas anna", does="End what runs as anna on nas."),
        Example(line="account end_sessions m1 guest", does="End what runs as guest on m1."),
    ),
)
