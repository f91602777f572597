"""What happens on one machine in a week in which nothing goes wrong, as functions of the time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

NIGHT_BEGINS, NIGHT_ENDS = 2, 3
"""Hours of the nightly backup."""
KNOWN_AFTER, INSTALLED_AFTER = timedelta(hours=30), timedelta(hours=54)
"""When security updates appear, and when unattended-upgrades has installed them."""
ROUTER_AFTER = timedelta(hours=26)
"""When the router is started anew and answers nobody for some minutes."""
RENEWED_AFTER = timedelta(hours=72)
"""When a certificate is renewed, a container is made anew, and the router gives another address."""
REBOOT_AFTER = timedelta(hours=105)
"""When somebody restarts the machine, because a kernel was installed."""
UP_BEFORE = timedelta(days=12)


@dataclass
class World:
    """One machine at one time; only `now` moves."""

    name: str
    begin: datetime
    now: datetime

    def random(self, salt: str) -> random.Random:
        """Return chance that is the same at every run."""
        return random.Random(f"{self.name} {salt} {self.now:%Y%m%d%H%M}")

    @property
    def days(self) -> float:
        """Days since the week began."""
        return (self.now - self.begin) / timedelta(days=1)

    @property
    def boot_at(self) -> datetime:
        """When the machine was started last."""
        return self.begin + REBOOT_AFTER if self.has_restarted else self.begin - UP_BEFORE

    @property
    def has_restarted(self) -> bool:
        """Tell whether the restart of this week is over."""
        return self.now >= self.begin + REBOOT_AFTER

    @property
    def uptime_seconds(self) -> float:
        """Seconds since then."""
        return (self.now - self.boot_at).total_seconds()

    @property
    def is_at_backup(self) -> bool:
        """Tell whether the nightly backup runs."""
        return NIGHT_BEGINS <= self.now.hour < NIGHT_ENDS

    @property
    def share_of_day(self) -> float:
        """How much of the day is over, from 0 to 1."""
        return (self.now - self.now.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)

    def busy(self) -> float:
        """Return how busy it is, from 0 to 1: backup at night, people in the evening."""
        base = 0.85 if self.is_at_backup else 0.35 if 18 <= self.now.hour < 23 else 0.08
        return min(1.0, base * self.random("busy").uniform(0.6, 1.2))

    def is_after(self, span: timedelta) -> bool:
        """Tell whether something of this week has happened."""
        return self.now >= self.begin + span

    def last(self, hour: int, minute: int = 0, *, weekday: int | None = None) -> datetime:
        """Return when it was last that time of the day, or of the week (Monday is 0)."""
        at = self.now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if weekday is not None:
            at -= timedelta(days=(at.weekday() - weekday) % 7)
        step = timedelta(days=1 if weekday is None else 7)
        return at if at <= self.now else at - step
