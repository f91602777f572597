"""The system: load, memory, updates, clock, time since boot, accounts, files below /etc."""

from __future__ import annotations

from datetime import datetime

from steward.knowhow.facts.accounts import PLUGIN as ACCOUNTS
from steward.knowhow.facts.accounts import Accounts
from steward.knowhow.facts.clock import PLUGIN as CLOCK
from steward.knowhow.facts.clock import Clock
from steward.knowhow.facts.config_files import PLUGIN as CONFIG_FILES
from steward.knowhow.facts.config_files import ConfigFiles
from steward.knowhow.facts.load import PLUGIN as LOAD
from steward.knowhow.facts.load import Load
from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.memory import Memory
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.os import OperatingSystem
from steward.knowhow.facts.packages import PLUGIN as PACKAGES
from steward.knowhow.facts.packages import Packages
from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.facts.updates import Updates
from steward.model.measure import Measure


def load(seen: Load, argument: str, _: datetime) -> float | None:
    """Return the mean of the last 1, 5 or 15 minutes."""
    return {"1": seen.load_1, "5": seen.load_5, "": seen.load_5, "15": seen.load_15}.get(argument)


def load_per_processor(seen: Load, _argument: str, _: datetime) -> float | None:
    """Return the mean of the last 5 minutes for each processor."""
    return round(seen.load_5 / seen.processors, 2) if seen.processors else None


def memory_free_percent(seen: Memory, _argument: str, _: datetime) -> float:
    """Return the share of memory that programs could still get."""
    return seen.available_percent


def swap_used_percent(seen: Memory, _argument: str, _: datetime) -> float:
    """Return the share of swap in use; 0 where there is none."""
    return round(100 * seen.swap_used_bytes / seen.swap_total_bytes, 1) if seen.swap_total_bytes else 0.0


def updates(seen: Updates, _argument: str, _: datetime) -> int:
    """Return how many packages could be newer."""
    return seen.count


def security_updates(seen: Updates, _argument: str, _: datetime) -> int | None:
    """Return how many of them are for security, where the package manager tells."""
    return seen.security_count if seen.tells_security else None


def reboot_needed(seen: Packages, _argument: str, _: datetime) -> bool:
    """Tell whether the distribution asks for a restart."""
    return seen.is_restart_wanted


def clock_offset_ms(seen: Clock, _argument: str, _: datetime) -> float | None:
    """Return how far off the clock is believed to be."""
    return None if seen.offset_seconds is None else round(seen.offset_seconds * 1000, 3)


def clock_synchronized(seen: Clock, _argument: str, _: datetime) -> bool | None:
    """Tell whether the clock is held to be right."""
    return seen.is_synchronized


def uptime_hours(seen: OperatingSystem, _argument: str, _: datetime) -> float | None:
    """Return the time since boot."""
    return None if seen.uptime_seconds is None else round(seen.uptime_seconds / 3600, 1)


def user(seen: Accounts, argument: str, _: datetime) -> bool:
    """Tell whether an account can log in."""
    return argument in seen.accounts


def config_file(seen: ConfigFiles, argument: str, _: datetime) -> str | None:
    """Return the digest of a file."""
    return seen.files.get(argument)


PLUGINS = (
    Measure(
        name="LOAD",
        summary="Processes that ran or waited, mean of the last 5 minutes, or of `1` or `15`.",
        fact=LOAD,
        take=load,
        argument="minutes: 1, 5 or 15",
        example="[LOAD 15] < 4",
    ),
    Measure(
        name="LOAD_PER_PROCESSOR",
        summary="The mean of the last 5 minutes, for each processor.",
        fact=LOAD,
        take=load_per_processor,
        example="[LOAD_PER_PROCESSOR] < 1.5",
    ),
    Measure(
        name="MEMORY_FREE_PERCENT",
        summary="Share of memory that programs could still get without swapping, in percent.",
        fact=MEMORY,
        take=memory_free_percent,
        example="[MEMORY_FREE_PERCENT] > 10",
    ),
    Measure(
        name="SWAP_USED_PERCENT",
        summary="Share of swap in use, in percent; 0 where there is none.",
        fact=MEMORY,
        take=swap_used_percent,
        example="[SWAP_USED_PERCENT] < 80",
    ),
    Measure(
        name="UPDATES",
        summary="Installed packages for which there is an update.",
        fact=UPDATES,
        take=updates,
        example="[UPDATES] == 0",
    ),
    Measure(
        name="SECURITY_UPDATES",
        summary="Those of them that are security updates; no answer where the package manager does not tell.",
        fact=UPDATES,
        take=security_updates,
        example="[SECURITY_UPDATES] == 0",
    ),
    Measure(
        name="REBOOT_NEEDED",
        summary="Whether the distribution itself asks for a restart.",
        fact=PACKAGES,
        take=reboot_needed,
        example="![REBOOT_NEEDED]",
    ),
    Measure(
        name="CLOCK_OFFSET_MS",
        summary="How far off the clock is believed to be, in milliseconds, without sign.",
        fact=CLOCK,
        take=clock_offset_ms,
        example="[CLOCK_OFFSET_MS] < 500",
    ),
    Measure(
        name="CLOCK_SYNCHRONIZED",
        summary="Whether the clock is held to be right.",
        fact=CLOCK,
        take=clock_synchronized,
        example="[CLOCK_SYNCHRONIZED]",
    ),
    Measure(
        name="UPTIME_HOURS",
        summary="Hours since boot.",
        fact=SYSTEM,
        take=uptime_hours,
        example="[UPTIME_HOURS] < 1",
    ),
    Measure(
        name="USER",
        summary="Whether an account is there that can log in, or has the rights of root.",
        fact=ACCOUNTS,
        take=user,
        argument="account",
        is_argument_needed=True,
        example="[USER deploy]",
    ),
    Measure(
        name="CONFIG_FILE",
        summary="First 16 digits of the SHA-256 of a readable file below /etc.",
        fact=CONFIG_FILES,
        take=config_file,
        argument="path",
        is_argument_needed=True,
        missing="absent",
        example='[CONFIG_FILE /etc/exports] != "absent"',
    ),
)
