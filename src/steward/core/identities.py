"""Coming in through a provider of identities: who an account there is here, decided by people and never by its words.

An account is somebody here because they linked it themself, because they accepted an invitation with it, or because
the owner said which role a group there has. A name or an address of mail links nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from steward.core.access import Access, SignedIn
from steward.core.audit import Audit
from steward.core.identity_flows import Begun, Flows, Returned, Start
from steward.core.owner import OWNER
from steward.core.people import checked_name
from steward.core.routes import Caller
from steward.core.storage import Storage
from steward.core.tokens import rights_of
from steward.lib.io.ids import new_id
from steward.lib.text import visible_line
from steward.model.access import Person, Role
from steward.model.errors import Conflict, InvalidInput, NeedsProof, NotAllowed, NotFound
from steward.model.identity import SKEW, Identity, Link, Purpose
from steward.model.ids import PrincipalId
from steward.model.risk import Strength
from steward.ports.clock import Clock
from steward.ports.identity_provider import IdentityProvider
from steward.store import identities as table
from steward.store import people, sessions
from steward.store.database import Connection
from steward.store.identities import Flow

_NO_PASSWORD = ""
"""Hash of a password that nobody has; whoever comes in through the provider may set one later."""
_LONGEST_NAME = 32


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """What a group at the provider may do here."""

    group: str
    """Group, as the provider writes it."""
    role: Role
    """Role of whoever is in it; never the owner's."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What became of a try."""

    purpose: Purpose
    """What it was for."""
    next: str
    """Where to go on to."""
    signed_in: SignedIn | None = None
    """The session that was opened or proven, if one was."""


class Identities:
    """Links accounts at one provider to people, and lets those in."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        access: Access,
        audit: Audit,
        provider: IdentityProvider,
        mappings: Sequence[Mapping] = (),
    ) -> None:
        """`mappings` says which groups make people; of several that fit the first one counts."""
        self._storage = storage
        self._clock = clock
        self._access = access
        self._audit = audit
        self._provider = provider
        self._mappings = tuple(mappings)
        self._flows = Flows(storage=storage, clock=clock, provider=provider)

    @property
    def label(self) -> str:
        """What people call the provider."""
        return self._provider.label

    async def sign_in(self, *, redirect: str, address: str, next_address: str) -> Begun:
        """Begin to sign in.

        Raises:
            TooMany, TryLater: too many began lately; the provider cannot be used now.
        """
        return await self._flows.begin(
            Start(purpose=Purpose.SIGN_IN, redirect=redirect, address=address, next=next_address)
        )

    async def join(self, code: str, *, name: str, redirect: str, address: str) -> Begun:
        """Begin to accept an invitation; its code is used up when the browser comes back.

        Raises:
            NotAllowed: the code is unknown, used or void.
            InvalidInput: the name does not fit.
            TooMany, TryLater: as for `sign_in`, and too many wrong codes.
        """
        invitation = await self._access.invitation(code, address=address)
        start = Start(
            purpose=Purpose.JOIN,
            redirect=redirect,
            address=address,
            invitation=invitation.digest,
            name=checked_name(name),
        )
        return await self._flows.begin(start)

    async def link(self, caller: Caller, *, redirect: str, next_address: str) -> Begun:
        """Begin to link the caller's own account there.

        Raises:
            NeedsProof: the caller did not prove who they are in the last five minutes.
            TooMany, TryLater: as for `sign_in`.
        """
        _require_proof(caller)
        return await self._begin_signed_in(Purpose.LINK, caller, redirect, next_address)

    async def prove(self, caller: Caller, *, redirect: str, next_address: str) -> Begun:
        """Begin to prove anew, by signing in there once more, who the caller is.

        Raises:
            NotAllowed: it is the owner, or nobody who is linked to an account there.
            TooMany, TryLater: as for `sign_in`.
        """
        if not await self.may_prove(caller.known.id):
            why = (
                "the owner proves with what only Steward knows" if caller.known.id == OWNER else "no account is linked"
            )
            raise NotAllowed(f"{self.label} cannot prove who you are", why=why, next_step="give your password")
        return await self._begin_signed_in(Purpose.PROVE, caller, redirect, next_address)

    async def finish(self, returned: Returned, caller: Caller, *, agent: str) -> Finished:
        """End what was begun, when the browser comes back; `caller` is whoever is signed in in it.

        Raises:
            NotAllowed: the try, the token or the person does not hold.
            Conflict: the account is somebody else's already, or the name is taken.
            TryLater: the provider cannot be used now.
        """
        flow, identity = await self._flows.finish(returned)
        if flow.purpose in {Purpose.LINK, Purpose.PROVE}:
            if not caller.csrf or caller.credential != flow.session:
                raise NotAllowed("you are not signed in as when you began", next_step="sign in and begin again")
            return await (self._link if flow.purpose is Purpose.LINK else self._prove)(flow, identity, caller)
        person, kind = await (self._join if flow.purpose is Purpose.JOIN else self._person_of)(flow, identity)
        opened = await self._access.open_unproven(person, kind, address=caller.address, agent=agent)
        return Finished(purpose=flow.purpose, next=flow.next, signed_in=opened)

    async def of(self, person: PrincipalId) -> tuple[Link, ...]:
        """Return the accounts that are somebody."""
        return await self._storage.read(table.of_person, person)

    async def may_prove(self, person: PrincipalId) -> bool:
        """Tell whether the provider can prove somebody: never the owner, who governs what the provider may do here."""
        return person != OWNER and any(link.issuer == self._provider.issuer for link in await self.of(person))

    async def unlink(self, caller: Caller, subject: str) -> None:
        """Take the caller's own link away.

        Raises:
            NeedsProof: the caller did not prove who they are in the last five minutes.
            NotFound: they have no such link.
            Conflict: without it they would have no way in.
        """
        _require_proof(caller)
        links = await self.of(caller.known.id)
        link = next((each for each in links if each.subject == subject), None)
        if link is not None and len(links) == 1 and not await self._has_password(caller.known.id):
            raise Conflict("you would have no way in without it", next_step="set a password first")
        if link is None or not await self._storage.write(self._unlink, link, caller):
            raise NotFound("there is no such link")

    async def _has_password(self, person: PrincipalId) -> bool:
        return person == OWNER or bool(await self._storage.read(people.password_hash, person))

    async def _begin_signed_in(self, purpose: Purpose, caller: Caller, redirect: str, next_address: str) -> Begun:
        start = Start(
            purpose=purpose,
            redirect=redirect,
            address=caller.address,
            next=next_address,
            session=caller.credential,
        )
        return await self._flows.begin(start)

    async def _link(self, flow: Flow, identity: Identity, caller: Caller) -> Finished:
        link = self._link_of(identity, caller.known.id)
        await self._storage.write(self._store_link, link, caller)
        return Finished(purpose=flow.purpose, next=flow.next)

    async def _prove(self, flow: Flow, identity: Identity, caller: Caller) -> Finished:
        link = await self._storage.read(table.get, identity.issuer, identity.subject)
        if link is None or link.person != caller.known.id or link.person == OWNER:
            raise NotAllowed("that is another account than yours", next_step="begin again with your own")
        if not _is_fresh(identity.authenticated, flow.created):
            why = "it does not say that you just signed in there"
            raise NotAllowed(f"{self.label} proves nothing", why=why, next_step="give your password")
        return Finished(
            purpose=flow.purpose, next=flow.next, signed_in=await self._access.prove_unasked(caller, "access.proven")
        )

    async def _join(self, flow: Flow, identity: Identity) -> tuple[PrincipalId, str]:
        return await self._storage.write(self._accept, flow, identity), "access.accepted"

    async def _person_of(self, _flow: Flow, identity: Identity) -> tuple[PrincipalId, str]:
        """Return who an account is here; a group that has a role makes somebody of an account that is nobody yet."""
        person, kind, is_out = await self._storage.write(self._found, identity)
        if person is None:
            step = "sign in with your password and link it under Settings, or ask the owner for an invitation"
            raise NotAllowed("this account is nobody here", why="it was never linked", next_step=step)
        if is_out:
            why = "the owner said so, or no group of the account has a role here"
            raise NotAllowed("this account is shut out", why=why, next_step="ask the owner")
        return person, kind

    def _found(self, connection: Connection, identity: Identity) -> tuple[PrincipalId | None, str, bool]:
        """Return who it is, how they came in, and whether they are shut out."""
        link, role = table.get(connection, identity.issuer, identity.subject), self._role_of(identity)
        if link is None:
            made = self._made(connection, identity, role) if role is not None else None
            return made, "access.mapped", False
        if link.is_mapped and self._mappings:
            self._follow(connection, link, role)
        return link.person, "access.signed_in", not rights_of(connection, link.person)

    def _made(self, connection: Connection, identity: Identity, role: Role) -> PrincipalId:
        person = Person(
            id=PrincipalId(new_id("person")),
            name=_free_name(connection, identity),
            role=role,
            created=self._clock.now(),
        )
        people.insert(connection, person, password_hash=_NO_PASSWORD)
        table.insert(connection, replace(self._link_of(identity, person.id), is_mapped=True))
        return person.id

    def _follow(self, connection: Connection, link: Link, role: Role | None) -> None:
        """Let somebody whom a group made have the role of their groups today; without one they are out."""
        person, now = people.get(connection, link.person), self._clock.now()
        if person is None:
            return
        if role is None and person.disabled is None:
            people.set_disabled(connection, person.id, now)
            sessions.revoke_of(connection, person.id, at=now)
            table.set_lapsed(connection, link, now)
        elif role is not None:
            people.set_role(connection, person.id, role)
            if link.lapsed is not None and person.disabled == link.lapsed:  # shut out by us, not by the owner
                people.set_disabled(connection, person.id, None)
                table.set_lapsed(connection, link, None)

    def _accept(self, connection: Connection, flow: Flow, identity: Identity) -> PrincipalId:
        now = self._clock.now()
        invitation = people.invitation(connection, flow.invitation, now=now)
        if table.get(connection, identity.issuer, identity.subject) is not None:
            raise Conflict("this account is somebody here already", next_step="sign in with it")
        if people.by_name(connection, flow.name) is not None:
            raise Conflict(f"the name {flow.name} is taken", next_step="take another")
        if invitation is None or not people.use_invitation(connection, flow.invitation, now=now):
            raise NotAllowed("this invitation does not hold", why="it was used a moment ago, or is void by now")
        person = Person(id=PrincipalId(new_id("person")), name=flow.name, role=invitation.role, created=now)
        people.insert(connection, person, password_hash=_NO_PASSWORD)
        table.insert(connection, self._link_of(identity, person.id))
        return person.id

    def _store_link(self, connection: Connection, link: Link, caller: Caller) -> None:
        known = table.get(connection, link.issuer, link.subject)
        if known is not None:
            whose = "yours" if known.person == link.person else "somebody else's"
            raise Conflict(f"this account is {whose} already")
        table.insert(connection, link)
        self._audit.append(connection, kind="access.linked", actor=caller.known, subject=link.person)

    def _unlink(self, connection: Connection, link: Link, caller: Caller) -> bool:
        if not table.remove(connection, link):
            return False
        self._audit.append(connection, kind="access.unlinked", actor=caller.known, subject=link.person)
        return True

    def _role_of(self, identity: Identity) -> Role | None:
        roles = (each.role for each in self._mappings if each.group in identity.groups)
        return next((role for role in roles if role is not Role.OWNER), None)

    def _link_of(self, identity: Identity, person: PrincipalId) -> Link:
        name = visible_line(identity.name)
        return Link(
            issuer=identity.issuer, subject=identity.subject, person=person, created=self._clock.now(), name=name
        )


def _require_proof(caller: Caller) -> None:
    if not caller.known.strength.meets(Strength.STEP_UP):
        raise NeedsProof(Strength.STEP_UP.value)


def _is_fresh(authenticated: datetime | None, begun: datetime) -> bool:
    """Tell whether somebody gave their credential there after the try was begun."""
    return authenticated is not None and authenticated >= begun - SKEW


def _free_name(connection: Connection, identity: Identity) -> str:
    """Return a name for somebody new: the one they have at the provider where it fits and is free, else one of ours."""
    digest = hashlib.sha256(f"{identity.issuer}\0{identity.subject}".encode()).hexdigest()
    try:
        wanted = checked_name(identity.name)
    except InvalidInput:
        wanted = "account"
    if wanted != "account" and people.by_name(connection, wanted) is None:
        return wanted
    return f"{wanted[: _LONGEST_NAME - 9]}-{digest[:8]}"
