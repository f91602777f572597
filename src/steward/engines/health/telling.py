"""The four questions in one sentence, made from data: what cannot be seen, what is wrong, what waits, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from steward.lib.text import plural, visible_line
from steward.model.brake import Brake
from steward.model.difference import Difference
from steward.model.finding import Severity
from steward.store.findings import FindingLine

_MOST_NAMED = 3
_LONGEST = 60
_ARROW = "→"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the sentence is made of."""

    now: datetime
    """In the zone of the house."""
    brake: Brake
    unseen: Sequence[tuple[str, datetime | None]]
    """Machines that cannot be seen, and since when; None for never."""
    wrong: Sequence[FindingLine]
    """Worst first, without what is only to be watched."""
    machines: int
    services_up: int
    services_down: int
    waiting: int
    changed: Sequence[tuple[str, Difference]]
    """The newest changes with the name of their machine."""


def tone_of(told: Told) -> str:
    """Return the status word of the whole: what cannot be seen is never good, whatever the rest is."""
    if told.unseen or not told.machines:
        return "unknown"
    if told.wrong:
        return told.wrong[0].severity.value
    return "paused" if told.brake is Brake.STOP else "down" if told.services_down else "ok"


def answer_of(told: Told) -> str:
    """Say in a few short sentences what cannot be seen, what is wrong, what waits."""
    if not told.machines:
        return "Nothing is looked after yet."
    parts = [
        f"{told.brake.value.capitalize()} is on." if told.brake is not Brake.NONE else "",
        _unseen(told),
        _state(told),
        f"{plural(told.waiting, 'thing')} {'waits' if told.waiting == 1 else 'wait'} for you." if told.waiting else "",
    ]
    return " ".join(part for part in parts if part)


def news_of(told: Told) -> str:
    """Say in one sentence what changed; nothing where nothing can be said of that."""
    if not told.changed:
        return "" if told.unseen or not told.machines else "Nothing changed since yesterday."
    names = list(dict.fromkeys(brief(machine, each) for machine, each in told.changed))
    return f"Changed since yesterday: {_listed(names)}."


def _unseen(told: Told) -> str:
    if not told.unseen:
        return ""
    names = _listed([name for name, _ in told.unseen])
    moments = [since for _, since in told.unseen if since is not None]
    return f"I cannot see {names}{f' since {_clock(min(moments), told.now)}' if moments else ' yet'}."


def _clock(then: datetime, now: datetime) -> str:
    local = then.astimezone(now.tzinfo)
    return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%b} {local.day}, {local:%H:%M}"


def _state(told: Told) -> str:
    whole = told.services_up + told.services_down
    if told.wrong:
        worst = sum(each.severity is Severity.DOWN for each in told.wrong)
        more = f" and {len(told.wrong) - 1} more" if len(told.wrong) > 1 else ""
        urgent = f", {worst} of them urgent" if len(told.wrong) > 1 and 0 < worst < len(told.wrong) else ""
        return f"{told.wrong[0].title}{more}{urgent}."
    if told.services_down:
        return f"{told.services_down} of {plural(whole, 'service')} {'is' if told.services_down == 1 else 'are'} down."
    if told.unseen:
        return ""
    return f"All {plural(whole, 'service')} OK." if whole > 1 else f"Nothing is wrong on {_many(told.machines)}."


def _many(machines: int) -> str:
    return plural(machines, "machine")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def brief(machine: str, change: Difference) -> str:
    """Say in a few words what changed: `immich 2.4.1 → 2.5.0`, `nas kernel`."""
    head, _, what = change.subject.partition(": ")
    if what == "image" and change.before and change.after:
        versions = [_version(text) for text in (change.before, change.after)]
        name = head.partition(" ")[2] or head
        told = f"{name} {versions[0]} {_ARROW} {versions[1]}" if len(set(versions)) > 1 else f"{name} image"
    else:
        told = f"{machine} {_first_words(change)}"
    line = visible_line(told)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _first_words(change: Difference) -> str:
    return change.subject if len(change.subject) <= _LONGEST // 2 else change.fact.replace("_", " ")


def _version(image: str) -> str:
    """Return the tag of an image, or the beginning of its digest."""
    reference, _, digest = image.partition(" ")
    _, colon, tag = reference.rpartition("/")[2].partition(":")
    return tag if colon else digest or reference
