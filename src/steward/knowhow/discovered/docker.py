"""Engines that contexts of the Docker client lead to. A container is no machine of its own here."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from steward.knowhow.outputs import dictionary, json_object, word_of
from steward.model.discovery import Discovered, Found, Gathered, LeftOut, Reach, Source

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})
_NAME = re.compile(r"[A-Za-z0-9_.@:%\[\]-]{1,200}")


def parse(gathered: Gathered) -> Discovered:
    """Return the machine of each context that leads to another one."""
    machines: list[Found] = []
    left_out = list(gathered.left_out)
    for path, text in gathered.texts.items():
        context = json_object(text)
        name = word_of(context.get("Name"))[:100]
        endpoint = word_of(dictionary(dictionary(context.get("Endpoints")).get("docker")).get("Host"))[:500]
        found = _found(name, endpoint, path)
        if isinstance(found, Found):
            machines.append(found)
        else:
            left_out.append(LeftOut(what=f"{name or 'a context'} ({path})", why=found))
    return Discovered(machines=tuple(machines), left_out=tuple(left_out))


def _found(name: str, endpoint: str, path: str) -> Found | str:
    """Return the machine behind an endpoint, or why there is none."""
    if not name or not endpoint:
        return "it is no context of Docker"
    try:
        parts = urlsplit(endpoint)
        host, user, port = parts.hostname or "", parts.username or "", parts.port
    except ValueError:
        return "its endpoint cannot be read"
    if parts.scheme in {"unix", "npipe", "fd"} or host in _HERE:
        return "an engine of this box itself"
    if parts.scheme == "ssh":
        return Found(name=name, address=host, port=port or 22, user=user, says="a Docker context over SSH", where=path)
    if parts.scheme in {"tcp", "http", "https"}:
        says = f"a Docker engine at port {port or 2375}; SSH is only assumed"
        return Found(name=name, address=host, says=says, where=path)
    return (
        f"endpoints of `{parts.scheme[:20]}` are not known" if _NAME.fullmatch(parts.scheme or "-") else "no endpoint"
    )


PLUGIN = Source(
    name="docker",
    summary="Engines that contexts of the Docker client lead to, over SSH or TCP.",
    reach=Reach.LOCAL,
    parse=parse,
    is_asked_first=True,
)
