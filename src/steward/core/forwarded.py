"""Coming in because a proxy says who it is: the proxy asked for the password, Steward takes its word for a session.

The word opens a session that looks and proposes; whoever decides still proves to Steward itself who they are.
"""

from __future__ import annotations

from steward.core.access import Access, SignedIn
from steward.core.owner import OWNER
from steward.core.people import OWNER_NAME
from steward.core.routes import Caller
from steward.core.storage import Storage
from steward.model.errors import NotAllowed
from steward.model.ids import PrincipalId
from steward.store import people as table


class Forwarded:
    """Finds the person that a proxy names."""

    def __init__(self, *, storage: Storage, access: Access, owner: str = "") -> None:
        """`owner` is what the proxy calls the owner; empty when it may name anybody else only."""
        self._storage = storage
        self._access = access
        self._owner = owner.strip().lower()

    async def sign_in(self, name: str, *, address: str, agent: str) -> SignedIn:
        """Open a session for whoever the proxy names.

        Raises:
            NotAllowed: nobody here is called so, or they are shut out.
        """
        person = await self._person(name)
        return await self._access.open_unproven(person, "access.forwarded", address=address, agent=agent)

    async def is_same(self, caller: Caller, name: str) -> bool:
        """Tell whether a session belongs to whoever the proxy names; another's does not count then."""
        try:
            return await self._person(name) == caller.known.id
        except NotAllowed:
            return False

    async def _person(self, name: str) -> PrincipalId:
        wanted = name.strip().lower()
        if self._owner and wanted == self._owner:
            return OWNER
        person = None if wanted == OWNER_NAME else await self._storage.read(table.by_name, wanted)
        if person is None or person.disabled is not None:
            why = "nobody here has the name that the proxy gives, or they are shut out"
            step = "ask the owner for an invitation under that very name, or sign in here by another way"
            raise NotAllowed("the proxy let somebody in who is unknown here", why=why, next_step=step)
        return person.id
