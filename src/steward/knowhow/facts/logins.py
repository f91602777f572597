"""Attempts to log in over SSH within the last hour: how many failed, from where, and who got in after failing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 200


@record
class Origin:
    """What came from one address."""

    failed_count: int
    """Attempts that failed."""
    passed_count: int
    """Logins that succeeded with a password or a key."""
    users: tuple[str, ...]
    """Users that got in from there."""
    is_password: bool
    """Whether one of them got in with a password."""


@record
class Logins:
    """Attempts of the last hour, of the newest 5000 lines of the SSH server's journal."""

    failed_count: int
    """Attempts that failed, from all addresses."""
    origins: dict[str, Origin]
    """By address: those with most failures, and those that got in."""


def parse(outputs: Mapping[str, CommandOutput]) -> Logins:
    """Read `failed COUNT` and `origin ADDRESS FAILED PASSED PASSWORD USER...`; the addresses are what sshd saw."""
    said = lines(text_of(outputs, "logins"))
    if said[0] == "refused":
        msg = "the journal of the SSH server cannot be read; `steward machines rights` prints the line for sudo"
        raise FactUnavailable(msg)
    origins: dict[str, Origin] = {}
    total = 0
    for words in (line.split(" ") for line in said[:_MOST]):
        numbers = [whole(word) for word in words[2:5]]
        if words[0] == "failed" and len(words) == 2:
            total = whole(words[1]) or 0
        elif words[0] == "origin" and len(numbers) == 3 and None not in numbers:
            failed, passed, by_password = (number or 0 for number in numbers)
            users = tuple(dict.fromkeys(word[:32] for word in words[5:15] if word))
            origins[words[1][:64]] = Origin(
                failed_count=failed, passed_count=passed, users=users, is_password=by_password > 0
            )
    return Logins(failed_count=total, origins=origins)


def samples(logins: Logins) -> dict[str, float]:
    """Return how many attempts failed within the hour before."""
    return {"failed_count": float(logins.failed_count)}


_WORDS = "--quiet --no-pager --since=-1h --lines=5000 --output=cat _COMM=sshd + _COMM=sshd-session"
_COUNTED = r"""
    function from() { for (at = NF - 1; at > 1; at--) if ($at == "from") return $(at + 1); return "" }
    /^Failed / {
        address = from()
        if (address !~ /^[0-9a-fA-F:.]+$/) next
        failed[address]++; total++; tried[address, $(NF - 1)] = 1
    }
    /^Connection closed by (invalid|authenticating) user/ {
        for (at = NF; at > 2; at--) if ($at == "port") break
        address = $(at - 1)
        if (address !~ /^[0-9a-fA-F:.]+$/ || (address, $(at + 1)) in tried) next
        failed[address]++; total++
    }
    /^Accepted / {
        address = from()
        if (address !~ /^[0-9a-fA-F:.]+$/) next
        passed[address]++
        if ($2 == "password" || $2 ~ /^keyboard/) by_password[address]++
        user = $4
        if (user !~ /^[A-Za-z0-9._-]+$/ || index(users[address] " ", " " user " ")) next
        users[address] = users[address] " " user
    }
    END {
        for (address in passed) if (!(address in failed)) failed[address] = 0
        for (address in failed)
            print "origin", address, failed[address], passed[address] + 0, by_password[address] + 0 users[address]
        print "failed", total + 0
    }
"""
_LOGINS = f"""\
export LC_ALL=C
command -v journalctl >/dev/null 2>&1 && [ -d /run/systemd/system ] || exit 0
reads=journalctl
if [ "$(id -u)" != 0 ] && ! id -Gn | tr ' ' '\\n' | grep -qx -e adm -e systemd-journal; then
    reads='sudo -n /usr/bin/journalctl'
fi
told=$($reads {_WORDS} 2>/dev/null </dev/null) || {{ echo refused; exit 0; }}
printf '%s\\n' "$told" | awk '{_COUNTED}' | sort -k1,1 -k4,4nr -k3,3nr | head -n 40
exit 0
"""

PLUGIN = Fact[Logins](
    name="logins",
    summary="Attempts to log in over SSH within an hour: how many failed, from where, and who got in.",
    readings=(Reading(name="logins", argv=("sh", "-c", _LOGINS), timeout_seconds=20),),
    parse=parse,
    pause=timedelta(minutes=10),
    samples=samples,
    sudoers=(f"/usr/bin/journalctl {_WORDS}",),
)
