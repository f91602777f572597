"""Reverse proxies and tunnels: which name leads where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.reader import YAML_ENDINGS, Reader, Sources, folder_of, is_known, name_of
from steward.model.declared import Declaration

_SITE = re.compile(r"^(?P<names>[^\s{#(@][^{#]*?)\s*\{\s*$")
_REVERSE = re.compile(r"^\s*reverse_proxy\s+(?P<rest>.+?)\s*\{?\s*$")
_SERVER_NAME = re.compile(r"^\s*server_name\s+(?P<names>[^;]+);")
_PASS = re.compile(r"^\s*(?:proxy_pass|fastcgi_pass|uwsgi_pass|grpc_pass)\s+(?P<upstream>[^;]+);")
_LONGEST_LINE = 2000
_SCHEME = re.compile(r"^[a-z0-9+]+://", re.IGNORECASE)
_VARIABLE = re.compile(r"^\s*set\s+(?P<name>\$\w+)\s+(?P<value>[^;]+);")


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file that can lead names somewhere."""
    return (path for path in sources.paths if _reader_of(sources, path) is not None)


def read(sources: Sources, path: str) -> Declaration:
    """Return where the names of a file lead."""
    found = Found(path, project=folder_of(path) or path)
    reader = _reader_of(sources, path)
    if reader is not None:
        reader(sources, found)
    return found.declaration()


def _reader_of(sources: Sources, path: str) -> Callable[[Sources, Found], None] | None:
    name = name_of(path)
    if name.startswith("Caddyfile") or name.endswith((".caddy", ".caddyfile")):
        return _caddy
    text = sources.text(path) or "" if path.endswith((".conf", *YAML_ENDINGS)) else ""
    if path.endswith(".conf"):
        return _nginx if "_pass " in text and "server" in text else None
    if "loadBalancer:" in text and "servers:" in text and "apiVersion" not in text:
        return _traefik
    return _tunnel if "ingress:" in text and "hostname:" in text and "apiVersion" not in text else None


def _caddy(sources: Sources, found: Found) -> None:
    names, depth = "", 0
    for number, line in _lines(sources, found.file):
        site = _SITE.match(line) if depth == 0 else None
        if depth == 0 and line.rstrip().endswith("{"):
            names = site["names"] if site else ""
        match = _REVERSE.match(line)
        if match and names:
            upstreams = [word for word in match["rest"].split() if not word.startswith(("/", "@", "*"))]
            for name in re.split(r"[,\s]+", names):
                for upstream in upstreams:
                    _leads(name, upstream, number, found)
        plain = line.split(" #")[0]
        depth = max(0, depth + plain.count("{") - plain.count("}"))


def _lines(sources: Sources, path: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; one that nobody wrote by hand is cut."""
    for number, line in enumerate((sources.text(path) or "").split("\n"), start=1):
        yield number, line[:_LONGEST_LINE]


def _nginx(sources: Sources, found: Found) -> None:
    names: list[str] = [name_of(found.file).removesuffix(".conf")]
    values: dict[str, str] = {}
    for number, line in _lines(sources, found.file):
        if match := _SERVER_NAME.match(line):
            names = match["names"].split()
        elif match := _VARIABLE.match(line):
            values[match["name"]] = match["value"].strip("\"' ")
        elif match := _PASS.match(line):
            upstream = match["upstream"]
            for name, value in values.items():
                upstream = upstream.replace(name, value)
            for name in names:
                _leads(name, upstream, number, found)


def _traefik(sources: Sources, found: Found) -> None:
    for document in sources.yaml(found.file).documents:
        for kind in ("http", "tcp", "udp"):
            for name, service in document.map(kind, "services").items():
                for server in service.list("loadBalancer", "servers"):
                    upstream = server.string("url") or server.string("address")
                    if upstream:
                        _leads(name, upstream, server.line, found)


def _tunnel(sources: Sources, found: Found) -> None:
    for document in sources.yaml(found.file).documents:
        for rule in document.list("ingress"):
            host, service = rule.string("hostname"), rule.string("service")
            if host and service:
                _leads(host, service, rule.line, found)


def _leads(name: str, upstream: str, line: int, found: Found) -> None:
    place = _SCHEME.sub("", upstream.strip("\"'")).partition("/")[0].rpartition("@")[2]
    if place and is_known(place) and is_known(name) and "{" not in place + name:
        found.add_dependency(_SCHEME.sub("", name).strip(","), place, "proxy", line)


PLUGIN = Reader(name="proxies", summary="Reverse proxies and tunnels", claims=claims, read=read)
