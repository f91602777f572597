"""Names a machine serves with TLS: what each of its own name servers answers for them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of
from steward.knowhow.web_servers import WEB_SERVERS
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 50
_MOST_ADDRESSES = 20


@record
class Names:
    """Answers by name and name server; one that did not answer is left out."""

    answers: dict[str, dict[str, tuple[str, ...]]]
    """IPv4 addresses, sorted, by name and by name server; none where it knows no such name or address."""


def parse(outputs: Mapping[str, CommandOutput]) -> Names:
    """Read `answer SERVER NAME ADDRESS,ADDRESS` lines; a dash stands for no address."""
    answers: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in lines(text_of(outputs, "names"))[:_MOST]:
        words = line.split(" ")
        if len(words) == 4 and words[0] == "answer" and all(words):
            found = sorted({part for part in words[3].split(",") if _is_address(part)})
            answers.setdefault(words[2][:253], {})[words[1][:64]] = tuple(found[:_MOST_ADDRESSES])
    return Names(answers=answers)


def _is_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 4
    except ValueError:
        return False


def traits(names: Names) -> dict[str, str]:
    """Return where each name leads; of several name servers only what all say."""
    told: dict[str, str] = {}
    for name, answers in names.answers.items():
        if len(set(answers.values())) == 1:
            told[f"name {name}"] = " ".join(next(iter(answers.values()))) or "no address"
    return told


_ASK = """
import random, socket, struct, sys
server = sys.argv[1]
family = socket.AF_INET6 if ":" in server else socket.AF_INET
place = socket.getaddrinfo(server, 53, family, socket.SOCK_DGRAM)[0][4]
def after(data, at):
    while data[at]:
        if data[at] >= 192:
            return at + 2
        at += data[at] + 1
    return at + 1
for name in sys.argv[2:]:
    head = struct.pack(">HHHHHH", random.randrange(65536), 256, 1, 0, 0, 0)
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    link = socket.socket(family, socket.SOCK_DGRAM)
    link.settimeout(2)
    try:
        link.connect(place)
        link.send(head + labels + bytes([0]) + struct.pack(">HH", 1, 1))
        data = link.recv(4096)
        found, at = [], after(data, 12) + 4
        for _ in range(struct.unpack(">H", data[6:8])[0]):
            at = after(data, at)
            kind, length = struct.unpack(">HxxxxxxH", data[at:at + 10])
            if kind == 1 and length == 4:
                found.append(socket.inet_ntoa(data[at + 10:at + 14]))
            at += 10 + length
    except (OSError, IndexError, struct.error):
        break
    if data[:2] != head[:2] or data[3] & 15 not in (0, 3):
        continue
    print("answer", server, name, ",".join(found) or "-")
"""
_NAMES = f"""\
export LC_ALL=C
{WEB_SERVERS}
names=$(web_servers 2>/dev/null | sed -n 's/^name [0-9]* //p' | grep -xE '([a-z0-9-]{{1,63}}[.])+[a-z0-9-]{{1,63}}' |
    sort -u | head -n 8)
[ -n "$names" ] || exit 0
list=/etc/resolv.conf
grep -qsE '^nameserver 127[.]0[.]0[.]5[34]' $list && list=/run/systemd/resolve/resolv.conf
servers=$(awk '$1 == "nameserver" && $2 !~ /%/ && !seen[$2]++ {{ print $2 }}' $list 2>/dev/null | head -n 3)
for server in $servers; do
    if command -v dig >/dev/null 2>&1; then
        for name in $names; do
            told=$(dig +short +time=2 +tries=1 "@$server" "$name" A 2>/dev/null </dev/null) || break
            told=$(printf '%s\\n' "$told" | grep -xE '[0-9.]+' | tr '\\n' ',')
            echo "answer $server $name ${{told:--}}"
        done
    elif command -v python3 >/dev/null 2>&1; then
        python3 -I -S -c '{_ASK}' "$server" $names 2>/dev/null </dev/null
    fi
done
exit 0
"""

PLUGIN = Fact[Names](
    name="names",
    summary="What each name server of a machine answers for the names the machine serves with TLS.",
    readings=(Reading(name="names", argv=("sh", "-c", _NAMES), timeout_seconds=30),),
    parse=parse,
    pause=timedelta(hours=1),
    traits=traits,
)
