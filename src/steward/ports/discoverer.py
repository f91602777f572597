"""Where machines may be known that are not in the inventory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from steward.lib.record import record
from steward.model.discovery import Gathered
from steward.model.secret import Secret


@record
class Places:
    """Where things lie on Steward's own box, for the user it runs as."""

    home: str
    """Home folder."""
    ssh_config: str
    """OpenSSH client configuration."""
    docker_config: str
    """Folder of the Docker client's configuration."""


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """What a person asks a source for."""

    target: str = ""
    """File, address or range; empty for the usual place."""
    token: Secret | None = None
    """What an API asks for, resolved for this one inquiry."""
    certificate: str = ""
    """Fingerprint of the certificate that is to be trusted; empty trusts what this box trusts."""
    allows_public: bool = False
    """Whether addresses of the internet were asked for in so many words."""


class Discoverer(Protocol):
    """Asks one kind of source; it never changes anything."""

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Return what the source gives; what cannot be read is told in it.

        Raises:
            InvalidInput: the target cannot be one.
            Unreachable: nobody answers.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class DiscovererPlugin:
    """A plug-in that asks one kind of source."""

    name: str
    """Name of the source, as in `model.discovery.Source`."""
    build: Callable[[Places], Discoverer]
    """How it is built."""
