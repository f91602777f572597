"""Who may come in: tokens for programs, people beside the owner, signed-in browsers."""

from __future__ import annotations

from datetime import timedelta

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Person, Right, Role, Session, Token
from steward.model.command import Example
from steward.model.ids import SessionId, TokenId
from steward.model.risk import Risk, Strength


@record
class MintInput:
    """Make a token for a program; its value is shown once and kept nowhere.

    A token may glance, read, propose and brake, never more than you may, and never approve or change what is allowed.
    """

    name: str
    """What it is for."""
    rights: tuple[Right, ...] = (Right.READ,)
    """What it may do: `glance` (see the family page), `read`, `propose`, `brake`."""
    days: int = 90
    """How long it holds, 1 to 365."""


@record
class Minted:
    """A token that was just made."""

    token: Token
    """It."""
    value: str
    """What the program sends as `Authorization: Bearer ...`; shown this once."""
    sentence: str
    """What is so now."""


@record
class TokensInput:
    """List tokens: what each may do, until when, and when it was last used."""


@record
class TokenList:
    """Tokens."""

    tokens: tuple[Token, ...]
    """All of them, newest first, expired and revoked ones too."""


@record
class TokenInput:
    """Revoke a token; whatever it holds open ends within a second."""

    token: str
    """Id of the token."""


@record
class InviteInput:
    """Invite somebody: a one-time code with which they set their name and password within a day."""

    role: Role = Role.VIEWER
    """What they may do: `family` sees the family page only, `viewer` looks, `operator` also proposes, brakes and
    decides, `owner` may do everything."""


@record
class Invited:
    """An invitation that was just made."""

    code: str
    """One-time code; shown this once."""
    role: Role
    """What whoever uses it may do."""
    sentence: str
    """What is so now."""


@record
class PeopleInput:
    """List the people who may sign in beside the owner, and how many invitations wait."""


@record
class PersonList:
    """People."""

    people: tuple[Person, ...]
    """Everybody beside the owner, by name."""
    invitations: int
    """Codes that wait to be used."""


@record
class DisableInput:
    """Shut a person out: their sessions end within a second, and their tokens are refused."""

    person: str
    """Name or id."""


@record
class RoleInput:
    """Change what a person may do, from their next request on; somebody shut out is let in again."""

    person: str
    """Name or id."""
    role: Role
    """What they may do."""


@record
class PersonChanged:
    """A person as they are now."""

    person: Person
    """They."""
    sentence: str
    """What is so now."""


@record
class SessionsInput:
    """List the signed-in browsers."""


@record
class SessionList:
    """Sessions."""

    sessions: tuple[Session, ...]
    """Those that live, last used first."""


@record
class SessionInput:
    """End a session; whatever it holds open ends within a second."""

    session: str
    """Id of the session."""


@record
class Ended:
    """Something that lets nobody in any more."""

    id: str
    """Its id."""
    sentence: str
    """What is so now."""


async def mint(desk: Desk, given: MintInput) -> Minted:
    """Make a token."""
    token, value = await desk.access.tokens.mint(
        desk.actor, name=given.name, rights=frozenset(given.rights), lasts=timedelta(days=given.days)
    )
    sentence = f"{token.id} holds until {token.expires:%Y-%m-%d}. Keep its value now: it is not shown again."
    return Minted(token=token, value=value, sentence=sentence)


async def preview_mint(_desk: Desk, given: MintInput) -> str:
    """Say what would be made."""
    rights = ", ".join(right.value for right in given.rights)
    return f"a token called {given.name} would be made that may {rights} for {plural(given.days, 'day')}"


async def tokens(desk: Desk, _input: TokensInput) -> TokenList:
    """List tokens."""
    return TokenList(tokens=await desk.access.tokens.listing())


async def revoke_token(desk: Desk, given: TokenInput) -> Ended:
    """Revoke a token."""
    token = await desk.access.tokens.revoke(TokenId(given.token))
    return Ended(id=token.id, sentence=f"{token.id} ({token.name}) is revoked.")


async def invite(desk: Desk, given: InviteInput) -> Invited:
    """Invite somebody."""
    code = await desk.access.people.invite(desk.actor.id, given.role)
    sentence = "Whoever has this code sets a name and a password at /join within a day; it serves once."
    return Invited(code=code, role=given.role, sentence=sentence)


async def preview_invite(_desk: Desk, given: InviteInput) -> str:
    """Say what would be made."""
    return f"a one-time code would be made with which somebody becomes {given.role.value}"


async def people(desk: Desk, _input: PeopleInput) -> PersonList:
    """List people."""
    known, waiting = await desk.access.people.listing()
    return PersonList(people=known, invitations=len(waiting))


async def disable(desk: Desk, given: DisableInput) -> PersonChanged:
    """Shut a person out."""
    person = await desk.access.people.disable(given.person)
    return PersonChanged(person=person, sentence=f"{person.name} is shut out.")


async def set_role(desk: Desk, given: RoleInput) -> PersonChanged:
    """Change what a person may do."""
    person = await desk.access.people.set_role(given.person, given.role)
    return PersonChanged(person=person, sentence=f"{person.name} is {person.role.value} now.")


async def preview_role(desk: Desk, given: RoleInput) -> str:
    """Say what would change."""
    person = await desk.access.people.find(given.person)
    return f"{person.name} would be {given.role.value} and is {person.role.value}"


async def sessions(desk: Desk, _input: SessionsInput) -> SessionList:
    """List sessions."""
    return SessionList(sessions=await desk.access.sessions.listing())


async def revoke_session(desk: Desk, given: SessionInput) -> Ended:
    """End a session."""
    await desk.access.sessions.revoke(SessionId(given.session))
    return Ended(id=given.session, sentence=f"{given.session} is over.")


COMMANDS = (
    CommandSpec(
        name="tokens.mint",
        right=Right.GOVERN,
        input=MintInput,
        output=Minted,
        handler=mint,
        preview=preview_mint,
        undo="steward tokens revoke TOKEN",
        verify="`steward tokens ls` shows it",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        shown_once="value",
        remarks=frozenset({"name"}),
        examples=(
            Example(line="tokens mint dashboard", does="Make a token that only looks"),
            Example(line="tokens mint agent --rights read --rights propose", does="Make one that may also propose"),
        ),
    ),
    CommandSpec(
        name="tokens.ls",
        right=Right.GOVERN,
        input=TokensInput,
        output=TokenList,
        handler=tokens,
        risk=Risk.READ,
        examples=(
            Example(line="tokens ls", does="List tokens"),
            Example(line="tokens ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="tokens.revoke",
        right=Right.GOVERN,
        input=TokenInput,
        output=Ended,
        handler=revoke_token,
        undo="steward tokens mint NAME, which gives another value",
        verify="`steward tokens ls` shows it revoked",
        risk=Risk.RISKY,
        proof=Strength.SESSION,
        examples=(
            Example(line="tokens revoke token-5k2m8q1x7z", does="Take a token back"),
            Example(line="tokens revoke token-5k2m8q1x7z --json", does="The same for a script"),
        ),
    ),
    CommandSpec(
        name="people.invite",
        right=Right.GOVERN,
        input=InviteInput,
        output=Invited,
        handler=invite,
        preview=preview_invite,
        undo="wait a day, or `steward people disable NAME` once it was used",
        verify="`steward people ls` counts it",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        shown_once="code",
        examples=(
            Example(line="people invite", does="Invite somebody who only looks"),
            Example(line="people invite --role operator", does="Invite somebody who may also approve"),
        ),
    ),
    CommandSpec(
        name="people.ls",
        right=Right.GOVERN,
        input=PeopleInput,
        output=PersonList,
        handler=people,
        risk=Risk.READ,
        examples=(
            Example(line="people ls", does="List who may sign in beside you"),
            Example(line="people ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="people.disable",
        right=Right.GOVERN,
        input=DisableInput,
        output=PersonChanged,
        handler=disable,
        undo="steward people role PERSON ROLE",
        verify="`steward people ls` shows them shut out",
        risk=Risk.RISKY,
        proof=Strength.SESSION,
        examples=(
            Example(line="people disable anna", does="Shut Anna out"),
            Example(line="people disable anna --json", does="The same for a script"),
        ),
    ),
    CommandSpec(
        name="people.role",
        right=Right.GOVERN,
        input=RoleInput,
        output=PersonChanged,
        handler=set_role,
        preview=preview_role,
        undo="steward people role PERSON, with the role before",
        verify="`steward people ls` shows the role",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="people role anna operator", does="Let Anna approve"),
            Example(line="people role anna viewer", does="Let Anna only look"),
        ),
    ),
    CommandSpec(
        name="sessions.ls",
        right=Right.GOVERN,
        input=SessionsInput,
        output=SessionList,
        handler=sessions,
        risk=Risk.READ,
        examples=(
            Example(line="sessions ls", does="List the signed-in browsers"),
            Example(line="sessions ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="sessions.revoke",
        right=Right.GOVERN,
        input=SessionInput,
        output=Ended,
        handler=revoke_session,
        undo="sign in again",
        verify="`steward sessions ls` no longer shows it",
        risk=Risk.RISKY,
        proof=Strength.SESSION,
        examples=(
            Example(line="sessions revoke session-5k2m8q1x7z", does="End a session"),
            Example(line="sessions revoke session-5k2m8q1x7z --json", does="The same for a script"),
        ),
    ),
)
