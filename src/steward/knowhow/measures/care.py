"""Backups, temperatures and power."""

from __future__ import annotations

from datetime import datetime

from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.backups import Backups
from steward.knowhow.facts.sensors import PLUGIN as SENSORS
from steward.knowhow.facts.sensors import Sensors
from steward.knowhow.facts.supplies import PLUGIN as SUPPLIES
from steward.knowhow.facts.supplies import Supplies, Supply
from steward.model.measure import Measure


def backup_age_hours(seen: Backups, argument: str, at: datetime) -> float | None:
    """Return the hours since the job that waits longest ended well; None where one never did."""
    ends = [one.succeeded_at for name, one in seen.jobs.items() if not argument or name == argument]
    known = [end for end in ends if end is not None]
    return round((at - min(known)).total_seconds() / 3600, 1) if known and len(known) == len(ends) else None


def temperature(seen: Sensors, argument: str, _: datetime) -> float | None:
    """Return the highest temperature, or the highest of sensors whose name has the argument in it."""
    wanted = argument.lower()
    return max((one.celsius for name, one in seen.temperatures.items() if wanted in name.lower()), default=None)


def ups_charge(seen: Supplies, argument: str, _: datetime) -> float | None:
    """Return the charge of the battery that has least, or None where one does not tell."""
    charges = [one.charge_percent for one in _supplies(seen, argument)]
    known = [charge for charge in charges if charge is not None]
    return min(known) if known and len(known) == len(charges) else None


def ups_on_battery(seen: Supplies, argument: str, _: datetime) -> bool | None:
    """Tell whether a supply runs on its battery; None where there is none or one does not answer."""
    found = _supplies(seen, argument)
    if any("OB" in one.status for one in found):
        return True
    return False if found and all(one.status and not one.trouble for one in found) else None


def _supplies(seen: Supplies, argument: str) -> list[Supply]:
    return [one for name, one in seen.supplies.items() if not argument or name == argument]


PLUGINS = (
    Measure(
        name="BACKUP_AGE_HOURS",
        summary="Hours since the backup job that waits longest ended well; no answer where one never did.",
        fact=BACKUPS,
        take=backup_age_hours,
        argument="job",
        example="[BACKUP_AGE_HOURS] < 26",
    ),
    Measure(
        name="TEMPERATURE",
        summary="Highest temperature in degrees Celsius, of all sensors or of those whose name has the argument in it.",
        fact=SENSORS,
        take=temperature,
        argument="part of a sensor's name",
        example="[TEMPERATURE nvme] < 70",
    ),
    Measure(
        name="UPS_CHARGE",
        summary="Charge of the battery in percent, of the supply that has least.",
        fact=SUPPLIES,
        take=ups_charge,
        argument="supply",
        example="[UPS_CHARGE] > 50",
    ),
    Measure(
        name="UPS_ON_BATTERY",
        summary="Whether a supply runs on its battery.",
        fact=SUPPLIES,
        take=ups_on_battery,
        argument="supply",
        example="![UPS_ON_BATTERY]",
    ),
)
