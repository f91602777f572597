"""Read the short forms of compose files: ports and volumes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PORT = re.compile(r"(?P<first>\d{1,6})(?:-(?P<last>\d{1,6}))?")


@dataclass(frozen=True, kw_only=True)
class Published:
    """A port of the machine that leads into a container."""

    first: int
    """Port, or the first of a range."""
    last: int
    """The same, or the last of a range."""
    protocol: str = "tcp"
    """Protocol."""
    address: str = ""
    """Address of the machine; empty means all."""


def short_port(text: str) -> Published | None:
    """Read `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`; None when no port of the machine is named.

    Raises:
        ValueError: it is no port, or one above 65535.
    """
    rest, _, protocol = text.strip().partition("/")
    before, colon, container = rest.rpartition(":")
    _range(container)
    if not colon:
        return None
    address, host = "", before
    if before.startswith("["):
        address, _, host = before[1:].partition("]")
        host = host.removeprefix(":")
    elif ":" in before:
        address, _, host = before.rpartition(":")
    if not host:
        return None
    first, last = _range(host)
    return Published(first=first, last=last, protocol=(protocol or "tcp").lower(), address=plain_address(address))


def published(text: str, protocol: str, address: str) -> Published:
    """Read the parts of the long form.

    Raises:
        ValueError: it is no port, or one above 65535.
    """
    first, last = _range(text)
    return Published(first=first, last=last, protocol=(protocol or "tcp").lower(), address=plain_address(address))


def plain_address(address: str) -> str:
    """Return an address, or an empty text for what means all of them."""
    return "" if address in {"0.0.0.0", "::", "[::]", "*"} else address  # noqa: S104 - compared, not bound


def _range(text: str) -> tuple[int, int]:
    match = _PORT.fullmatch(text.strip())
    if match is None:
        msg = "this is no port"
        raise ValueError(msg)
    first = int(match["first"])
    last = int(match["last"] or first)
    if not 0 < first <= last <= 65535:
        msg = "a port lies between 1 and 65535"
        raise ValueError(msg)
    return first, last


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume or a folder of the machine in a container."""

    kind: str
    """`bind`, `named`, `anonymous`, `tmpfs` and so on."""
    source: str
    """Volume or path."""
    target: str
    """Path in the container."""
    is_read_only: bool = False
    """Whether the container may only read it."""


def short_mount(text: str) -> Mount:
    """Read `[SOURCE:]TARGET[:MODE]`."""
    parts = _split(text.strip())
    if len(parts) == 1:
        return Mount(kind="anonymous", source="", target=parts[0])
    source, target = parts[0], parts[1]
    modes = parts[2].split(",") if len(parts) > 2 else []
    return Mount(kind=kind_of(source), source=source, target=target, is_read_only="ro" in modes)


def kind_of(source: str) -> str:
    """Tell whether a source is a path or the name of a volume."""
    is_path = source.startswith((".", "/", "~", "\\", "$", "{{", "\u2983")) or bool(re.match(r"[A-Za-z]:[\\/]", source))
    return "bind" if is_path or "/" in source else "named"


def _split(text: str) -> list[str]:
    """Split at colons, but for those of a drive letter and within braces of variables and templates."""
    parts, depth, start = list[str](), 0, 0
    for place, char in enumerate(text):
        if char in "{\u2983":
            depth += 1
        elif char in "}\u2984":
            depth -= 1
        elif char == ":" and depth <= 0 and not _is_drive(text, start, place):
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _is_drive(text: str, start: int, place: int) -> bool:
    return place - start == 1 and text[start].isalpha() and text[place + 1 : place + 2] in {"\\", "/"} and start == 0
