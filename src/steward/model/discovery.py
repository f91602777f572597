"""Machines that somebody else knows: what a source was asked for, what it gave, and what was read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from steward.lib.record import record
from steward.model.fact import Reading
from steward.model.machine import Transport

MOST_FOUND = 1_024
"""Most machines that one source may tell of."""


class Reach(StrEnum):
    """How far a source leads."""

    LOCAL = "local"
    """Files of Steward's own box, each at its usual place."""
    MACHINE = "machine"
    """A machine of the inventory is asked, over the connection there is."""
    NETWORK = "network"
    """Addresses are contacted that nobody put into the inventory."""


@record
class Found:
    """A machine as a source tells of it; every text may be anybody's."""

    name: str
    """What the source calls it."""
    transport: Transport = Transport.SSH
    """How it would be reached."""
    address: str = ""
    """Host name or address; empty where the source tells none."""
    alias: str = ""
    """Name in the SSH configuration that stands for address, port, key and jump hosts; empty where there is none."""
    port: int = 22
    """TCP port of its SSH server."""
    user: str = ""
    """User the source logs in as; empty when it tells none."""
    identity_file: str = ""
    """Private key file the source names."""
    proxy_jump: str = ""
    """Machines to go through."""
    via: str = ""
    """What the source calls the machine that runs it."""
    guest: str = ""
    """What it is called there."""
    groups: tuple[str, ...] = ()
    """Groups it belongs to there."""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    """Labels it has there."""
    says: str = ""
    """What else the source tells, in a few words."""
    where: str = ""
    """File and line, or what was asked."""


@record
class LeftOut:
    """Something that could not be read, or is no machine to look after."""

    what: str
    """File, line or name."""
    why: str
    """Why."""


@record
class Gathered:
    """What a source gave, not read yet."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    """Texts by name, in the order they count."""
    stands_for: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Names of texts that a pattern in one of them means."""
    left_out: tuple[LeftOut, ...] = ()
    """What could not be read."""


@record
class Discovered:
    """What a source tells."""

    machines: tuple[Found, ...] = ()
    """Machines, at most `MOST_FOUND`."""
    left_out: tuple[LeftOut, ...] = ()
    """What could not be read, or is no machine to look after."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A plug-in that reads what one kind of source gives."""

    name: str
    """Name, as a person types it."""
    summary: str
    """One line: what it reads."""
    reach: Reach
    """How far it leads."""
    parse: Callable[[Gathered], Discovered]
    """Texts in, machines out. Pure."""
    target: str = ""
    """What has to be named: `an address`; empty where nothing does."""
    is_asked_first: bool = False
    """Whether it is asked when nobody names a source."""
    readings: tuple[Reading, ...] = ()
    """For `Reach.MACHINE`: commands that only look."""
