"""What is not as it was: the change feed."""

from __future__ import annotations

from datetime import timedelta

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.lib.span import span_of
from steward.lib.text import age, nearest, plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.difference import Difference
from steward.model.errors import InvalidInput, NotFound
from steward.model.risk import Risk
from steward.store import differences
from steward.store.database import Connection

_LONGEST = timedelta(days=90)
_MOST = 1_000
BEFORE_A_FINDING = timedelta(hours=24)
"""How far back a finding's changes are looked for."""


@record
class ChangedInput:
    """Tell what changed on the machines: images, packages, kernels, files, devices, and who did it as far as known."""

    since: str = "24h"
    """How far back: `30m`, `24h`, `7d`; at most 90 days."""
    machine: str = ""
    """Only this machine, by name or id."""


@record
class Changed:
    """One thing that is not as it was."""

    machine: str
    """Name of the machine."""
    difference: Difference
    """What changed; subject and values are words of the machine."""


@record
class ChangeFeed:
    """What changed."""

    sentence: str
    """The answer in one sentence."""
    changed: tuple[Changed, ...]
    """Changes, newest first; at most a thousand."""


async def changed(desk: Desk, given: ChangedInput) -> ChangeFeed:
    """Tell what changed."""
    span = span_of(given.since)
    if span is None or not timedelta() < span <= _LONGEST:
        why = "it must be a span of time of at most 90 days"
        raise InvalidInput(f"`{given.since}` cannot be used", why=why, next_step="write `--since 24h` or `--since 7d`")
    names = {machine.id: machine.name for machine in desk.workspace.inventory().machines}
    chosen = None
    if given.machine:
        chosen = next((key for key, name in names.items() if given.machine in {key, name}), None)
        if chosen is None:
            near = nearest(given.machine, names.values())
            step = f"did you mean `{near}`?" if near else "`steward machines ls` lists them"
            raise NotFound(f"there is no machine `{given.machine}`", next_step=step)
    since = desk.clock.now() - span

    def read(connection: Connection) -> tuple[Difference, ...]:
        return differences.listing(connection, since=since, machine=chosen, limit=_MOST)

    found = await desk.storage.read(read)
    told = tuple(Changed(machine=names[each.machine], difference=each) for each in found if each.machine in names)
    return ChangeFeed(sentence=_sentence(told, age(span)), changed=told)


def _sentence(told: tuple[Changed, ...], span: str) -> str:
    if not told:
        return f"Nothing Steward looks at changed in the last {span}."
    machines = len({each.machine for each in told})
    ours = sum(each.difference.run is not None for each in told)
    by_whom = f"; {ours} by Steward" if ours else ""
    return f"{plural(len(told), 'change')} on {plural(machines, 'machine')} in the last {span}{by_whom}."


COMMANDS = (
    CommandSpec(
        name="changed",
        right=Right.READ,
        input=ChangedInput,
        output=ChangeFeed,
        handler=changed,
        risk=Risk.READ,
        live={"machine": "machine"},
        examples=(
            Example(line="changed", does="Tell what changed in the last 24 hours"),
            Example(line="changed --since 7d --machine nas", does="Tell what changed on nas in a week"),
        ),
    ),
)
