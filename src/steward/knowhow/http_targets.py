"""Where a request may go: machines of the inventory by private address, and what the owner wrote down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from steward.lib.record import record

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PLAIN = re.compile(r"[!-~]{8,2000}")
_PORTS = {"http": 80, "https": 443}


@record
class HttpTarget:
    """Where one request goes."""

    host: str
    """Host as the address names it, in small letters."""
    port: int
    """Port."""
    resolve: str
    """For curl: `name:port:address`, so that nobody's name server decides; empty where the name is looked up."""


def target_of(url: str, allowed: Mapping[str, str]) -> HttpTarget | str:
    """Return where a request would go, or why it is not sent.

    `allowed` holds hosts, with `:PORT` or without, each with the address it is to be reached at; an empty address
    leaves that to the name servers of the machine.
    """
    if _PLAIN.fullmatch(url) is None or any(char in url for char in '"\\`{}<>^|'):
        return "an address is 8 to 2000 plain characters; write others as %XX"
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "it is no address"
    host = (parts.hostname or "").lower()
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        return "it must begin with http:// or https:// and a plain name or IPv4 address"
    if "@" in parts.netloc or parts.fragment:
        return "it holds a name, a password or a fragment; secrets go into a header as `secret://NAME`"
    address = allowed.get(f"{host}:{port}", allowed.get(host))
    if address is None:
        return (
            f"{host}:{port} is neither a machine of the inventory with a private address nor among `http_targets`"
            " in outside.yaml"
        )
    return HttpTarget(host=host, port=port, resolve=f"{host}:{port}:{address}" if address not in {"", host} else "")
