"""Where this Steward is, for whoever connects: names it answers to, proxies it believes, whether the link is safe."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from steward.model.errors import InvalidInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Scope = dict[str, Any]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Forwarding:
    """A header in which proxies say whom they let in."""

    header: str
    """Its name: `Remote-User`."""
    proxies: tuple[Network, ...]
    """Addresses that are believed; they must be trusted proxies as well."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """How Steward is reached."""

    hosts: frozenset[str]
    """Names and addresses that a request may be meant for, lower case, without port."""
    public_origin: str = ""
    """`https://steward.example` when there is one address people use; empty otherwise."""
    base: str = ""
    """Path below which a proxy serves Steward, such as `/steward`; a request may come with it or without."""
    proxies: tuple[Network, ...] = ()
    """Addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    forwarding: Forwarding | None = None
    """Whether and of whom it is believed that somebody was let in."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """One request's way here."""

    address: str
    """Address of the client, the real one behind a trusted proxy."""
    host: str
    """What the request is meant for: the `Host` header, lower case."""
    name: str
    """The same without port."""
    is_encrypted: bool
    """Whether it came over TLS, to us or to a trusted proxy."""

    @property
    def is_private(self) -> bool:
        """Tell whether nobody between can read it: encrypted, or from this very machine."""
        return self.is_encrypted or is_loopback(self.address)

    @property
    def origin(self) -> str:
        """Return the origin that pages of this link have."""
        return f"{'https' if self.is_encrypted else 'http'}://{self.host}"


def link_of(scope: Scope, site: Site) -> Link:
    """Read how a request came; what a proxy says counts only when the proxy is trusted.

    Raises:
        InvalidInput: it names no host, two, or one that Steward does not answer to.
    """
    peer = str((scope.get("client") or ("",))[0])
    address, is_encrypted = peer, scope.get("scheme") == "https"
    if is_in(peer, site.proxies):
        address = _client(header(scope, b"x-forwarded-for"), site.proxies) or peer
        is_encrypted = is_encrypted or header(scope, b"x-forwarded-proto").strip().lower() == "https"
    host = _host(scope)
    name = name_of(host)
    if name not in site.hosts:
        step = "open it by a name it knows, or add this one to STEWARD_HOSTS"
        raise InvalidInput("Steward does not answer to the host of this request", next_step=step)
    return Link(address=address, host=host, name=name, is_encrypted=is_encrypted)


def below(path: str, base: str) -> str:
    """Return a path of ours without the base: a proxy may pass the base on, or take it off itself."""
    if base and (path == base or path.startswith(f"{base}/")):
        return path[len(base) :] or "/"
    return path


def header(scope: Scope, name: bytes) -> str:
    """Return a header; of one that came several times, all values as a list, which HTTP says is the same."""
    return ",".join(values(scope, name))


def values(scope: Scope, name: bytes) -> list[str]:
    """Return every value of a header."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def name_of(host: str) -> str:
    """Return a host without its port and brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


def is_loopback(address: str) -> bool:
    """Tell whether an address is this very machine."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks.

    Raises:
        InvalidInput: one cannot be read.
    """
    read: list[Network] = []
    for text in texts:
        try:
            read.append(ipaddress.ip_network(text, strict=False))
        except ValueError as error:
            step = "give addresses or networks, such as 192.168.1.2 or 10.0.0.0/8"
            raise InvalidInput(f"`{text}` is no address", why=str(error), next_step=step) from error
    return tuple(read)


def _host(scope: Scope) -> str:
    hosts = values(scope, b"host")
    if len(hosts) != 1 or any(letter in hosts[0] for letter in "/@\\,?# "):
        raise InvalidInput("the request must name exactly one host")
    return hosts[0].lower()


def _client(forwarded: str, proxies: tuple[Network, ...]) -> str:
    """Return the last address of the chain that is no proxy of ours: what is before it anybody can write."""
    for part in reversed(forwarded.split(",")):
        address = part.strip().removeprefix("[").partition("]")[0]
        if not address or is_in(address, proxies):
            continue
        return address if _is_address(address) else ""
    return ""


def is_in(address: str, proxies: tuple[Network, ...]) -> bool:
    """Tell whether an address is one of these."""
    if not _is_address(address):
        return False
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in proxies)


def _is_address(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
