"""One agent's requests: who it is made to be, and the only door it goes through."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from steward.core.catalogue import Catalogue
from steward.core.dispatch import Dispatch
from steward.core.routes import Caller
from steward.model.access import TOKEN_RIGHTS
from steward.model.command import Command
from steward.model.errors import Bug, NotAllowed, StewardError
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.surfaces.mcp.answers import Redact, clean
from steward.surfaces.mcp.tools import Offer, offers

T = TypeVar("T")
Emit = Callable[[dict[str, Any]], Awaitable[None]]

_log = logging.getLogger("steward.mcp")
_LIVE_SECONDS = 0.5
"""How often a long call asks whether its credential still holds."""


@dataclass(frozen=True, kw_only=True)
class McpDesk:
    """What every conversation with an agent works with."""

    catalogue: Catalogue
    """Everything that can be done."""
    dispatch: Dispatch
    """The only door."""
    redact: Redact
    """Masks secrets."""
    version: str
    """Version of Steward."""

    @cached_property
    def offers(self) -> dict[str, Offer]:
        """Every tool by its name; made when somebody asks, for describing takes as long as a start may."""
        return offers(self.catalogue)

    async def ask(self, caller: Caller, name: str, given: dict[str, Any], emit: Emit) -> Any:
        """Carry out one command for an agent and return its cleaned result.

        Raises:
            StewardError: the class tells the agent what to do; a mistake of ours becomes a `Bug` with an id.
        """

        async def emit_clean(data: dict[str, Any]) -> None:
            await emit(clean(self.redact, data))

        command = Command(name=name, input=given)
        try:
            work = self.dispatch(agent_of(caller.known), command, emit=emit_clean)
            answer = await _while_live(caller, work)
        except StewardError:
            raise
        except Exception as error:  # the edge: logged with its traceback, answered with its id
            diagnostic = secrets.token_hex(4)
            _log.exception("bug %s", diagnostic)
            step = f"tell your person to look for {diagnostic} in the log of `steward up`"
            raise Bug("Steward made a mistake", next_step=step) from error
        return clean(self.redact, answer.result)


def agent_of(principal: Principal) -> Principal:
    """Return whoever comes in here as an agent: never a person, never proven, never with more than a token's rights."""
    return replace(
        principal,
        kind=PrincipalKind.AGENT,
        strength=Strength.NONE,
        channel="mcp",
        on_behalf_of=principal.id if principal.kind is PrincipalKind.PERSON else principal.on_behalf_of,
        rights=tuple(right for right in principal.rights if right in TOKEN_RIGHTS),
    )


async def _while_live(caller: Caller, work: Awaitable[T]) -> T:
    """Wait for an answer, and end at once when the credential it is for is taken back."""
    if caller.is_live is None:
        return await work
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=_LIVE_SECONDS))[0]:
            if not await caller.is_live():
                raise NotAllowed("this token holds no more", next_step="ask your person for another one")
        return task.result()
    finally:
        task.cancel()
