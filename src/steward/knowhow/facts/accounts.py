"""Accounts: who can log in, who is root by any name, and which keys open the door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 300


@record
class Account:
    """One account that can log in, or has the rights of root."""

    user_id: int
    """Its number; 0 is root by whatever name."""
    shell: str
    """Program a login starts."""
    has_empty_password: bool
    """Whether it has no password at all; False also where only root could tell."""
    keys: tuple[str, ...]
    """Fingerprints of the keys that may log in as it, where its file can be read."""


@record
class Accounts:
    """All such accounts, and who has great rights."""

    accounts: dict[str, Account]
    """By name."""
    groups: dict[str, tuple[str, ...]]
    """Members of groups that are as good as root, by group."""
    free_sudo: tuple[str, ...]
    """Names in sudo's rules that may do everything without a password, where the rules can be read."""
    own_name: str
    """User Steward logs in as."""
    is_own_sudo_free: bool
    """Whether this user, not being root, may do everything as root without a password."""
    sockets: dict[str, str]
    """Access rights of the sockets of container engines, octal, by path."""


def parse(outputs: Mapping[str, CommandOutput]) -> Accounts:
    """Read lines of `KIND NAME ...`."""
    said = [line.split(" ") for line in lines(text_of(outputs, "accounts"))]
    told = {kind: [words[1:] for words in said[: 20 * _MOST] if words[0] == kind] for kind in _KINDS}
    own = next((words[0] for words in told["me"] if words and words[0]), "")
    if not own:
        msg = "the machine does not tell who is logged in"
        raise FactUnavailable(msg)
    empty = {words[0] for words in told["empty"] if words}
    keys: dict[str, list[str]] = {}
    for words in told["key"]:
        if len(words) == 2:
            keys.setdefault(words[0], []).append(words[1][:60])
    accounts = {
        words[0][:64]: Account(
            user_id=number,
            shell=words[2][:100],
            has_empty_password=words[0] in empty,
            keys=tuple(sorted(keys.get(words[0], ()))[:50]),
        )
        for words in told["user"][:_MOST]
        if len(words) == 3 and (number := whole(words[1])) is not None
    }
    return Accounts(
        accounts=accounts,
        groups={words[0]: _members(words[1]) for words in told["group"] if len(words) == 2},
        free_sudo=tuple(dict.fromkeys(words[0][:64] for words in told["free"] if words and words[0])),
        own_name=own[:64],
        is_own_sudo_free=bool(told["own"]),
        sockets={words[1]: words[0][:5] for words in told["socket"] if len(words) == 2},
    )


_KINDS = ("me", "user", "empty", "key", "group", "free", "own", "socket")


def _members(text: str) -> tuple[str, ...]:
    return tuple(sorted(name[:64] for name in text.split(",") if name)[:50])


def traits(accounts: Accounts) -> dict[str, str]:
    """Return which accounts and keys there are, and who is in the groups that are as good as root."""
    told = {f"account {name}": f"{one.user_id} {one.shell}" for name, one in accounts.accounts.items()}
    told |= {f"account {name}: keys": " ".join(one.keys) for name, one in accounts.accounts.items() if one.keys}
    told |= {f"group {name}": " ".join(members) for name, members in accounts.groups.items() if members}
    return told | {f"sudo without password: {name}": "everything" for name in accounts.free_sudo}


_ACCOUNTS = r"""
export LC_ALL=C
echo "me $(id -un)"
awk -F: '$7 !~ /(nologin|false|sync|shutdown|halt)$/ || $3 == 0 { print "user", $1, $3, $7 == "" ? "/bin/sh" : $7 }' \
    /etc/passwd | head -n 300
awk -F: '$1 ~ /^(sudo|wheel|admin|docker|lxd|incus-admin|libvirt|disk)$/ { print "group", $1, $4 }' /etc/group
[ -r /etc/shadow ] && awk -F: '$2 == "" { print "empty", $1 }' /etc/shadow
awk -F: '$7 !~ /(nologin|false|sync)$/ { print $1, $6 }' /etc/passwd | head -n 50 | while read -r name home; do
    for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
        [ -r "$file" ] && [ -f "$file" ] || continue
        ssh-keygen -l -f "$file" 2>/dev/null </dev/null | awk -v name="$name" '{ print "key", name, $2 }' | head -n 50
    done
done
if [ "$(id -u)" = 0 ]; then
    cat /etc/sudoers /etc/sudoers.d/* 2>/dev/null |
        awk '!/^[ \t]*(#|Defaults)/ && /NOPASSWD:[ \t]*ALL[ \t]*$/ { print "free", $1 }'
else
    sudo -n -l 2>/dev/null </dev/null | grep -qE '^ *\((ALL|root)( : ALL)?\) NOPASSWD: ALL$' && echo own free
fi
for socket in /run/docker.sock /var/run/docker.sock /run/podman/podman.sock; do
    [ -S "$socket" ] && [ ! -h "${socket%/*}" ] && echo "socket $(stat -c %a "$socket") $socket"
done
exit 0
"""

PLUGIN = Fact[Accounts](
    name="accounts",
    summary="Accounts that can log in, their keys by fingerprint, and who has the rights of root.",
    readings=(Reading(name="accounts", argv=("sh", "-c", _ACCOUNTS)),),
    parse=parse,
    pause=timedelta(hours=1),
    traits=traits,
)
