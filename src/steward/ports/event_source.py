"""A system outside that tells of things by itself: files of this computer, a broker, a registry of services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from steward.model.news import News
from steward.model.secret import Secret
from steward.model.trigger import TriggerKind
from steward.ports.clock import Clock

Tell = Callable[[Sequence[News], Mapping[str, Any]], Awaitable[None]]
"""Takes what arrived together with what to remember; both are kept before it returns."""


class EventSource(Protocol):
    """Follows one thing until it is cancelled."""

    async def follow(self, memory: Mapping[str, Any], tell: Tell) -> None:
        """Tell of everything that arrives; `memory` is what was told last to be remembered, empty at first.

        Tells at least once, even of nothing, when all is well: that ends what was in trouble.

        Whoever calls calls again, later and later, after an error.

        Raises:
            Unreachable: nobody answers, or not as was agreed.
            NeedsPerson: it refuses the secret, or its certificate is not trusted.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a source is given of Steward."""

    clock: Clock
    """Time."""
    secret: Callable[[str], Awaitable[Secret]]
    """Resolves a reference `secret://NAME`."""
    may_act: Callable[[], Awaitable[None]]
    """Asked before anything is placed; raises Braked while a brake is on."""
    identity: str
    """Name this follower is known by to others; the same after a restart, and nobody else's."""
    own_folders: tuple[str, ...] = ()
    """Folders of Steward's own: nothing is ever placed in them or taken out of them."""


@dataclass(frozen=True, kw_only=True)
class EventSourcePlugin:
    """A plug-in that follows one kind."""

    kind: TriggerKind
    """The kind of trigger."""
    build: Callable[[Any, Surroundings], EventSource]
    """How it is built for a watch: the record of its kind in `model.watches`."""
