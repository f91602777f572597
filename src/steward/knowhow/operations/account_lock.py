"""Lock an account: nobody logs in as it any more, neither by password nor by key."""

from __future__ import annotations

from steward.knowhow.account_operations import account_of, account_resource, changeable, stands
from steward.knowhow.facts.account_states import PLUGIN as ACCOUNTS
from steward.knowhow.facts.account_states import AccountState
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.risk import Risk

_USERMOD = "/usr/sbin/usermod"
_LONG_AGO = "1970-01-02"
"""What day 1, the day an account is made to expire on, is called."""


@record
class LockAccount:
    """Lock an account and let it expire, so that neither password nor key lets anybody in. Files and jobs stay."""

    machine: str
    """Machine, by name or id."""
    account: str
    """Name of the account."""


def build(command: LockAccount, snapshot: Snapshot) -> Blueprint:
    """Work it out; one whose state is not known, and so could not be put back, is refused."""
    name, one = command.account, account_of(snapshot, command.account)
    if why := _why_not(one):
        raise InvalidInput(f"account `{name}` is not locked", where=snapshot.machine.name, why=why)
    before = (
        stands(snapshot, name, "password", f"the password of {name} is {one.password}", one.password),
        stands(snapshot, name, "expires", f"{name} expires: {one.expires}", one.expires),
    )
    return Blueprint(
        resource=account_resource(snapshot, name),
        action=Action(argv=(_USERMOD, "--lock", "--expiredate", "1", name)),
        says=f"Lock the account {name}",
        effects=(
            f"nobody logs in as {name} any more, by password or by key; cron runs nothing as it",
            f"what runs as it goes on ({one.process_count} programs now); its files in {one.home} stay",
        ),
        preconditions=before,
        verify=(
            stands(snapshot, name, "password", f"the password of {name} is locked", "locked"),
            stands(snapshot, name, "expires", f"{name} expired long ago", _LONG_AGO),
        ),
        undo=Undo(says=f"Let {name} in again as before", actions=(Action(argv=_back(name, one)),), verify=before),
        risk=Risk.RISKY,
    )


def _why_not(one: AccountState) -> str:
    if not one.password or not one.expires:
        return "the machine does not tell Steward whether it is locked already"
    if one.password == "none":  # noqa: S105 - the word for none
        return "it has no password at all, and could not be unlocked again; give it one first"
    return "it is locked and expired already" if one.expires == _LONG_AGO else ""


def _back(name: str, one: AccountState) -> tuple[str, ...]:
    unlock = ("--unlock",) if one.password == "set" else ()  # noqa: S105 - the word for one that is set
    return (_USERMOD, *unlock, "--expiredate", "-1" if one.expires == "never" else one.expires, name)


def rights(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the lines for exactly the accounts that were seen."""
    return tuple(
        line
        for name in changeable(snapshot)
        for line in (
            f"{_USERMOD} --lock --expiredate 1 {name}",
            f"{_USERMOD} ^(--unlock )?--expiredate (-1|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}) {name}$",
        )
    )


PLUGIN = Operation[LockAccount](
    name="account.lock",
    input=LockAccount,
    risk=Risk.RISKY,
    needs=(ACCOUNTS.name,),
    build=build,
    sudoers=(),
    rights=rights,
    examples=(
        Example(line="account lock nas anna", does="Let nobody log in to nas as anna any more."),
        Example(line="account lock m1 guest", does="Lock the guest account of m1."),
    ),
)
