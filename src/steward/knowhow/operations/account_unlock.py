"""Let an account in again."""

from __future__ import annotations

from steward.knowhow.account_operations import account_of, account_resource, changeable, stands
from steward.knowhow.facts.account_states import PLUGIN as ACCOUNTS
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.risk import Risk

_USERMOD = "/usr/sbin/usermod"


@record
class UnlockAccount:
    """Unlock an account and let it never expire, so that its password and keys let it in again."""

    machine: str
    """Machine, by name or id."""
    account: str
    """Name of the account."""


def build(command: UnlockAccount, snapshot: Snapshot) -> Blueprint:
    """Work it out; an account that has not expired is refused."""
    name, one = command.account, account_of(snapshot, command.account)
    if one.expires in {"", "never"} or one.password != "locked":  # noqa: S105 - the word for a locked one
        why = f"its password is {one.password or 'not known'}, it expires: {one.expires or 'not known'}"
        raise InvalidInput(f"account `{name}` is not both locked and expired", where=snapshot.machine.name, why=why)
    before = stands(snapshot, name, "expires", f"{name} expires: {one.expires}", one.expires)
    return Blueprint(
        resource=account_resource(snapshot, name),
        action=Action(argv=(_USERMOD, "--unlock", "--expiredate", "-1", name)),
        says=f"Let the account {name} in again",
        effects=(f"{name} never expires, and its password (if it has one) and its keys let it in again",),
        preconditions=(before,),
        verify=(stands(snapshot, name, "expires", f"{name} never expires", "never"),),
        undo=Undo(
            says=f"Lock {name} again",
            actions=(Action(argv=(_USERMOD, "--lock", "--expiredate", one.expires, name)),),
            verify=(_is_locked(snapshot, name), before),
        ),
        risk=Risk.RISKY,
    )


def _is_locked(snapshot: Snapshot, name: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"the password of {name} is not set",
        fact=ACCOUNTS.name,
        path=("accounts", name, "password"),
        comparison=Comparison.NOT_EQUAL,
        expected="set",
        within_seconds=10,
    )


def rights(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the lines for exactly the accounts that were seen."""
    return tuple(
        line
        for name in changeable(snapshot)
        for line in (
            f"{_USERMOD} --unlock --expiredate -1 {name}",
            f"{_USERMOD} ^--lock --expiredate [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {name}$",
        )
    )


PLUGIN = Operation[UnlockAccount](
    name="account.unlock",
    input=UnlockAccount,
    risk=Risk.RISKY,
    needs=(ACCOUNTS.name,),
    build=build,
    sudoers=(),
    rights=rights,
    examples=(
        Example(line="account unlock nas anna", does="Let anna in to nas again."),
        Example(line="account unlock m1 guest", does="Let the guest account of m1 in again."),
    ),
)
