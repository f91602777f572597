"""Pools of ZFS and arrays of md."""

from __future__ import annotations

from datetime import datetime

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.arrays import Arrays
from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.pools import Pools
from steward.model.measure import Measure


def pool_state(seen: Pools, argument: str, _: datetime) -> str | None:
    """Return the health of a pool."""
    one = seen.pools.get(argument)
    return one.health if one else None


def pool_free_percent(seen: Pools, argument: str, _: datetime) -> float | None:
    """Return the share of a pool that is left."""
    one = seen.pools.get(argument)
    return None if one is None or one.used_percent is None else round(100 - one.used_percent, 1)


def array_state(seen: Arrays, argument: str, _: datetime) -> str | None:
    """Return the state of an array: a lost disk comes before what the kernel calls it."""
    one = seen.arrays.get(argument.removeprefix("/dev/"))
    if one is None:
        return None
    return "degraded" if one.missing_members else one.state


PLUGINS = (
    Measure(
        name="POOL_STATE",
        summary="Health of a pool of ZFS: `ONLINE`, `DEGRADED`, `FAULTED`, `SUSPENDED`, `UNAVAIL`.",
        fact=POOLS,
        take=pool_state,
        argument="pool",
        is_argument_needed=True,
        missing="absent",
        example='[POOL_STATE tank] == "ONLINE"',
    ),
    Measure(
        name="POOL_FREE_PERCENT",
        summary="Share of a pool of ZFS that is left, in percent.",
        fact=POOLS,
        take=pool_free_percent,
        argument="pool",
        is_argument_needed=True,
        example="[POOL_FREE_PERCENT tank] > 20",
    ),
    Measure(
        name="ARRAY_STATE",
        summary="State of an array of md: `clean`, `active`, `inactive`, `broken`; `degraded` when a disk is missing.",
        fact=ARRAYS,
        take=array_state,
        argument="array",
        is_argument_needed=True,
        missing="absent",
        example='[ARRAY_STATE md0] in ["clean", "active"]',
    ),
)
