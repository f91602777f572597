"""Filesystems of btrfs: their devices and what went wrong on them, room for data and metadata, the last scrub."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading
from steward.model.history import Series, Unit

_MOST = 50
_NEVER = "no stats available"


@record
class Btrfs:
    """One filesystem of btrfs, however often it is mounted."""

    uuid: str
    """Its id."""
    label: str
    """Its label; empty when it has none."""
    mount_point: str
    """One place it is mounted at."""
    devices: tuple[str, ...]
    """Devices it is made of, by the kernel's name."""
    missing_devices: int
    """Devices that belong to it and are not there."""
    errors: dict[str, int] | None
    """Errors on all its devices since they were set back, by kind: `read`, `write`, `flush`, `corruption`,
    `generation`; None before Linux 5.14."""
    size_bytes: int
    """Size of all its devices."""
    unallocated_bytes: int
    """Room that is promised neither to data nor to metadata."""
    data_percent: float | None
    """Share of what data was promised that is used."""
    metadata_percent: float | None
    """Share of what metadata was promised that is used."""
    scrub_state: str
    """`finished`, `running`, `aborted`, `never`; empty where only root may ask."""
    scrub_at: datetime | None
    """When the last scrub began, by the clock on its wall, a few hours inexact."""
    uncorrectable_errors: int
    """Blocks the last scrub could not mend."""
    scrub: str
    """What tells one scrub from another: its begin and its state."""


@record
class BtrfsFilesystems:
    """All mounted filesystems of btrfs."""

    program: str
    """Absolute path of btrfs; empty when it is not installed."""
    filesystems: dict[str, Btrfs]
    """By mount point."""


def parse(outputs: Mapping[str, CommandOutput]) -> BtrfsFilesystems:
    """Read `uuid` and below it `KEY VALUE` lines, and the words of `btrfs scrub status`."""
    program = ""
    blocks: list[list[str]] = []
    for line in lines(text_of(outputs, "btrfs")):
        if line.startswith("program "):
            program = line.removeprefix("program ")
        elif line.startswith("uuid ") and len(blocks) < _MOST:
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
    found = [_filesystem(block) for block in blocks]
    return BtrfsFilesystems(program=program, filesystems={one.mount_point: one for one in found if one.mount_point})


def _filesystem(block: list[str]) -> Btrfs:
    told: dict[str, list[str]] = {}
    for line in block:
        key, _, value = line.partition(" ")
        told.setdefault(key, []).append(value.strip())
    size = sum(_number(word) for word in told.get("size", [])) * 512
    promised = sum(_number(told[key][0]) for key in ("data", "metadata", "system") if key in told)
    scrub = [line.removeprefix("scrub ").strip() for line in block if line.startswith("scrub ")]
    state, at = _scrub(scrub)
    return Btrfs(
        uuid=block[0].removeprefix("uuid ").strip()[:60],
        label="".join(told.get("label", [])[:1])[:100],
        mount_point=_unescaped("".join(told.get("mount", [])[:1]))[:400],
        devices=tuple(word[:40] for word in told.get("device", [])),
        missing_devices=sum(word == "1" for word in told.get("missing", [])),
        errors=_errors(told),
        size_bytes=size,
        unallocated_bytes=max(0, size - promised),
        data_percent=_percent(told.get("data", [])),
        metadata_percent=_percent(told.get("metadata", [])),
        scrub_state=state,
        scrub_at=at,
        uncorrectable_errors=sum(
            _number(line.partition(":")[2].strip()) for line in scrub if line.startswith("Uncorrectable:")
        ),
        scrub=f"{at:%Y-%m-%d %H:%M:%S} {state}" if at is not None else state,
    )


def _number(text: str) -> int:
    return whole(text.partition(" ")[0]) or 0


def _percent(values: list[str]) -> float | None:
    """Read `DISK_TOTAL TOTAL USED`: what is promised on disk, what of that counts once, and what is used."""
    words = values[0].split() if values else []
    total, used = (whole(word) for word in words[1:3]) if len(words) >= 3 else (None, None)
    return round(used * 100 / total, 1) if total and used is not None else None


def _errors(told: Mapping[str, list[str]]) -> dict[str, int] | None:
    counts: dict[str, int] = {}
    for word in told.get("errors", []):
        kind, _, count = word.partition(" ")
        number = whole(count)
        if kind.endswith("_errs") and number is not None:
            counts[kind.removesuffix("_errs")[:20]] = counts.get(kind.removesuffix("_errs")[:20], 0) + number
    return counts or None


def _scrub(said: list[str]) -> tuple[str, datetime | None]:
    if any(_NEVER in line for line in said):
        return "never", None
    values = {
        key.strip().lower(): value.strip() for key, colon, value in (line.partition(":") for line in said) if colon
    }
    started = values.get("scrub started") or values.get("scrub resumed", "")
    try:
        at = datetime.strptime(" ".join(started.split()[1:5]), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return "", None
    return values.get("status", "finished")[:20], at


def _unescaped(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


def samples(found: BtrfsFilesystems) -> dict[str, float]:
    """Return the errors of each filesystem, and the room that is left to promise."""
    numbers: dict[str, float] = {}
    for place, one in found.filesystems.items():
        numbers[f"{place} unallocated_bytes"] = one.unallocated_bytes
        numbers |= {} if one.errors is None else {f"{place} errors": sum(one.errors.values())}
    return numbers


def traits(found: BtrfsFilesystems) -> dict[str, str]:
    """Return of what each filesystem is made."""
    return {
        f"btrfs {place}": f"{len(one.devices)} devices" + (", some missing" if one.missing_devices else "")
        for place, one in found.filesystems.items()
    }


# A guest that shares its kernel sees the filesystems of its host; it has no devices for them.
_BTRFS = """\
export LC_ALL=C
cd /sys/fs/btrfs 2>/dev/null || exit 0
mounts=$(grep ' - btrfs ' /proc/self/mountinfo | head -n 200 | while read -r _ _ _ _ point rest; do
    source=${rest##* - btrfs }
    source=${source%% *}
    [ -b "$source" ] || continue
    source=$(readlink -f "$source")
    echo "${source##*/} $point"
done)
[ -n "$mounts" ] || exit 0
program=
for folder in /usr/bin /usr/sbin /sbin; do [ -x $folder/btrfs ] && { program=$folder/btrfs; break; }; done
[ -n "$program" ] && echo "program $program"
run=$program
[ "$(id -u)" = 0 ] || run="sudo -n $program"
value() { value=; { IFS= read -r value <"$1"; } 2>/dev/null; }
for uuid in ????????-*; do
    point=
    for device in "$uuid"/devices/*; do
        name=${device##*/}
        point=$(printf '%s\\n' "$mounts" | sed -n "s/^$name //p" | head -n 1)
        [ -n "$point" ] && break
    done
    [ -n "$point" ] || continue
    echo "uuid $uuid"
    echo "mount $point"
    value "$uuid/label"
    echo "label $value"
    for device in "$uuid"/devices/*; do
        echo "device ${device##*/}"
        value "$device/size"
        echo "size $value"
    done
    for device in "$uuid"/devinfo/*; do
        value "$device/missing"
        echo "missing $value"
        [ -r "$device/error_stats" ] && sed 's/^/errors /' "$device/error_stats"
    done
    for kind in data metadata system; do
        line=$kind
        for file in disk_total total_bytes bytes_used; do
            value "$uuid/allocation/$kind/$file"
            line="$line $value"
        done
        echo "$line"
    done
    case $point in *[!A-Za-z0-9_./-]*) continue ;; esac
    [ -n "$program" ] && $run scrub status "$point" </dev/null 2>/dev/null | head -n 20 | sed 's/^/scrub /'
done
exit 0
"""

PLUGIN = Fact[BtrfsFilesystems](
    name="btrfs",
    summary="Filesystems of btrfs: missing devices, errors, room for data and metadata, the last scrub.",
    readings=(Reading(name="btrfs", argv=("sh", "-c", _BTRFS), timeout_seconds=20),),
    parse=parse,
    pause=timedelta(minutes=10),
    samples=samples,
    series=(Series(ending="unallocated_bytes", unit=Unit.BYTES),),
    traits=traits,
    sudoers=tuple(f"{folder}/btrfs ^scrub status /[A-Za-z0-9_./-]*$" for folder in ("/usr/bin", "/usr/sbin", "/sbin")),
)
