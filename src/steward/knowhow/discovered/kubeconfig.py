"""API servers that a kubeconfig names. Which nodes stand behind them only the API could tell."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from steward.lib.yaml_loose import Node, load_all
from steward.model.discovery import MOST_FOUND, Discovered, Found, Gathered, LeftOut, Reach, Source

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - never bound


def parse(gathered: Gathered) -> Discovered:
    """Return the address of every cluster, each once."""
    machines: dict[str, Found] = {}
    left_out = list(gathered.left_out)
    for path, text in gathered.texts.items():
        read = load_all(text)
        left_out += [LeftOut(what=f"{path}:{mistake.line}", why=mistake.what) for mistake in read.mistakes]
        for name, server, line in (each for document in read.documents for each in _clusters(document)):
            host = _host(server)
            where = f"{path}:{line}"
            if host is None or host in _HERE:
                why = "its server cannot be read" if host is None else "a cluster within this box"
                left_out.append(LeftOut(what=f"{name} ({where})", why=why))
            elif len(machines) < MOST_FOUND:
                says = "the API server of a cluster, or what spreads the load before it; its nodes are not known here"
                machines.setdefault(host, Found(name=name, address=host, says=says, where=where))
    return Discovered(machines=tuple(machines.values()), left_out=tuple(left_out))


def _clusters(document: Node) -> Iterator[tuple[str, str, int]]:
    """Yield name, server and line of every cluster; keys and certificates are not touched."""
    for entry in document.list("clusters"):
        yield entry.string("name") or "cluster", entry.string("cluster", "server") or "", entry.line


def _host(server: str) -> str | None:
    try:
        return urlsplit(server[:500]).hostname
    except ValueError:
        return None


PLUGIN = Source(
    name="kubeconfig",
    summary="Addresses of the API servers that a kubeconfig names.",
    reach=Reach.LOCAL,
    parse=parse,
)
