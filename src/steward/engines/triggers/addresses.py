"""Secret addresses: show them to the owner, and take them back."""

from __future__ import annotations

import asyncio

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.private_addresses import CALENDAR, PING_KEY
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.risk import Risk, Strength
from steward.model.trigger import TriggerKind

_USES = (
    "ADDRESS            it went well",
    "ADDRESS/start      it begins",
    "ADDRESS/fail       it failed",
    "ADDRESS/log        only keep what is sent along",
    "ADDRESS/EXITCODE   0 went well, everything else failed",
)
_KEY_USES = (
    "ADDRESS/NAME                 the sign of life of trigger NAME; /start, /fail, /log, /EXITCODE as well",
    "ADDRESS/NAME?create=1        make the trigger where there is none: daily, it only watches",
)


@record
class PingAddressInput:
    """Show the whole secret address of a ping trigger; without a name the one under which each answers to its name.

    Whoever knows it may send signs of life, and nothing else. That you looked is written down; the address is not.
    """

    name: str = ""
    """Name of a ping trigger; empty: the ping key."""


@record
class PingRenewInput:
    """Give a ping trigger another secret address; what sends to the one before is refused from now on."""

    name: str = ""
    """Name of a ping trigger; empty: the ping key."""


@record
class CalendarAddressInput:
    """Show the secret address of the calendar feed, for a calendar program that subscribes to it.

    Whoever knows it sees when what is due, and nothing else. That you looked is written down; the address is not.
    """


@record
class CalendarRenewInput:
    """Give the calendar feed another secret address; programs that know the one before get nothing from now on."""


@record
class PrivateAddress:
    """A secret address."""

    sentence: str
    """What it is for, in one sentence."""
    address: str
    """The whole address; keep it to yourself."""
    uses: tuple[str, ...]
    """How it is used, a line each."""


async def ping_address(desk: Desk, given: PingAddressInput) -> PrivateAddress:
    """Show one."""
    name = await _ping_name(desk, given.name)
    return _ping(desk, given.name, await desk.addresses.of(name), f"{_whose(given.name)}.")


async def ping_renew(desk: Desk, given: PingRenewInput) -> PrivateAddress:
    """Give it another."""
    name = await _ping_name(desk, given.name)
    said = f"{_whose(given.name)}, from now on. The one before is worth nothing any more."
    return _ping(desk, given.name, await desk.addresses.renew(name), said)


async def preview_ping_renew(desk: Desk, given: PingRenewInput) -> str:
    """Say what would stop."""
    await _ping_name(desk, given.name)
    meant = f"{given.name} gets another address" if given.name else "the ping key becomes another"
    return f"{meant}; whatever sends to the one before is refused"


async def calendar_address(desk: Desk, _given: CalendarAddressInput) -> PrivateAddress:
    """Show it."""
    return _calendar(desk, await desk.addresses.of(CALENDAR), "The address of the calendar feed.")


async def calendar_renew(desk: Desk, _given: CalendarRenewInput) -> PrivateAddress:
    """Give it another."""
    said = "The address of the calendar feed, from now on. The one before is worth nothing any more."
    return _calendar(desk, await desk.addresses.renew(CALENDAR), said)


async def preview_calendar_renew(_desk: Desk, _given: CalendarRenewInput) -> str:
    """Say what would stop."""
    return "the calendar feed gets another address; programs that subscribed to the one before get nothing"


async def _ping_name(desk: Desk, name: str) -> str:
    """Return what an address is kept under.

    Raises:
        NotFound: there is no such trigger.
        InvalidInput: it is no ping.
    """
    if not name:
        return PING_KEY
    trigger = (await asyncio.to_thread(desk.triggers.require, name)).trigger
    if trigger.kind is not TriggerKind.PING:
        why = f"{name} is of kind `{trigger.kind.value}`, and only a `ping` has an address"
        raise InvalidInput("it has no address", why=why, next_step="`steward trigger ls --kind ping`")
    return name


def _whose(name: str) -> str:
    return f"The address of {name}" if name else "The ping key: every ping trigger answers below it to its name"


def _ping(desk: Desk, name: str, secret: str, sentence: str) -> PrivateAddress:
    address = f"{desk.addresses.origin}/ping/{secret}"
    return PrivateAddress(sentence=sentence, address=address, uses=_USES if name else _KEY_USES)


def _calendar(desk: Desk, secret: str, sentence: str) -> PrivateAddress:
    uses = ("Subscribe to ADDRESS in a calendar program; it reads it again by itself.",)
    return PrivateAddress(sentence=sentence, address=f"{desk.addresses.origin}/calendar/{secret}.ics", uses=uses)


COMMANDS = (
    CommandSpec(
        name="trigger.address",
        right=Right.GOVERN,
        input=PingAddressInput,
        output=PrivateAddress,
        handler=ping_address,
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        undo="steward trigger renew NAME, which makes it worthless",
        verify="send a sign of life, then `steward trigger show NAME`",
        shown_once="address",
        by_place=("name",),
        examples=(
            Example(line="trigger address backup", does="Show where backup sends its signs of life"),
            Example(line="trigger address", does="Show the ping key, below which each answers to its name"),
        ),
    ),
    CommandSpec(
        name="trigger.renew",
        right=Right.GOVERN,
        input=PingRenewInput,
        output=PrivateAddress,
        handler=ping_renew,
        preview=preview_ping_renew,
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        undo="nothing brings the one before back; tell the new one to what sends",
        verify="send a sign of life, then `steward trigger show NAME`",
        shown_once="address",
        by_place=("name",),
        examples=(
            Example(line="trigger renew backup", does="Give backup another address, because somebody saw the old one"),
            Example(line="trigger renew --dry-run", does="Say what another ping key would stop"),
        ),
    ),
    CommandSpec(
        name="schedule.address",
        right=Right.GOVERN,
        input=CalendarAddressInput,
        output=PrivateAddress,
        handler=calendar_address,
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        undo="steward schedule renew, which makes it worthless",
        verify="subscribe to it in a calendar program",
        shown_once="address",
        examples=(
            Example(line="schedule address", does="Show what to subscribe to in a calendar program"),
            Example(line="schedule address --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="schedule.renew",
        right=Right.GOVERN,
        input=CalendarRenewInput,
        output=PrivateAddress,
        handler=calendar_renew,
        preview=preview_calendar_renew,
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        undo="nothing brings the one before back; subscribe to the new one",
        verify="subscribe to it in a calendar program",
        shown_once="address",
        examples=(
            Example(line="schedule renew", does="Give the feed another address, and take the old one back"),
            Example(line="schedule renew --dry-run", does="Say what would stop"),
        ),
    ),
)
