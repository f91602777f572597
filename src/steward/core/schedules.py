"""When a schedule is due: pure functions of a schedule, a moment and a time zone, which never look at the clock.

What is due is a fixed set of moments: two halves of a stretch of time hold what the whole holds, so that a restart, a
clock that steps or a night without power can be made up for exactly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from steward.core import schedule_forms as forms
from steward.core.schedule_forms import FormError, Moments
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.lib.zones import zone_named
from steward.model.errors import InvalidInput
from steward.model.trigger import Schedule

MOST_JITTER_SECONDS = 86_400
"""A day; what may be put off longer is another schedule."""

FORMS = ("cron", "every", "daily_at", "calendar", "once")
"""Fields of a schedule of which exactly one is written."""

_READERS = {
    "cron": forms.cron,
    "every": forms.every,
    "daily_at": forms.daily_at,
    "calendar": forms.calendar,
    "once": forms.once,
}
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(forms.LAST_YEAR, 12, 31, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@record
class ScheduleProblem:
    """Something about a schedule that does not fit."""

    field: str
    """Field of the schedule; empty: the whole."""
    what: str
    """What is wrong."""
    next_step: str
    """What to do about it."""


@record
class Due:
    """What was due in a stretch of time."""

    moments: tuple[datetime, ...]
    """Moments (UTC), oldest first."""
    is_cut: bool
    """Whether more were due than were asked for; the newest are left out."""


def upcoming(schedule: Schedule, after: datetime, zone: str, *, name: str) -> Iterator[datetime]:
    """List the moments (UTC) strictly after one when a schedule is due, ever later; InvalidInput for a bad schedule.

    `zone` counts where the schedule names none; `name` is the trigger's, from which jitter is derived.
    """
    moments = _moments(schedule, zone)
    jitter = schedule.jitter_seconds
    start = max(after.astimezone(UTC), _FIRST - _SECOND)
    if start > _LAST:
        return iter(())
    if not jitter:
        return _rising(moments, start)
    shifted = _put_off(_rising(moments, start - timedelta(seconds=jitter + 1)), jitter, name)
    return (moment for moment in shifted if moment > start)


def due_between(schedule: Schedule, after: datetime, until: datetime, zone: str, name: str, limit: int) -> Due:
    """Return what is due after one moment and until another, at most `limit`, oldest first."""
    found: list[datetime] = []
    for moment in islice(upcoming(schedule, after, zone, name=name), limit + 1):
        if moment > until:
            break
        found.append(moment)
    return Due(moments=tuple(found[:limit]), is_cut=len(found) > limit)


def check(schedule: Schedule, zone: str = "UTC") -> tuple[ScheduleProblem, ...]:
    """Return everything wrong with a schedule, nothing where it is sound."""
    return (*_zone_problems(schedule), *_jitter_problems(schedule), *_form_problems(schedule, zone))


def why_no_schedule(schedule: Schedule) -> str:
    """Say in one line why a schedule cannot be used; nothing where it is sound."""
    problems = check(schedule)
    return f"{problems[0].what}; {problems[0].next_step}" if problems else ""


def zone_of(schedule: Schedule, zone: str) -> ZoneInfo:
    """Return the zone that counts for a schedule; InvalidInput where there is none of that name."""
    return zone_or_refuse(schedule.zone or zone)


def zone_or_refuse(name: str) -> ZoneInfo:
    """Return the time zone of a name; InvalidInput, with the nearest name, where there is none."""
    found = zone_named(name)
    if found is None:
        raise _refused(_zone_problem(name))
    return found


def form_of(schedule: Schedule) -> str:
    """Return the field in which a schedule says when; InvalidInput where it is not exactly one."""
    given = [form for form in FORMS if getattr(schedule, form).strip()]
    if len(given) != 1:
        raise _refused(_number_problem(given))
    return given[0]


def _moments(schedule: Schedule, zone: str) -> Moments:
    problems = check(schedule, zone)
    if problems:
        raise _refused(problems[0])
    form = form_of(schedule)
    return _READERS[form](getattr(schedule, form), zone_of(schedule, zone))


def _rising(moments: Moments, after: datetime) -> Iterator[datetime]:
    """List moments in UTC, each later than the one before: two times that one gap swallows are one moment."""
    last = after
    for found in moments(after):
        moment = found.astimezone(UTC)
        if moment > _LAST:
            return
        if moment > last:
            last = moment
            yield moment


def _put_off(moments: Iterator[datetime], jitter: int, name: str) -> Iterator[datetime]:
    """Put each moment off by what its trigger and itself say, never as far as the next."""
    current = next(moments, None)
    while current is not None:
        following = next(moments, None)
        most = jitter if following is None else min(jitter, -(-(following - current) // _SECOND) - 1)
        yield current + timedelta(seconds=_share(name, current, most))
        current = following


def _share(name: str, moment: datetime, most: int) -> int:
    digest = hashlib.sha256(f"{name}\0{moment.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % (most + 1)


def _zone_problems(schedule: Schedule) -> tuple[ScheduleProblem, ...]:
    known = not schedule.zone or zone_named(schedule.zone) is not None
    return () if known else (_zone_problem(schedule.zone),)


def _zone_problem(zone: str) -> ScheduleProblem:
    near = nearest(zone[:64], sorted(available_timezones()))
    return ScheduleProblem(
        field="zone",
        what=f"there is no time zone `{visible_line(zone[:64])}`",
        next_step=f"did you mean {near}?" if near else "use an IANA name such as Europe/Berlin",
    )


def _jitter_problems(schedule: Schedule) -> tuple[ScheduleProblem, ...]:
    if 0 <= schedule.jitter_seconds <= MOST_JITTER_SECONDS:
        return ()
    problem = ScheduleProblem(
        field="jitter_seconds",
        what=f"a jitter of {schedule.jitter_seconds} s",
        next_step=f"give 0 to {MOST_JITTER_SECONDS}",
    )
    return (problem,)


def _form_problems(schedule: Schedule, zone: str) -> tuple[ScheduleProblem, ...]:
    given = [form for form in FORMS if getattr(schedule, form).strip()]
    if len(given) != 1:
        return (_number_problem(given),)
    try:
        _READERS[given[0]](getattr(schedule, given[0]), zone_named(schedule.zone or zone) or ZoneInfo("UTC"))
    except FormError as error:
        return (ScheduleProblem(field=given[0], what=error.what, next_step=error.next_step),)
    return ()


def _number_problem(given: list[str]) -> ScheduleProblem:
    what = f"{' and '.join(given)} at once" if given else "nothing says when"
    return ScheduleProblem(field="", what=what, next_step=f"write exactly one of {', '.join(FORMS)}")


def _refused(problem: ScheduleProblem) -> InvalidInput:
    return InvalidInput(problem.what, where=problem.field, next_step=problem.next_step)
