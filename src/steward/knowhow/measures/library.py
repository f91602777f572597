"""What the shipped workflows ask besides: devices under filesystems, accounts, the journal."""

from __future__ import annotations

from datetime import datetime

from steward.knowhow.facts.account_states import PLUGIN as ACCOUNTS
from steward.knowhow.facts.account_states import AccountStates
from steward.knowhow.facts.backing_devices import PLUGIN as DEVICES
from steward.knowhow.facts.backing_devices import BackingDevices
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystems
from steward.knowhow.facts.journal import PLUGIN as JOURNAL
from steward.knowhow.facts.journal import Journal
from steward.model.measure import Measure

_GIGABYTE = 10**9
_MEGABYTE = 1024**2


def device_gb(seen: BackingDevices, argument: str, _: datetime) -> float | None:
    """Return the size of the device under a filesystem, in gigabytes."""
    one = seen.places.get(argument)
    return None if one is None else round(one.bytes / _GIGABYTE, 3)


def filesystem_gb(seen: Filesystems, argument: str, _: datetime) -> float | None:
    """Return the size of a filesystem, in gigabytes."""
    one = seen.filesystems.get(argument)
    return None if one is None else round(one.size_bytes / _GIGABYTE, 3)


def account_password(seen: AccountStates, argument: str, _: datetime) -> str | None:
    """Return how the password of an account stands, None where the machine does not tell."""
    one = seen.accounts.get(argument)
    return one.password or None if one is not None else "absent"


def account_processes(seen: AccountStates, argument: str, _: datetime) -> int:
    """Return how many programs run as an account."""
    one = seen.accounts.get(argument)
    return 0 if one is None else one.process_count


def journal_mb(seen: Journal, _argument: str, _: datetime) -> float:
    """Return what the journal takes, in megabytes as systemd counts them."""
    return round(seen.total_bytes / _MEGABYTE, 1)


PLUGINS = (
    Measure(
        name="DEVICE_GB",
        summary="Size of the device under an ext4 or xfs filesystem, in gigabytes (10^9).",
        fact=DEVICES,
        take=device_gb,
        argument="mount point",
        is_argument_needed=True,
        example="[DEVICE_GB /srv/data] >= 8000",
    ),
    Measure(
        name="FILESYSTEM_GB",
        summary="Size of a filesystem, in gigabytes (10^9).",
        fact=FILESYSTEMS,
        take=filesystem_gb,
        argument="mount point",
        is_argument_needed=True,
        example="[FILESYSTEM_GB /srv/data] >= 7800",
    ),
    Measure(
        name="ACCOUNT_PASSWORD",
        summary="How the password of a person's account stands: `locked`, `set`, `none`; `absent` without the account.",
        fact=ACCOUNTS,
        take=account_password,
        argument="account",
        is_argument_needed=True,
        missing="absent",
        example='[ACCOUNT_PASSWORD anna] == "locked"',
    ),
    Measure(
        name="ACCOUNT_PROCESSES",
        summary="How many programs run as a person's account.",
        fact=ACCOUNTS,
        take=account_processes,
        argument="account",
        is_argument_needed=True,
        example="[ACCOUNT_PROCESSES anna] == 0",
    ),
    Measure(
        name="JOURNAL_MB",
        summary="What the journal takes on disk, in megabytes as systemd counts them (1024 * 1024 bytes).",
        fact=JOURNAL,
        take=journal_mb,
        example="[JOURNAL_MB] < 1000",
    ),
)
