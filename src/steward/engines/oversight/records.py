"""The books: audit chain, changes, and the owner's password."""

from __future__ import annotations

import asyncio
import json
from itertools import islice

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.owner import OWNER
from steward.lib.record import record
from steward.model.access import Right
from steward.model.change import Change
from steward.model.command import Example
from steward.model.errors import NotFound
from steward.model.ids import ChangeId
from steward.model.risk import Risk, Strength
from steward.store import changes

_PAGE = 1000


@record
class VerifyInput:
    """Check the audit chain: every row, its links, and the signed checkpoints kept outside the store."""


@record
class Verified:
    """What the check of the chain found."""

    rows: int
    """Rows checked."""
    signed_until: int
    """Up to this row a rewritten chain would be noticed by its signatures."""
    problems: tuple[str, ...]
    """What does not fit; empty when the chain is whole."""

    @property
    def exit_code(self) -> int:
        """0 when whole, 1 otherwise."""
        return 1 if self.problems else 0


@record
class ExportInput:
    """Write the audit chain as JSON lines, oldest first."""

    since: int = 0
    """Only rows after this number."""


@record
class Exported:
    """How much was written."""

    rows: int
    """Rows."""


@record
class ChangesInput:
    """List changes, newest first: why something was changed, and what came of it."""

    limit: int = 20
    """Most changes listed."""


@record
class ChangeList:
    """Changes, newest first."""

    changes: tuple[Change, ...]
    """The records."""


@record
class ChangeInput:
    """Show one change."""

    change: str
    """Change."""


@record
class PasswordInput:
    """Set the owner's password, which approving asks for.

    The first time it needs the one-time code that `steward up` shows in its terminal; later, the present password.
    """

    password: str
    """The new password, at least 8 characters."""
    code: str = ""
    """One-time code from the terminal of `steward up`; only for the first password."""


@record
class PasswordSet:
    """The owner's password is set."""

    sentence: str
    """What is so now."""


async def verify(desk: Desk, _input: VerifyInput) -> Verified:
    """Check the chain."""
    report = await asyncio.to_thread(desk.audit.verify)
    problems = tuple(f"row {problem.seq}: {problem.says}" for problem in report.problems)
    return Verified(rows=report.rows, signed_until=report.signed_until, problems=problems)


async def export(desk: Desk, given: ExportInput) -> Exported:
    """Send every row."""
    lines = desk.audit.export()
    count = 0
    while page := await asyncio.to_thread(lambda: list(islice(lines, _PAGE))):
        for line in page:
            item = json.loads(line)
            if item.get("row", {}).get("seq", given.since + 1) > given.since:
                await desk.emit(item)
                count += 1
    return Exported(rows=count)


async def listed(desk: Desk, given: ChangesInput) -> ChangeList:
    """List changes."""
    return ChangeList(changes=tuple(await desk.storage.read(changes.listing, limit=given.limit)))


async def show(desk: Desk, given: ChangeInput) -> Change:
    """Show a change."""
    found = await desk.storage.read(changes.get, ChangeId(given.change))
    if found is None:
        raise NotFound(f"there is no change {given.change}", next_step="`steward changes ls` lists them")
    return found


async def set_password(desk: Desk, given: PasswordInput) -> PasswordSet:
    """Set the first password with the one-time code, a later one with step-up proof."""
    if await desk.owner.is_set():
        desk.require_right(Right.GOVERN)
        desk.require(Strength.STEP_UP)
        await desk.owner.set(given.password)
        await desk.access.sessions.end_all(OWNER)
        return PasswordSet(sentence="The owner's password is the new one; every browser of the owner is signed out.")
    await desk.owner.set_first(given.password, code=given.code)
    return PasswordSet(sentence="The owner's password is set. Approving a plan asks for it.")


async def preview_password(desk: Desk, given: PasswordInput) -> str:
    """Check the code, or the proof, before anybody thinks of a new password."""
    if await desk.owner.is_set():
        desk.require_right(Right.GOVERN)
        desk.require(Strength.STEP_UP)
        return "the owner's password would be replaced"
    await desk.owner.check_code(given.code)
    return "the code is right; the owner's first password would be set"


COMMANDS = (
    CommandSpec(
        name="audit.verify",
        right=Right.READ,
        input=VerifyInput,
        output=Verified,
        handler=verify,
        risk=Risk.READ,
        examples=(
            Example(line="audit verify", does="Check that nobody edited, removed or inserted anything"),
            Example(line="audit verify --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="audit.export",
        right=Right.READ,
        input=ExportInput,
        output=Exported,
        handler=export,
        risk=Risk.READ,
        streams=True,
        examples=(
            Example(line="audit export --json", does="Write every row as a JSON line"),
            Example(line="audit export --since 1000 --json", does="Write the rows after number 1000"),
        ),
    ),
    CommandSpec(
        name="changes.ls",
        right=Right.READ,
        input=ChangesInput,
        output=ChangeList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="changes ls", does="List the last 20 changes"),
            Example(line="changes ls --limit 100", does="List more"),
        ),
    ),
    CommandSpec(
        name="changes.show",
        right=Right.READ,
        input=ChangeInput,
        output=Change,
        handler=show,
        risk=Risk.READ,
        examples=(
            Example(line="changes show change-5k2m8q1x7z", does="Show why something was changed"),
            Example(line="changes show change-5k2m8q1x7z --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="owner.password",
        right=Right.BRAKE,
        input=PasswordInput,
        output=PasswordSet,
        handler=set_password,
        preview=preview_password,
        undo="set another one",
        verify="the next approval takes it",
        risk=Risk.RISKY,
        secret_fields=frozenset({"password"}),
        examples=(
            Example(line="owner password --code 1a2b-3c4d-5e6f", does="Set the first password"),
            Example(line="owner password", does="Change it"),
        ),
    ),
)
