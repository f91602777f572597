"""What the operations on accounts share: which accounts they touch, their probes, and the lines that name each one.

The lines of sudoers name the accounts that were seen, one by one: nobody who has them can touch another account.
"""

from __future__ import annotations

import re

from steward.knowhow.facts.account_states import PLUGIN as ACCOUNTS
from steward.knowhow.facts.account_states import AccountState, AccountStates
from steward.knowhow.storage_operations import not_there, unread
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.probe import Probe, Scalar
from steward.model.resource import Resource, ResourceKind, resource_on

_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


def account_of(snapshot: Snapshot, name: str) -> AccountState:
    """Return the account a command names.

    Raises:
        InvalidInput: it is not there, or no typed command touches it.
    """
    states = snapshot.of(ACCOUNTS)
    if states is None:
        raise unread(snapshot, ACCOUNTS, "accounts")
    one = states.accounts.get(name)
    if one is None:
        raise not_there(snapshot, "account of a person", name, states.accounts)
    if why := why_refused(states, name):
        what = f"account `{visible_line(name)}` cannot be changed this way"
        raise InvalidInput(what, where=snapshot.machine.name, why=why)
    return one


def why_refused(states: AccountStates, name: str) -> str:
    """Return why no typed command touches this account, or an empty text when they may."""
    if _NAME.fullmatch(name) is None:
        return "its name is unusual"
    if name == states.own_name:
        return "Steward logs in as it"
    if states.administrators == (name,):
        return "it is the only administrator; nobody could become root but root itself"
    return ""


def account_resource(snapshot: Snapshot, name: str) -> Resource:
    """Return the account as a resource."""
    return resource_on(snapshot.machine.id, ResourceKind.ACCOUNT, name)


def stands(snapshot: Snapshot, name: str, value: str, says: str, expected: Scalar) -> Probe:
    """Return the question whether a value of an account is this one."""
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=ACCOUNTS.name,
        path=("accounts", name, value),
        expected=expected,
        within_seconds=10,
    )


def changeable(snapshot: Snapshot) -> dict[str, AccountState]:
    """Return the accounts that may be touched, by name."""
    states = snapshot.of(ACCOUNTS)
    if states is None:
        return {}
    return {name: one for name, one in sorted(states.accounts.items()) if not why_refused(states, name)}
