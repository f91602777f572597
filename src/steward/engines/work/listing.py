"""The list of runs: filtered, a page at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.core.catalogue import CommandSpec
from steward.core.compile import QUEUED_LIFETIME
from steward.core.desk import Desk
from steward.core.lines import RunLine, lines_of
from steward.lib.record import record
from steward.lib.span import span_of
from steward.lib.text import nearest
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput, NotFound
from steward.model.ids import RunId
from steward.model.risk import Risk
from steward.model.run import JOB_STATES, RunState
from steward.store import approvals, runs
from steward.store.run_pages import Wanted

_MOST = 200
_LONGEST = timedelta(days=3_650)
_WEEK = timedelta(days=7)
_LONGEST_TEXT = 200
GROUPS: dict[str, tuple[RunState, ...]] = {
    "open": (RunState.PROPOSED, RunState.WAITING, RunState.SUSPENDED, *sorted(JOB_STATES)),
    "trouble": (
        RunState.PARTIAL,
        RunState.UNVERIFIED,
        RunState.ROLLED_BACK,
        RunState.ROLLBACK_FAILED,
        RunState.FAILED,
        RunState.UNKNOWN,
    ),
}
"""States that people ask for together: what has not ended, and what did not end well."""


@record
class ListInput:
    """List runs, newest first; each filter narrows the list further."""

    limit: int = 20
    """Most runs listed, from 1 to 200."""
    state: str = ""
    """Only in this state, such as `verified` or `failed`; `open` has not ended, `trouble` did not end well."""
    machine: str = ""
    """Only on this machine, by name or id."""
    text: str = ""
    """Only with this in the title or the id, in capitals or not."""
    command: str = ""
    """Only with a step of this command."""
    since: str = ""
    """Only as far back as this: `24h`, `7d`."""
    before: str = ""
    """The page after this run: what `more` of the page before says."""


@record
class RunList:
    """Runs, newest first."""

    runs: tuple[RunLine, ...]
    """One line each."""
    more: str = ""
    """What to give as `before` for the next page; empty at the end."""
    decided: int = 0
    """How many plans people decided on in the last seven days."""


async def listed(desk: Desk, given: ListInput) -> RunList:
    """List runs."""
    now, limit = desk.clock.now(), max(1, min(given.limit, _MOST))
    wanted = Wanted(
        states=_states(given.state),
        machine=_machine(desk, given.machine),
        text=given.text.strip()[:_LONGEST_TEXT],
        command=given.command,
        since=_since(given.since, now),
        before=await _before(desk, given.before),
    )
    found = await desk.storage.read(lines_of, wanted, limit=limit + 1)
    decided = await desk.storage.read(approvals.count_decided, now - _WEEK, QUEUED_LIFETIME)
    more = found[limit - 1].id if len(found) > limit else ""
    return RunList(runs=found[:limit], more=more, decided=decided)


def _states(word: str) -> tuple[RunState, ...]:
    if not word:
        return ()
    if word in GROUPS:
        return GROUPS[word]
    by_name = {state.value: state for state in RunState}
    if word in by_name:
        return (by_name[word],)
    known = [*GROUPS, *by_name]
    near = nearest(word, known)
    step = f"did you mean `{near}`?" if near else f"states are: {', '.join(known)}"
    raise InvalidInput(f"no run is ever `{word}`", next_step=step)


def _machine(desk: Desk, named: str) -> str:
    if not named:
        return ""
    known = {machine.id: machine.name for machine in desk.workspace.inventory().machines}
    chosen = next((key for key, name in known.items() if named in {key, name}), None)
    if chosen is None:
        near = nearest(named, known.values())
        step = f"did you mean `{near}`?" if near else "`steward machines ls` lists them"
        raise NotFound(f"there is no machine `{named}`", next_step=step)
    return chosen


def _since(span: str, now: datetime) -> datetime | None:
    if not span:
        return None
    found = span_of(span)
    if found is None or not timedelta() < found <= _LONGEST:
        why = "it must be a span of time of at most ten years"
        raise InvalidInput(f"`{span}` cannot be used", why=why, next_step="write `--since 24h` or `--since 7d`")
    return now - found


async def _before(desk: Desk, run: str) -> RunId | None:
    if run and await desk.storage.read(runs.get, RunId(run)) is None:
        raise NotFound(f"there is no run {run}", next_step="begin at the first page, without `before`")
    return RunId(run) if run else None


COMMANDS = (
    CommandSpec(
        name="runs.ls",
        right=Right.READ,
        input=ListInput,
        output=RunList,
        handler=listed,
        risk=Risk.READ,
        live={"machine": "machine"},
        examples=(
            Example(line="runs ls --state trouble --since 7d", does="List what did not end well this week"),
            Example(line="runs ls --limit 100 --json", does="List more, as one JSON object"),
        ),
    ),
)
