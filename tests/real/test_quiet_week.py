"""No false alarm in a week of looks at healthy machines; `python -m tests.real.quiet_week` looks every ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.real.lab import Lab
from tests.real.quiet_week import MACHINES
from tests.real.week.recording import record
from tests.real.week.run import run_week
from tests.real.week.world import World

STEP = timedelta(hours=2)


async def test_a_week_in_which_nothing_goes_wrong_gives_no_alarm(lab: Lab, tmp_path: Path) -> None:
    recordings = await record(lab, MACHINES)
    assert all(sum(output.exit_code == 0 for output in outputs.values()) > 40 for outputs in recordings.values())
    begin = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
    week = await run_week(tmp_path, recordings, step=STEP, begin=begin)
    assert week.looks == 85 * (len(MACHINES) + 1)
    assert week.alarms == []
    for happened in ("security_updates", "silent_resolvers", "restart_wanted"):
        assert any(happened in said for said in week.watched), "the week did not happen"


async def test_what_is_wrong_in_that_week_is_an_alarm(tmp_path: Path) -> None:
    """The same week with a disk that fills by twelve percent a day, so that the silence above means something."""
    begin = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)

    def filling(_text: str, world: World) -> str:
        size = 236_480_512
        used = int(size * min(0.99, 0.5 + 0.12 * world.days))
        head = "Filesystem Type 1024-blocks Used Available Capacity Mounted on"
        return f"{head}\n/dev/sda2 ext4 {size} {used} {size - used} {100 * used // size}% /\n"

    week = await run_week(
        tmp_path,
        {},
        step=timedelta(hours=2),
        begin=begin,
        span=timedelta(days=4),
        live={"filesystems/space": filling},
    )
    assert any("filling_filesystems" in said for said in week.alarms)
    assert any("full_filesystems" in said for said in week.alarms)
