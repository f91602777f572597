"""What the real `systemd-analyze calendar` says, for comparison."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from steward.lib.calendar_elapse import next_elapse
from steward.lib.calendar_event import CalendarError, calendar_event

SYSTEMD = shutil.which("systemd-analyze")
REASON = "systemd-analyze is not installed"
_LINE = re.compile(r"(?:Next elapse|Iter\. #\d+|\(in UTC\)): \w+ (\S+ \S+) UTC$", re.MULTILINE)


class GaveUp(Exception):
    """systemd 252 loses itself in repetitions of months or where midnight is skipped, says so and gives no answer."""


def said_by_systemd(text: str, after: datetime, zone: str, count: int) -> list[str] | None:
    """Return the next moments in UTC to the second, as systemd prints them; None where it refuses the text."""
    asked = subprocess.run(
        [
            SYSTEMD or "",
            "calendar",
            f"--iterations={count}",
            f"--base-time={after:%Y-%m-%d %H:%M:%S} UTC",
            "--",
            text,
        ],
        env={"PATH": os.environ["PATH"], "TZ": zone, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if "Infinite loop" in asked.stderr or "Resource deadlock" in asked.stderr:
        raise GaveUp(text)
    return None if asked.returncode else _LINE.findall(asked.stdout)


def said_by_steward(text: str, after: datetime, zone: str, count: int) -> list[str] | None:
    """Return the same of ours."""
    try:
        event = calendar_event(text)
    except CalendarError:
        return None
    found: list[str] = []
    moment: datetime | None = after.replace(tzinfo=UTC)
    while len(found) < count and moment is not None:
        moment = next_elapse(event, moment, ZoneInfo(zone))
        found += [] if moment is None else [f"{moment:%Y-%m-%d %H:%M:%S}"]
    return found
