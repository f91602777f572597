"""Sensors of the hardware: temperatures with the limits of the chips themselves, fans, and forced slowing down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import decimal, text_of, whole
from steward.knowhow.shell_parts import IN_CONTAINER, told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_MOST = 200
_PROCESSORS = frozenset({
    "coretemp", "k10temp", "k8temp", "zenpower", "cpu_thermal", "cpu-thermal", "x86_pkg_temp", "soc_thermal",
    "scpi_sensors",
})  # fmt: skip
_COLDEST, _HOTTEST = -20.0, 127.0
"""Beyond these a sensor is not connected, or broken: many show -128, 127.5 or 255 then."""


@record
class Temperature:
    """One temperature."""

    celsius: float
    """What it is now."""
    critical: float | None
    """From here on the chip shuts down, or slows down as much as it can; None when it does not say."""
    maximum: float | None
    """The highest it should have for long; None when it does not say."""
    is_processor: bool
    """Whether it is of a processor, which lets itself get hot and slows down in time."""


@record
class Sensors:
    """Sensors of a machine; none in a container, and few in a virtual machine."""

    temperatures: dict[str, Temperature]
    """By chip, device and label: `nvme nvme0 Composite`; at most 200."""
    fans: dict[str, int]
    """Turns a minute, by chip, device and label; 0 also where no fan is connected."""
    throttle_count: int | None
    """How often processors were slowed down because of heat since boot; None when they do not count."""
    is_undervolted: bool | None
    """Whether a Raspberry Pi gets too little voltage now; None elsewhere."""
    was_undervolted: bool | None
    """Whether it did since boot; None elsewhere."""


def parse(outputs: Mapping[str, CommandOutput]) -> Sensors:
    """Read `KEY VALUE` lines."""
    pairs = told(text_of(outputs, "sensors"))
    values = dict(pairs)
    if "end" not in values:
        msg = "the reading `sensors` did not come to its end"
        raise FactUnavailable(msg)
    temperatures: dict[str, Temperature] = {}
    fans: dict[str, int] = {}
    for key, value in pairs:
        if key == "temp":
            temperatures |= _temperature(value)
        elif key == "fan":
            turns, _, name = value.partition("|")
            if (count := whole(turns)) is not None and name:
                fans[name[:100]] = count
    flags = _flags(values.get("throttled", ""))
    return Sensors(
        temperatures=dict(sorted(temperatures.items())[:_MOST]),
        fans=dict(sorted(fans.items())[:_MOST]),
        throttle_count=whole(values.get("throttle_count", "")),
        is_undervolted=None if flags is None else bool(flags & 1),
        was_undervolted=None if flags is None else bool(flags & 1 << 16),
    )


def _temperature(value: str) -> dict[str, Temperature]:
    """Read `MILLIDEGREES|CRITICAL|MAXIMUM|CHIP DEVICE LABEL`."""
    words = value.split("|", 3)
    celsius = _degrees(words[0]) if len(words) == 4 else None
    if celsius is None or not _COLDEST < celsius < _HOTTEST or celsius == 0:
        return {}
    critical, maximum = _limit(words[1]), _limit(words[2])
    chip = words[3].split(" ")[0]
    one = Temperature(celsius=celsius, critical=critical, maximum=maximum, is_processor=chip in _PROCESSORS)
    return {words[3][:100]: one}


def _degrees(text: str) -> float | None:
    number = decimal(text.removeprefix("-"))
    return None if number is None else round((-number if text.startswith("-") else number) / 1000, 1)


def _limit(text: str) -> float | None:
    """Return a limit that makes sense; many chips are delivered with 0, 127 or 255 in that place."""
    degrees = _degrees(text)
    return degrees if degrees is not None and 40 <= degrees <= 125 else None


def _flags(text: str) -> int | None:
    try:
        return int(text[:12], 16) if text else None
    except ValueError:
        return None


def samples(sensors: Sensors) -> dict[str, float]:
    """Return temperatures, fans, and the count of slowing down."""
    numbers: dict[str, float] = {f"{name} celsius": one.celsius for name, one in sensors.temperatures.items()}
    numbers |= {f"{name} fan": turns for name, turns in sensors.fans.items()}
    return numbers | ({} if sensors.throttle_count is None else {"throttle_count": sensors.throttle_count})


_SENSORS = (
    IN_CONTAINER
    + r"""export LC_ALL=C
if in_container; then echo end; exit 0; fi
value() { read -r value <"$1" && printf '%s' "$value"; }
{
for chip in /sys/class/hwmon/hwmon*; do
    name=$(value "$chip/name") device=$(readlink -f "$chip/device")
    for input in "$chip"/temp*_input; do
        [ -e "$input" ] || continue
        part=${input%_input}
        label=$(value "${part}_label")
        now=$(value "$input") || continue
        echo "temp $now|$(value "${part}_crit")|$(value "${part}_max")|$name ${device##*/} ${label:-${part##*/}}"
    done
    for input in "$chip"/fan*_input; do
        [ -e "$input" ] || continue
        part=${input%_input}
        label=$(value "${part}_label")
        echo "fan $(value "$input")|$name ${device##*/} ${label:-${part##*/}}"
    done
done
if ! ls /sys/class/hwmon/hwmon*/temp*_input; then
    for zone in /sys/class/thermal/thermal_zone*; do
        now=$(value "$zone/temp") || continue
        echo "temp $now|||$(value "$zone/type") ${zone##*/}"
    done
fi
} 2>/dev/null | grep -v '^/' | head -n 500
cat /sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count 2>/dev/null |
    awk '{ sum += $1 } END { if (NR) print "throttle_count", sum }'
for flags in /sys/devices/platform/soc/soc:firmware/get_throttled /sys/devices/platform/soc*/*firmware/get_throttled; do
    [ -r "$flags" ] && { echo "throttled $(cat "$flags")"; break; }
done
echo end
"""
)

PLUGIN = Fact[Sensors](
    name="sensors",
    summary="Temperatures with the chips' own limits, fans, and how often processors were slowed down by heat.",
    readings=(Reading(name="sensors", argv=("sh", "-c", _SENSORS)),),
    parse=parse,
    pause=timedelta(minutes=5),
    samples=samples,
    series=(
        Series(ending="celsius", unit=Unit.CELSIUS, matters=True),
        Series(ending="throttle_count", is_counter=True),
    ),
)
