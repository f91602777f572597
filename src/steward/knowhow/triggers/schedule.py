"""Time starts it."""

from __future__ import annotations

from steward.lib.record import record
from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind


@record
class ScheduleSource:
    """Nothing beside the schedule."""


_EXAMPLE = """kind: schedule
says: Restart the web server before anybody is awake
schedule:
  dailyAt: "05:30"        # or cron: "30 5 * * *", every: 6h, calendar: Mon..Fri 05:30, once: "2030-03-01 02:30"
  # zone: Europe/Berlin   # without it Steward's own
  jitter: 5m              # put off by up to so long, the same each time it is worked out
starts:
  command: unit.restart   # or workflow: NAME, or goal: NAME
  with: {machine: MACHINE, unit: nginx.service}
missed: skip              # once (the newest runs), all, skip, ask
overlap: skip             # queue (the newest waits), allow (with mostAtOnce)
endWithin: 20m            # not at its end so long after it was due: an alert by itself
"""

PLUGIN = SourceKind(
    kind=TriggerKind.SCHEDULE,
    summary="Time: `schedule` says when.",
    example=_EXAMPLE,
    record=ScheduleSource,
    needs_schedule=True,
)
