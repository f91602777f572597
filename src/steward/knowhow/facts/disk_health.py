"""What disks tell of their own health (SMART): ATA, NVMe and SAS, in the same words. None that sleeps is woken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from steward.knowhow.outputs import dictionary, json_object, lines, list_of, text_of, whole_of, word_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_COUNTERS = {5: "reallocated_sectors", 187: "reported_errors", 197: "pending_sectors", 198: "lost_sectors"}
_CABLE_ERRORS = 199
_WEAR = (231, 233, 177, 202, 173, 169)
"""Attributes in which makers of SATA disks without turning parts tell what is left, as a normalized value from 100."""
_LARGEST_COUNT = 2**32
_COLDEST, _HOTTEST = -20, 150
_MOST = 100


@record
class SelfTest:
    """The last self-test a disk has ended."""

    says: str
    """How it came out, in the disk's words."""
    is_failed: bool
    """Whether it found the disk bad; one that was interrupted found nothing."""
    hours_ago: int | None
    """Hours of power since then; None where the disk does not tell."""


@record
class DiskHealth:
    """What one disk tells of itself; None where this kind of disk does not tell it."""

    name: str
    """Name the kernel gave it at this boot: `sda`."""
    model: str
    """Model."""
    serial: str
    """Serial number."""
    protocol: str
    """`ATA`, `NVMe` or `SCSI`."""
    is_asleep: bool
    """Whether it sleeps, so that nothing was asked."""
    unread: str
    """Why it could not be asked; empty when it could."""
    is_rotating: bool
    """Whether it turns."""
    has_passed: bool | None
    """Its own verdict: False means that it expects to fail soon."""
    failing_attributes: tuple[str, ...]
    """Attributes that are below the limit of the maker now."""
    critical_warning: int
    """NVMe: bits of what it warns of; 0 for nothing."""
    temperature_celsius: int | None
    """Temperature."""
    temperature_limit_celsius: int | None
    """Temperature from which its maker says that it is too hot."""
    power_on_hours: int | None
    """Hours it had power."""
    reallocated_sectors: int | None
    """Sectors that were replaced by spare ones; on SAS grown defects."""
    pending_sectors: int | None
    """Sectors that could not be read and wait to be replaced."""
    lost_sectors: int | None
    """Sectors that could not be read when the disk looked at itself."""
    reported_errors: int | None
    """Errors it could not mend and had to report."""
    cable_errors: int | None
    """Transfers that arrived damaged: cable or plug, not the disk."""
    media_errors: int | None
    """NVMe and SAS: data it could not read or write correctly."""
    spare_percent: int | None
    """NVMe: spare blocks that are left."""
    spare_limit_percent: int | None
    """NVMe: share of spare blocks below which its maker says that it fails."""
    worn_percent: int | None
    """Share of the life its maker promised that is used up; may be above 100."""
    self_test: SelfTest | None
    """Its last self-test, or None where it knows of none."""
    is_testing: bool
    """Whether a self-test runs now."""


@record
class DisksHealth:
    """All disks that can be asked."""

    program: str
    """Absolute path of smartctl."""
    disks: dict[str, DiskHealth]
    """By serial number; by the kernel's name where there is none."""


def parse(outputs: Mapping[str, CommandOutput]) -> DisksHealth:
    """Read `disk NAME SERIAL` and below it what smartctl wrote about it, as one line of JSON."""
    said = lines(text_of(outputs, "smart"))
    program = next((line.removeprefix("program ") for line in said if line.startswith("program ")), "")
    if "absent" in said:
        msg = "smartctl is not installed, so that the disks cannot be asked; the package is `smartmontools`"
        raise FactUnavailable(msg)
    if "refused" in said:
        msg = "only root may ask disks for their health; `steward machines rights` prints the line for sudo"
        raise FactUnavailable(msg)
    disks: dict[str, DiskHealth] = {}
    name, serial = "", ""
    for line in said[: 2 * _MOST]:
        if line.startswith("disk "):
            name, _, serial = line[5:100].strip().partition(" ")
        elif name and line.startswith("{"):
            one = _health(name, serial, json_object(line))
            disks.setdefault(one.serial or name, one)
    if disks and all("too old" in one.unread for one in disks.values()):
        msg = "smartctl is too old to write JSON; 7.0 or later does"
        raise FactUnavailable(msg)
    return DisksHealth(program=program, disks=disks)


def _health(name: str, serial: str, told: dict[str, Any]) -> DiskHealth:
    device, verdict = dictionary(told.get("device")), dictionary(told.get("smart_status"))
    nvme = dictionary(told.get("nvme_smart_health_information_log"))
    attributes = _attributes(told)
    is_asleep = _is_asleep(told)
    passed, hours = verdict.get("passed"), _number(dictionary(told.get("power_on_time")).get("hours"))
    ata = {field: _count(attributes, number) for number, field in _COUNTERS.items()}
    grown, uncorrected = _number(told.get("scsi_grown_defect_list")), _uncorrected(told)
    return DiskHealth(
        name=name,
        model=word_of(told.get("model_name"))[:100],
        serial=word_of(told.get("serial_number")).strip()[:100] or serial,
        protocol=word_of(device.get("protocol"))[:20],
        is_asleep=is_asleep,
        unread="" if is_asleep or isinstance(passed, bool) or attributes or nvme else _complaint(told),
        is_rotating=whole_of(told.get("rotation_rate")) > 0,
        has_passed=passed if isinstance(passed, bool) else None,
        failing_attributes=tuple(
            word_of(one.get("name"))[:60] for one in attributes.values() if one.get("when_failed") == "now"
        ),
        critical_warning=whole_of(nvme.get("critical_warning")),
        temperature_celsius=_degrees(dictionary(told.get("temperature")).get("current")),
        temperature_limit_celsius=_limit(told),
        power_on_hours=hours,
        reallocated_sectors=ata["reallocated_sectors"] if attributes else grown,
        pending_sectors=ata["pending_sectors"],
        lost_sectors=ata["lost_sectors"],
        reported_errors=ata["reported_errors"],
        cable_errors=_count(attributes, _CABLE_ERRORS),
        media_errors=_number(nvme.get("media_errors")) if nvme else uncorrected,
        spare_percent=_number(nvme.get("available_spare")),
        spare_limit_percent=_number(nvme.get("available_spare_threshold")),
        worn_percent=_worn(told, nvme, attributes),
        self_test=_self_test(told, hours),
        is_testing=_is_testing(told),
    )


def _attributes(told: dict[str, Any]) -> dict[int, dict[str, Any]]:
    table = list_of(dictionary(told.get("ata_smart_attributes")).get("table"))
    return {whole_of(one.get("id")): one for one in map(dictionary, table)}


def _number(value: object) -> int | None:
    found = whole_of(value)
    return found if found or (value == 0 and not isinstance(value, bool)) else None


def _count(attributes: Mapping[int, dict[str, Any]], number: int) -> int | None:
    """Return a raw counter; some makers put more than the count into it, and what is absurd counts as not told."""
    raw = _number(dictionary(attributes.get(number, {}).get("raw")).get("value"))
    return raw if raw is not None and 0 <= raw < _LARGEST_COUNT else None


def _degrees(value: object) -> int | None:
    found = _number(value)
    return found if found is not None and _COLDEST < found < _HOTTEST and found != 0 else None


def _limit(told: dict[str, Any]) -> int | None:
    """Return the limit of the disk itself; the words differ by version and protocol."""
    temperature = dictionary(told.get("temperature"))
    nvme = dictionary(told.get("nvme_composite_temperature_threshold"))
    found = (temperature.get("op_limit_max"), nvme.get("warning"), temperature.get("drive_trip"))
    return next((degrees for value in found if (degrees := _degrees(value)) is not None), None)


def _uncorrected(told: dict[str, Any]) -> int | None:
    log = dictionary(told.get("scsi_error_counter_log"))
    counts = [_number(dictionary(log.get(kind)).get("total_uncorrected_errors")) for kind in ("read", "write")]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _worn(told: dict[str, Any], nvme: dict[str, Any], attributes: Mapping[int, dict[str, Any]]) -> int | None:
    if nvme:
        return _number(nvme.get("percentage_used"))
    sas = _number(told.get("scsi_percentage_used_endurance_indicator"))
    if sas is not None or told.get("rotation_rate") != 0:
        return sas
    left = next((whole_of(attributes[number].get("value")) for number in _WEAR if number in attributes), None)
    return 100 - left if left is not None and 0 < left <= 100 else None


def _self_test(told: dict[str, Any], hours: int | None) -> SelfTest | None:
    """Return the newest test that has ended, from the log of whichever protocol."""
    log = dictionary(told.get("ata_smart_self_test_log"))
    tables = [dictionary(log.get(kind)).get("table") for kind in ("extended", "standard")]
    tables.append(dictionary(told.get("nvme_self_test_log")).get("table"))
    told_by_log = [entry for table in tables for entry in list_of(table)]
    for entry in map(dictionary, told_by_log or [told.get("scsi_self_test_0")]):
        result = dictionary(entry.get("status") or entry.get("self_test_result") or entry.get("result"))
        says = word_of(result.get("string"))[:100]
        if not says or "in progress" in says.lower():
            continue
        at = _number(entry.get("lifetime_hours")) or _number(entry.get("power_on_hours"))
        at = at if at is not None else _number(dictionary(entry.get("power_on_time")).get("hours"))
        ago = None if at is None or hours is None or at > hours else hours - at
        return SelfTest(says=says, is_failed=_is_failed(says), hours_ago=ago)
    return None


def _is_failed(says: str) -> bool:
    lower = says.lower()
    return "fail" in lower or "fatal" in lower or "damage" in lower


def _is_testing(told: dict[str, Any]) -> bool:
    ata = dictionary(dictionary(dictionary(told.get("ata_smart_data")).get("self_test")).get("status"))
    nvme = dictionary(dictionary(told.get("nvme_self_test_log")).get("current_self_test_operation"))
    scsi = dictionary(dictionary(told.get("scsi_self_test_0")).get("result"))
    is_on = "in progress" in word_of(ata.get("string")) or "in progress" in word_of(scsi.get("string")).lower()
    return is_on or whole_of(nvme.get("value")) > 0


def _messages(told: dict[str, Any]) -> list[str]:
    messages = list_of(dictionary(told.get("smartctl")).get("messages"))
    return [word_of(dictionary(message).get("string")) for message in messages]


def _is_asleep(told: dict[str, Any]) -> bool:
    return any("Device is in" in said and ("STANDBY" in said or "SLEEP" in said) for said in _messages(told))


def _complaint(told: dict[str, Any]) -> str:
    said = [message for message in _messages(told) if message]
    return said[-1][:200] if said else "it tells nothing of its health"


def samples(health: DisksHealth) -> dict[str, float]:
    """Return the counters of each disk, by its serial number; what is not told now is not repeated."""
    numbers: dict[str, float] = {}
    for key, one in health.disks.items():
        test = one.self_test
        told = {
            "temperature_celsius": one.temperature_celsius,
            "reallocated_sectors": one.reallocated_sectors,
            "pending_sectors": one.pending_sectors,
            "lost_sectors": one.lost_sectors,
            "reported_errors": one.reported_errors,
            "cable_errors": one.cable_errors,
            "media_errors": one.media_errors,
            "worn_percent": one.worn_percent,
            "failed_self_test": None if test is None else int(test.is_failed),
            "self_test_hours_ago": None if test is None else test.hours_ago,
            "is_failing": None if one.has_passed is None else int(not one.has_passed or bool(one.failing_attributes)),
        }
        numbers |= {f"{key} {name}": float(value) for name, value in told.items() if value is not None}
    return numbers


_SMART = """\
export LC_ALL=C
program=/usr/sbin/smartctl
set --
for name in /sys/block/sd* /sys/block/nvme*; do
    name=${name##*/}
    case $name in *c[0-9]n[0-9]*) continue ;; esac
    [ -b "/dev/$name" ] || continue
    grep -qs -e QEMU -e VBOX -e VMware -e Virtual -e Msft "/sys/block/$name/device/vendor" \\
        "/sys/block/$name/device/model" && continue
    set -- "$@" "$name"
done
[ $# -gt 0 ] || { echo none; exit 0; }
[ -x $program ] || { echo absent; exit 0; }
run=$program
if [ "$(id -u)" != 0 ]; then
    sudo -n -l $program --json=c --nocheck=standby --all "/dev/$1" >/dev/null 2>&1 || { echo refused; exit 0; }
    run="sudo -n $program"
fi
echo "program $program"
for name; do
    IFS= read -r number <"/sys/block/$name/dev"
    known=$(grep -shE '^E:ID_(SCSI_SERIAL|SERIAL_SHORT)=' "/run/udev/data/b$number" | sort | head -n 1)
    echo "disk $name ${known#*=}"
    told=$($run --json=c --nocheck=standby --all "/dev/$name" </dev/null 2>/dev/null | head -c 100000 | tr -d '\\n')
    case $told in
        '{'*) printf '%s\\n' "$told" ;;
        *UNRECOGNIZED*) echo '{"smartctl":{"messages":[{"string":"smartctl is too old"}]}}' ;;
        *) echo '{}' ;;
    esac
done
exit 0
"""

PLUGIN = Fact[DisksHealth](
    name="disk_health",
    summary="Health of disks as they tell it themselves (SMART): verdict, bad sectors, wear, temperature, self-tests.",
    readings=(Reading(name="smart", argv=("sh", "-c", _SMART), timeout_seconds=30, output_limit=4_194_304),),
    parse=parse,
    pause=timedelta(minutes=30),
    samples=samples,
    series=(
        Series(ending="temperature_celsius", unit=Unit.CELSIUS, matters=True),
        Series(ending="worn_percent", unit=Unit.PERCENT),
    ),
    sudoers=("/usr/sbin/smartctl ^--json=c --nocheck=standby --all /dev/(sd[a-z]{1,2}|nvme[0-9]{1,2}n[0-9])$",),
)
