"""The one judge: a pure function from a history to a verdict. Asserts in the middle of a case decide nothing.

lost      acknowledged to a person, or intended in the store, and without an ending
doubled   more than one effect, or more than one start on the machine, for one idempotency key
wrong     anything else that may never be: an effect without a consumed approval or without an intent, a claim
          the machine contradicts, a lock nobody frees, a broken audit
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from steward.lib.record import record
from tests.real.crash.history import Action, Effect, History, RunRow

_CLOCK_GRAIN = timedelta(milliseconds=1)


@record
class Verdict:
    """What the checker found; a case is good when all three are empty."""

    lost: tuple[str, ...] = ()
    """Each with what was lost."""
    doubled: tuple[str, ...] = ()
    """Each with what happened more than once."""
    wrong: tuple[str, ...] = ()
    """Each with what may never be."""

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.doubled or self.wrong)


def judge(history: History) -> Verdict:
    """Judge one case."""
    return Verdict(
        lost=tuple(_lost(history)),
        doubled=tuple(_doubled(history)),
        wrong=(*_unapproved(history), *_claims(history), *_books(history)),
    )


def _lost(history: History) -> Iterator[str]:
    runs = {run.id: run for run in history.runs}
    for answer in history.answers:
        run = runs.get(answer.run)
        if run is None:
            yield f"{answer.run} was {answer.says} and is not in the store"
        elif not run.is_ended:
            yield f"{answer.run} was {answer.says} and is {run.state} without an ending"
    for action in history.actions:
        if action.intent_at is None or action.outcome is not None:
            continue
        run = runs.get(action.run)
        where = f"run is {run.state}" if run else "run is not in the store"
        yield f"{action.key} ({action.label}) was intended and has no outcome; its {where}"
    known = {action.label for action in history.actions}
    for label in sorted({effect.label for effect in history.effects} - known):
        yield f"the machine carried out {label}, which the store does not know"


def _doubled(history: History) -> Iterator[str]:
    for (machine, label), count in sorted(Counter((e.machine, e.label) for e in history.effects).items()):
        if count > 1:
            yield f"{label} happened {count} times on {machine}"
    for action in history.actions:
        if action.starts > 1:
            yield f"{action.key} ({action.label}) was started {action.starts} times"
    for run in history.runs:
        if len(run.intended_at) > 1:
            yield f"the approval of {run.id} was consumed {len(run.intended_at)} times"


def _unapproved(history: History) -> Iterator[str]:
    runs = {run.id: run for run in history.runs}
    actions = {action.label: action for action in history.actions}
    for effect in history.effects:
        action = actions.get(effect.label)
        if action is None:
            continue
        run = runs.get(action.run)
        if run is None or not run.intended_at or run.approval != "consumed":
            yield f"{effect.label} happened without a consumed approval"
        elif _before(effect, min(run.intended_at)):
            yield f"{effect.label} happened before its approval was consumed"
        if action.intent_at is None or _before(effect, action.intent_at):
            yield f"{effect.label} happened without an intent before it"


def _before(effect: Effect, moment: datetime) -> bool:
    seconds = datetime.fromtimestamp(effect.nanoseconds / 1e9, tz=UTC)
    return seconds < moment - _CLOCK_GRAIN


def _claims(history: History) -> Iterator[str]:
    """A claim of the store that the machine contradicts; without an effect line the machine's starts decide."""
    counts = Counter(effect.label for effect in history.effects)
    states = {run.id: run.state for run in history.runs}
    for action in history.actions:
        happened = counts[action.label] + action.starts
        if action.outcome == "ok" and not happened:
            yield f"{action.label} is called ok and never happened"
        if not action.is_started and happened:
            yield f"{action.label} is said not to have started and did"
        if action.intent_at is None and action.starts:
            yield f"{action.label} was started without an intent"
        if states.get(action.run) == "verified" and not action.is_undo and action.outcome != "ok":
            yield f"{action.run} is verified, but {action.label} is {action.outcome}"


def _books(history: History) -> Iterator[str]:
    states = {run.id: run for run in history.runs}
    for holder in history.locks:
        if not _may_hold(states.get(holder)):
            yield f"{holder} has ended and still holds a lock"
    for run in history.runs:
        if run.approval == "consumed" and not run.intended_at:
            yield f"the consumed approval of {run.id} is not in the audit"
    yield from history.audit_problems


def _may_hold(run: RunRow | None) -> bool:
    return run is not None and (not run.is_ended or run.state == "unknown")


def acted(actions: tuple[Action, ...]) -> int:
    """Count the actions the machine started."""
    return sum(action.starts for action in actions)
