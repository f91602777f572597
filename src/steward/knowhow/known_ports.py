"""What is behind ports that are better not open to everybody."""

from __future__ import annotations

from collections.abc import Callable

from steward.lib.record import record
from steward.model.question import Hello


@record
class KnownPort:
    """What usually listens at a port."""

    what: str
    """Its name."""
    can: str
    """What who reaches it can do."""
    hello: Hello = Hello.NONE
    """What can be said to it to see whether it lets anybody in."""


_GUESS = "try passwords and known holes on it"
_HOLDS = "read and change what it holds"
KNOWN_PORTS: dict[int, KnownPort] = {
    2375: KnownPort(what="the Docker API", can="become root of this machine", hello=Hello.DOCKER),
    6379: KnownPort(what="Redis", can=f"{_HOLDS}, and often run programs", hello=Hello.REDIS),
    9200: KnownPort(what="Elasticsearch", can=_HOLDS, hello=Hello.ELASTICSEARCH),
    11211: KnownPort(what="memcached", can=_HOLDS, hello=Hello.MEMCACHED),
    5900: KnownPort(what="VNC", can="see the screen and use it", hello=Hello.VNC),
    5901: KnownPort(what="VNC", can="see the screen and use it", hello=Hello.VNC),
    23: KnownPort(what="telnet", can="listen to the password of whoever logs in"),
    445: KnownPort(what="SMB", can=_GUESS),
    2049: KnownPort(what="NFS", can="read and write what it exports, by its own word for who it is"),
    3389: KnownPort(what="the remote desktop (RDP)", can=_GUESS),
    27017: KnownPort(what="MongoDB", can=_GUESS),
    5432: KnownPort(what="PostgreSQL", can=_GUESS),
    3306: KnownPort(what="MySQL or MariaDB", can=_GUESS),
    1433: KnownPort(what="Microsoft SQL Server", can=_GUESS),
    5984: KnownPort(what="CouchDB", can=_GUESS),
    8086: KnownPort(what="InfluxDB", can=_GUESS),
    8006: KnownPort(what="the pages of Proxmox VE", can=_GUESS),
    9000: KnownPort(what="a panel (Portainer and others)", can=_GUESS),
    9443: KnownPort(what="a panel (Portainer and others)", can=_GUESS),
    10000: KnownPort(what="Webmin", can=_GUESS),
}
"""By TCP port."""


def lets_anybody_in(hello: Hello, said: str) -> bool | None:
    """Tell by what a port said whether it asks nobody who they are; None where that cannot be told."""
    judge = _JUDGES.get(hello)
    return judge(said) if judge and said else None


def _page(sign: str) -> Callable[[str], bool | None]:
    def judge(said: str) -> bool | None:
        words = said[:40].split()
        status = words[1] if len(words) > 1 and words[0].startswith("HTTP/1.") else ""
        return True if status == "200" and sign in said.lower() else False if status in {"401", "403"} else None

    return judge


def _redis(said: str) -> bool | None:
    return True if said.startswith("+PONG") else False if said.startswith(("-NOAUTH", "-DENIED")) else None


def _memcached(said: str) -> bool | None:
    return True if said.startswith("VERSION ") else None


def _vnc(said: str) -> bool | None:
    _, mark, offered = said.partition("proofs offered: ")
    return "1" in offered.split() if mark and offered else None


_JUDGES: dict[Hello, Callable[[str], bool | None]] = {
    Hello.DOCKER: _page("api-version:"),
    Hello.ELASTICSEARCH: _page("cluster_name"),
    Hello.REDIS: _redis,
    Hello.MEMCACHED: _memcached,
    Hello.VNC: _vnc,
}
