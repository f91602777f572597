"""The SSH server: who may log in, and how they prove who they are."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_DEFAULTS = {
    "permitrootlogin": "prohibit-password",
    "passwordauthentication": "yes",
    "kbdinteractiveauthentication": "yes",
    "permitemptypasswords": "no",
    "usepam": "no",
}
"""What OpenSSH takes where its configuration says nothing."""


@record
class SshServer:
    """What OpenSSH's server allows in general; blocks for single users or addresses are not judged."""

    is_installed: bool
    """Whether there is one."""
    is_effective: bool
    """Whether the server itself told what is in force; else its files were read."""
    root_login: str
    """`yes`, `no`, `prohibit-password`, `forced-commands-only`; empty when there is no server."""
    asks_password: bool
    """Whether a password is enough to log in."""
    allows_empty_password: bool
    """Whether an account without a password may log in."""
    ports: tuple[int, ...]
    """Ports it is to listen on."""
    public_addresses: tuple[str, ...]
    """IPv4 addresses of the machine that the whole internet can route to."""


def parse(outputs: Mapping[str, CommandOutput]) -> SshServer:
    """Read `KEY VALUE` lines; of a key said twice the first counts, as OpenSSH has it."""
    said = lines(text_of(outputs, "ssh_server"))
    told: dict[str, str] = {}
    ports: list[int] = []
    for line in said:
        key, _, value = line.strip().partition(" ")
        key = key.lower().replace("challengeresponseauthentication", "kbdinteractiveauthentication")
        if key == "port" and (port := whole(value)) is not None:
            ports.append(port)
        told.setdefault(key, value.strip().strip('"').lower())
    if "refused" in told:
        msg = "only root may ask the SSH server what is in force; `steward machines rights` prints the line for sudo"
        raise FactUnavailable(msg)
    if "effective" not in told and "files" not in told:
        return SshServer(
            is_installed=False,
            is_effective=False,
            root_login="",
            asks_password=False,
            allows_empty_password=False,
            ports=(),
            public_addresses=(),
        )
    values = _DEFAULTS | told
    by_keyboard = values["kbdinteractiveauthentication"] == "yes" and values["usepam"] == "yes"
    return SshServer(
        is_installed=True,
        is_effective="effective" in told,
        root_login=values["permitrootlogin"].replace("without-password", "prohibit-password")[:40],
        asks_password=values["passwordauthentication"] == "yes" or by_keyboard,
        allows_empty_password=values["permitemptypasswords"] == "yes",
        ports=tuple(ports[:10]) or (22,),
        public_addresses=tuple(_public(line) for line in said if _public(line))[:10],
    )


def _public(line: str) -> str:
    """Return the address of a line `address ADDRESS/LENGTH` when it is public, else an empty text."""
    word, _, value = line.partition(" ")
    try:
        address = ipaddress.ip_address(value.partition("/")[0]) if word == "address" else None
    except ValueError:
        return ""
    return str(address) if address is not None and address.version == 4 and address.is_global else ""


def traits(server: SshServer) -> dict[str, str]:
    """Return who may log in and how."""
    ways = "keys and passwords" if server.asks_password else "keys"
    return {"ssh server: root login": server.root_login, "ssh server: proof": ways} if server.is_installed else {}


_KEYS = (
    "port|permitrootlogin|passwordauthentication|kbdinteractiveauthentication|challengeresponseauthentication"
    "|permitemptypasswords|usepam"
)
_SSH_SERVER = f"""\
export LC_ALL=C
[ -x /usr/sbin/sshd ] && [ -d /etc/ssh ] || exit 0
ip -o -4 address show scope global 2>/dev/null | awk '{{ print "address", $4 }}' | head -n 50
run=/usr/sbin/sshd
[ "$(id -u)" = 0 ] || run='sudo -n /usr/sbin/sshd'
told=$($run -T 2>/dev/null </dev/null | grep -iE '^({_KEYS}) ')
if [ -n "$told" ]; then
    echo effective
elif [ -r /etc/ssh/sshd_config ]; then
    echo files
    told=$(for file in /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config; do
        sed '/^[ \\t]*[Mm][Aa][Tt][Cc][Hh][ \\t]/,$d' "$file"
    done 2>/dev/null | sed 's/^[ \\t]*//; s/[ \\t=][ \\t=]*/ /' | grep -iE '^({_KEYS}) ')
else
    echo refused
fi
printf '%s\\n' "$told" | cut -c 1-100 | head -n 50
exit 0
"""

PLUGIN = Fact[SshServer](
    name="ssh_server",
    summary="What the SSH server allows: login as root, passwords, ports.",
    readings=(Reading(name="ssh_server", argv=("sh", "-c", _SSH_SERVER)),),
    parse=parse,
    pause=timedelta(hours=1),
    traits=traits,
    sudoers=("/usr/sbin/sshd -T",),
)
