"""Uninterruptible power supplies, as NUT or apcupsd on this machine tell of them."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import complaint, decimal, lines, text_of
from steward.knowhow.shell_parts import HAS
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_MOST = 10
_APC = {
    "ONLINE": "OL",
    "ONBATT": "OB",
    "LOWBATT": "LB",
    "REPLACEBATT": "RB",
    "OVERLOAD": "OVER",
    "COMMLOST": "COMMLOST",
    "CAL": "CAL",
    "SHUTTING": "FSD",
}


@record
class Supply:
    """One supply."""

    model: str
    """Maker and model as it tells them."""
    status: tuple[str, ...]
    """Flags in the words of NUT: `OL` on line, `OB` on battery, `LB` battery low, `RB` replace battery, `OVER` too
    much load, `CAL` measuring its battery, `FSD` shutting down. `COMMLOST`: it does not answer."""
    charge_percent: float | None
    """Charge of the battery."""
    runtime_seconds: int | None
    """How long the battery would last now."""
    load_percent: float | None
    """How much of what it can give is taken."""
    trouble: str
    """Why nothing is known of it, or empty."""


@record
class Supplies:
    """Supplies that are connected to this machine; none on most."""

    supplies: dict[str, Supply]
    """By name."""


def parse(outputs: Mapping[str, CommandOutput]) -> Supplies:
    """Read a block for each supply: `ups NAME`, or `apc`, then `KEY: VALUE` lines."""
    output = outputs.get("supplies")
    if output is not None and output.exit_code not in {0, None}:
        msg = f"the reading `supplies` failed: {complaint(output)}"
        raise FactUnavailable(msg)
    blocks: dict[str, dict[str, str]] = {}
    values: dict[str, str] = {}
    for line in lines(text_of(outputs, "supplies")):
        if line.startswith(("ups ", "apc ")):
            values = blocks.setdefault(line[4:].strip()[:60] or "ups", {"kind": line[:3]})
        key, divider, value = line.partition(":")
        if divider:
            values[key.strip()] = value.strip()
    read = {name: _apc(one) if one["kind"] == "apc" else _nut(one) for name, one in list(blocks.items())[:_MOST]}
    return Supplies(supplies={name: one for name, one in read.items() if one is not None})


def _nut(values: Mapping[str, str]) -> Supply:
    words = tuple(word[:20] for word in values.get("ups.status", "").split()[:12])
    trouble = "" if words else (values.get("Error") or "it tells no status")[:200]
    runtime = decimal(values.get("battery.runtime", ""))
    return Supply(
        model=f"{values.get('ups.mfr', '')} {values.get('ups.model', '')}".strip()[:100],
        status=words or ("COMMLOST",),
        charge_percent=decimal(values.get("battery.charge", "")),
        runtime_seconds=None if runtime is None else int(runtime),
        load_percent=decimal(values.get("ups.load", "")),
        trouble=trouble,
    )


def _apc(values: Mapping[str, str]) -> Supply | None:
    """Read `apcaccess -u`; where its daemon does not run there is no supply to tell of."""
    if "STATUS" not in values:
        return None
    words = tuple(_APC.get(word, word[:20]) for word in values["STATUS"].split()[:12])
    minutes = decimal(values.get("TIMELEFT", "").split(" ")[0])
    return Supply(
        model=values.get("MODEL", "")[:100],
        status=words,
        charge_percent=decimal(values.get("BCHARGE", "").split(" ")[0]),
        runtime_seconds=None if minutes is None else int(minutes * 60),
        load_percent=decimal(values.get("LOADPCT", "").split(" ")[0]),
        trouble="apcupsd has lost the connection to it" if "COMMLOST" in words else "",
    )


def samples(supplies: Supplies) -> dict[str, float]:
    """Return charge, runtime and load of each."""
    numbers: dict[str, float | None] = {}
    for name, one in supplies.supplies.items():
        numbers |= {
            f"{name} charge_percent": one.charge_percent,
            f"{name} runtime_seconds": one.runtime_seconds,
            f"{name} load_percent": one.load_percent,
        }
    return {name: number for name, number in numbers.items() if number is not None}


def traits(supplies: Supplies) -> dict[str, str]:
    """Tell when a supply goes to its battery and comes back."""
    return {
        f"UPS {name}": "on battery" if "OB" in one.status else "on line"
        for name, one in supplies.supplies.items()
        if not one.trouble
    }


_SUPPLIES = (
    HAS
    + r"""export LC_ALL=C
if has upsc; then
    upsc -l 2>/dev/null | head -n 10 | while read -r name; do
        echo "ups $name"
        upsc "$name" 2>&1 | grep -E '^(ups\.(status|load|model|mfr)|battery\.(charge|runtime)|Error):'
    done
fi
if has apcaccess; then
    said=$(apcaccess -u status 2>/dev/null) || exit 0
    echo "apc $(printf '%s\n' "$said" | sed -n 's/^UPSNAME *: *//p' | head -n 1)"
    printf '%s\n' "$said" | grep -E '^(MODEL|STATUS|LOADPCT|BCHARGE|TIMELEFT) *:'
fi
exit 0
"""
)

PLUGIN = Fact[Supplies](
    name="supplies",
    summary="Uninterruptible power supplies: whether they run on battery, and how long it lasts.",
    readings=(Reading(name="supplies", argv=("sh", "-c", _SUPPLIES)),),
    parse=parse,
    samples=samples,
    series=(
        Series(ending="charge_percent", unit=Unit.PERCENT),
        Series(ending="runtime_seconds", unit=Unit.SECONDS),
        Series(ending="load_percent", unit=Unit.PERCENT),
    ),
    traits=traits,
)
