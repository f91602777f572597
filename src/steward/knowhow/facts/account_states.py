"""Accounts of people: whether each is locked or expired, which groups it is in, and what runs as it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.knowhow.shell_parts import AS_ROOT
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 300
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@record
class AccountState:
    """How one account stands."""

    user_id: int
    """Its number."""
    home: str
    """Its home folder."""
    password: str
    """`locked`, `set`, `none`; empty where the machine does not tell Steward."""
    expires: str
    """Day from which nobody logs in as it, `2026-03-01`; `never`; empty where the machine does not tell Steward."""
    groups: dict[str, bool]
    """True for each group that it is in, besides its own."""
    process_count: int
    """Programs that run as it now."""


@record
class AccountStates:
    """Accounts of people, by name: their numbers are from 1000 to 59999."""

    accounts: dict[str, AccountState]
    """By name."""
    administrators: tuple[str, ...]
    """Members of `sudo`, `wheel` and `admin`."""
    own_name: str
    """User Steward logs in as."""


def parse(outputs: Mapping[str, CommandOutput]) -> AccountStates:
    """Read lines of `KIND NAME ...`."""
    said = [line.split(" ") for line in lines(text_of(outputs, "accounts"))[: 20 * _MOST]]
    told = {kind: [words[1:] for words in said if words[0] == kind and len(words) > 1] for kind in _KINDS}
    own = next((words[0] for words in told["me"] if words[0]), "")
    if not own:
        msg = "the machine does not tell who is logged in"
        raise FactUnavailable(msg)
    groups = {words[0][:64]: _names(words[-1]) for words in told["group"] if len(words) == 2}
    accounts = {
        words[0][:64]: AccountState(
            user_id=number,
            home=words[2][:200],
            password=_PASSWORDS.get(_first(told["password"], words[0]), ""),
            expires=_day(_first(told["expires"], words[0])),
            groups={name: True for name, members in groups.items() if words[0] in members},
            process_count=whole(_first(told["processes"], words[0])) or 0,
        )
        for words in told["user"][:_MOST]
        if len(words) == 3 and (number := whole(words[1])) is not None
    }
    administrators = {name for group in ("sudo", "wheel", "admin") for name in groups.get(group, ())}
    return AccountStates(accounts=accounts, administrators=tuple(sorted(administrators)), own_name=own[:64])


_KINDS = ("me", "user", "password", "expires", "group", "processes")
_PASSWORDS = {"L": "locked", "LK": "locked", "P": "set", "PS": "set", "NP": "none"}


def _first(told: list[list[str]], name: str) -> str:
    return next((words[1] for words in told if len(words) > 1 and words[0] == name), "")


def _day(word: str) -> str:
    return word if word == "never" or _DAY.fullmatch(word) else ""


def _names(text: str) -> tuple[str, ...]:
    return tuple(name[:64] for name in text.split(",") if name)[:_MOST]


def traits(states: AccountStates) -> dict[str, str]:
    """Return which accounts are locked or expired, and which groups they are in."""
    return {
        f"account {name}: state": " ".join((one.password, one.expires, *sorted(one.groups))).strip()
        for name, one in states.accounts.items()
    }


_ACCOUNTS = (
    AS_ROOT
    + r"""export LC_ALL=C
echo "me $(id -un)"
awk -F: '$4 != "" { print "group", $1, $4 }' /etc/group | head -n 300
awk -F: '$3 >= 1000 && $3 < 60000 { print $1, $3, $6 }' /etc/passwd | head -n 300 | while read -r name number home; do
    case $name in *[!a-z0-9_-]* | [!a-z_]*) continue ;; esac
    echo "user $name $number ${home%% *}"
    echo "processes $name $(ps -o pid= -U "$number" 2>/dev/null | wc -l)"
    state=$(as_root /usr/bin/passwd -S "$name" 2>/dev/null </dev/null) && set -- $state && echo "password $name $2"
    day=$(as_root /usr/bin/chage -i -l "$name" 2>/dev/null </dev/null | sed -n 's/^Account expires[^:]*: *//p')
    [ -z "$day" ] || echo "expires $name $day"
done
exit 0
"""
)
_NAME = "[a-z_][a-z0-9_-]{0,31}"

PLUGIN = Fact[AccountStates](
    name="account_states",
    summary="Accounts of people: locked or expired, groups, and how many programs run as them.",
    readings=(Reading(name="accounts", argv=("sh", "-c", _ACCOUNTS), timeout_seconds=20),),
    parse=parse,
    traits=traits,
    sudoers=(f"/usr/bin/passwd ^-S {_NAME}$", f"/usr/bin/chage ^-i -l {_NAME}$"),
)
