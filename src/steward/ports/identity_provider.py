"""Who somebody is, told by a provider that they sign in at."""

from __future__ import annotations

from typing import Protocol

from steward.model.identity import Authorization, Identity


class IdentityProvider(Protocol):
    """One provider of identities; what it says is believed only when it is signed by it and meant for us."""

    @property
    def label(self) -> str:
        """What people call it."""
        ...

    @property
    def issuer(self) -> str:
        """Return its name in tokens."""
        ...

    async def address(self, authorization: Authorization) -> str:
        """Return where to send the browser.

        Raises:
            TryLater: it does not answer, or not with anything that can be used.
        """
        ...

    async def identity(self, authorization: Authorization, *, code: str, issuer: str) -> Identity:
        """Return who came back with this code; `issuer` is who the answer says it is from, or empty.

        Raises:
            NotAllowed: the code or what is given for it does not hold.
            TryLater: the provider does not answer, or not with anything that can be used.
        """
        ...
