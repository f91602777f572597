"""Resolvers: which name servers a machine asks, and whether each answers."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_MOST = 10


@record
class Resolver:
    """One name server."""

    position: int
    """Its place in the list, from 0: programs ask the first, and the next once it has kept them waiting."""
    is_upstream: bool
    """Whether the machine's own resolver asks it for everybody, all of its kind in turn."""
    answers: bool | None
    """Whether it answered one of two questions; None where there was no program to ask with."""
    milliseconds: int | None
    """How long its answer took; None where nobody measured."""


@record
class Resolvers:
    """All name servers of a machine."""

    resolvers: dict[str, Resolver]
    """By address."""


def parse(outputs: Mapping[str, CommandOutput]) -> Resolvers:
    """Read `server KIND ADDRESS RESULT MILLISECONDS` lines; `list` stands before them where there is a list at all."""
    said = [line.split(" ") for line in lines(text_of(outputs, "resolvers"))]
    if ["list"] not in said:
        msg = "there is no /etc/resolv.conf to read"
        raise FactUnavailable(msg)
    found: dict[str, Resolver] = {}
    for words in said:
        if len(words) == 5 and words[0] == "server" and _is_address(words[2]) and len(found) < _MOST:
            one = Resolver(
                position=len(found),
                is_upstream=words[1] == "upstream",
                answers={"answers": True, "silent": False}.get(words[3]),
                milliseconds=whole(words[4]),
            )
            found.setdefault(words[2], one)
    return Resolvers(resolvers=found)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def samples(resolvers: Resolvers) -> dict[str, float]:
    """Return whether each name server answered, and how long it took."""
    numbers: dict[str, float] = {}
    for address, one in resolvers.resolvers.items():
        numbers |= {f"{address} answers": float(one.answers)} if one.answers is not None else {}
        numbers |= {f"{address} milliseconds": float(one.milliseconds)} if one.milliseconds is not None else {}
    return numbers


def traits(resolvers: Resolvers) -> dict[str, str]:
    """Return which name servers are asked, in their order."""
    return {"name servers": " ".join(resolvers.resolvers)}


# Any answer counts, a refusal too: the question is whether somebody is there. It is for the root, which every name
# server knows of and which tells nobody what this machine is interested in.
_ASK = """
import random, socket, struct, sys, time
address = sys.argv[1]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
number = random.randrange(65536)
asked = struct.pack(">HHHHHH", number, 256, 1, 0, 0, 0) + bytes([0]) + struct.pack(">HH", 6, 1)
begun = time.monotonic()
for _ in range(2):
    try:
        link = socket.socket(family, socket.SOCK_DGRAM)
        link.settimeout(2)
        link.connect(socket.getaddrinfo(address, 53, family, socket.SOCK_DGRAM)[0][4])
        link.send(asked)
        if link.recv(4096)[:2] == asked[:2]:
            print("answers", int((time.monotonic() - begun) * 1000))
            sys.exit(0)
    except OSError:
        time.sleep(0.1)
print("silent -")
"""
_RESOLVERS = f"""\
export LC_ALL=C
[ -r /etc/resolv.conf ] || exit 0
echo list
ask() {{
    if command -v dig >/dev/null 2>&1; then
        told=$(dig +time=2 +tries=2 +noall +comments +stats "@$2" . SOA 2>/dev/null </dev/null)
        case $told in
            *'->>HEADER<<-'*)
                told="answers $(printf '%s' "$told" | sed -n 's/.*Query time: \\([0-9]*\\) msec.*/\\1/p')" ;;
            *) told='silent -' ;;
        esac
    elif command -v python3 >/dev/null 2>&1; then
        told=$(python3 -I -S -c '{_ASK}' "$2" 2>/dev/null </dev/null)
    elif command -v nslookup >/dev/null 2>&1; then
        told='answers -'
        nslookup localhost "$2" 2>&1 </dev/null | grep -qiE "timed out|no response|no servers|can't connect|refused$" &&
            told='silent -'
    else
        told='unknown -'
    fi
    echo "server $1 $2 $told"
}}
names() {{ awk '$1 == "nameserver" {{ print $2 }}' "$1" 2>/dev/null | awk '!seen[$0]++' | head -n 3; }}
for server in $(names /etc/resolv.conf); do ask listed "$server"; done
case " $(names /etc/resolv.conf) " in
    *127.0.0.53* | *127.0.0.54*)
        for server in $(names /run/systemd/resolve/resolv.conf); do ask upstream "$server"; done ;;
esac
exit 0
"""

PLUGIN = Fact[Resolvers](
    name="resolvers",
    summary="Name servers a machine asks, and whether each answers.",
    readings=(Reading(name="resolvers", argv=("sh", "-c", _RESOLVERS), timeout_seconds=50),),
    parse=parse,
    pause=timedelta(minutes=10),
    samples=samples,
    series=(Series(ending="answers", unit=Unit.UP),),
    traits=traits,
)
