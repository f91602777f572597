"""A week in which nothing goes wrong: `python -m tests.real.quiet_week`. Every alarm in it is a false one.

Real looks at the lab's machines, and a made-up server put together from recorded outputs, are told again every few
minutes of a simulated week, with everything that moves moved on: clock, load, memory, disks that grow, logs that are
rotated, a backup every night, a scrub on Sunday, updates that come and are installed, a renewed certificate, another
address, a restart. The scanner, the checks and the store are the real ones.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.real.lab import Lab, LabError
from tests.real.week.recording import record
from tests.real.week.run import Week, run_week

MACHINES = ("m1", "d1")


def main(arguments: Sequence[str]) -> int:
    """Run the week and return the exit code: 0 without an alarm, 1 with one, 2 without a lab."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.quiet_week", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="time between two looks (10)")
    parser.add_argument("--days", type=float, default=7, help="length of the week (7)")
    parser.add_argument("--machines", default=",".join(MACHINES), help="machines of the lab to record (m1,d1)")
    options = parser.parse_args(arguments)
    names = tuple(name for name in options.machines.split(",") if name)
    try:
        began = time.monotonic()
        week = asyncio.run(_week(names, timedelta(minutes=options.minutes), timedelta(days=options.days)))
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    _tell(week, time.monotonic() - began)
    return 1 if week.alarms else 0


async def _week(names: Sequence[str], step: timedelta, span: timedelta) -> Week:
    lab = Lab.from_environment()
    recordings = {}
    if names:
        lab.up()
        recordings = await record(lab, names)
    begin = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
    with tempfile.TemporaryDirectory() as folder:
        return await run_week(Path(folder), recordings, step=step, begin=begin, span=span)


def _tell(week: Week, seconds: float) -> None:
    for said in week.watched:
        print(f"      {said}")
    for said in week.alarms:
        print(f"ALARM {said}")
    for fact, why in week.unread.items():
        print(f"      not read: {fact}: {why}")
    print(f"{week.looks} looks in {seconds:.0f} s: {len(week.alarms)} alarms, {len(week.watched)} worth knowing")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
