"""Pools of ZFS: their health, room, devices with errors, and when they were read through last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from steward.knowhow.outputs import lines, moment, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading
from steward.model.history import Series, Unit

_MOST = 50
_MOST_DEVICES = 200
_STATES = frozenset({"ONLINE", "DEGRADED", "FAULTED", "OFFLINE", "REMOVED", "UNAVAIL", "AVAIL", "INUSE", "SPLIT"})


@record
class Device:
    """One line of a pool's configuration: a disk, or a mirror made of some."""

    name: str
    """Its name in the pool."""
    state: str
    """`ONLINE`, `DEGRADED`, `FAULTED`, `OFFLINE`, `REMOVED`, `UNAVAIL`."""
    read_errors: int
    """Reads that failed since they were cleared, or since the pool was imported."""
    write_errors: int
    """Writes that failed."""
    checksum_errors: int
    """Blocks that came back other than they were written."""
    note: str
    """What ZFS says about it: `was /dev/sdb1`, `too many errors`, `resilvering`."""

    @property
    def error_count(self) -> int:
        """All its errors."""
        return self.read_errors + self.write_errors + self.checksum_errors


@record
class Pool:
    """One pool."""

    name: str
    """Its name."""
    health: str
    """`ONLINE`, `DEGRADED`, `SUSPENDED`, `FAULTED`, `UNAVAIL`."""
    size_bytes: int | None
    """Its size, what guards against lost disks included; None when it did not tell."""
    used_percent: float | None
    """Share of that which is taken."""
    free_bytes: int | None
    """What is left of that."""
    fragmentation_percent: int | None
    """How scattered the free room is."""
    created_at: datetime | None
    """When it was made (UTC)."""
    says: str
    """What ZFS says about its trouble; empty when nothing is the matter."""
    scan: str
    """The last scrub or resilver, in the words of ZFS: it changes when one begins or ends."""
    scan_kind: str
    """`scrub`, `resilver`, or empty when there was none since it was made."""
    scan_state: str
    """`finished`, `running`, `paused`, `canceled`; empty when there was none."""
    scan_at: datetime | None
    """When that ended, or began while it runs (UTC)."""
    data_errors: int
    """Files or blocks that are damaged for good."""
    checkpoint_at: datetime | None
    """When its checkpoint was taken, which keeps all that was deleted since (UTC); None without one."""
    devices: dict[str, Device]
    """Its devices by name."""


@record
class Pools:
    """All imported pools."""

    program: str
    """Absolute path of zpool; empty when there is no ZFS."""
    pools: dict[str, Pool]
    """By name."""


def parse(outputs: Mapping[str, CommandOutput]) -> Pools:
    """Join what the kernel tells, which never waits for a disk, with what zpool tells, where it came back."""
    said = lines(text_of(outputs, "pools"))
    program = next((line.removeprefix("program ") for line in said if line.startswith("program ")), "")
    listed = [line.split("\t") for line in lines(_told(outputs, "list"))]
    created = {words[1]: words[2] for words in listed if len(words) == 3 and words[0] == "created"}
    status = _sections(_told(outputs, "status"))
    pools: dict[str, Pool] = {}
    for words in listed[:_MOST]:
        if words[0] == "pool" and len(words) >= 7 and words[1]:
            pools[words[1]] = _pool(words, created.get(words[1], ""), status.get(words[1], {}))
    for words in [line.split("\t") for line in said[:_MOST]]:
        if words[0] == "state" and len(words) == 3 and words[1] not in pools:
            pools[words[1]] = _pool(["", words[1], "", "", "", "", words[2]], "", {})
    return Pools(program=program, pools=pools)


def _told(outputs: Mapping[str, CommandOutput], name: str) -> str:
    """Return what zpool printed, or nothing where it waits for a disk that is gone."""
    output = outputs.get(name)
    return output.stdout if output is not None and output.exit_code == 0 and not output.is_truncated else ""


def _pool(words: list[str], created: str, told: Mapping[str, list[str]]) -> Pool:
    size, free = whole(words[2]), whole(words[3])
    scan = " ".join(line.strip() for line in told.get("scan", [])[:1])[:200]
    kind, state, at = _scan(scan)
    health = words[6].strip()[:20]
    return Pool(
        name=words[1],
        health=health,
        size_bytes=size,
        used_percent=round((size - free) * 100 / size, 1) if size and free is not None and free <= size else None,
        free_bytes=free,
        fragmentation_percent=whole(words[4].rstrip("%")),
        created_at=moment(whole(created)),
        says=" ".join(line.strip() for line in told.get("status", []))[:400],
        scan=scan,
        scan_kind=kind,
        scan_state=state,
        scan_at=at,
        data_errors=_data_errors(" ".join(told.get("errors", [])[:1])),
        checkpoint_at=_date(" ".join(told.get("checkpoint", [])[:1]), after="created "),
        devices=_devices(told.get("config", [])),
    )


def _sections(text: str) -> dict[str, dict[str, list[str]]]:
    """Split `zpool status` into pools, and each into its paragraphs by their heading."""
    pools: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] = {}
    paragraph: list[str] = []
    for line in lines(text):
        heading, colon, rest = line.partition(":")
        is_heading = bool(colon) and not line.startswith("\t") and heading.strip().isalpha()
        if is_heading and heading.strip() == "pool":
            current = pools.setdefault(rest.strip(), {})
        elif is_heading:
            paragraph = current.setdefault(heading.strip(), [])
            paragraph.append(rest.strip())
        elif line.strip():
            paragraph.append(line)
    return pools


def _scan(text: str) -> tuple[str, str, datetime | None]:
    kind = "scrub" if text.startswith("scrub") else "resilver" if text.startswith("resilver") else ""
    if not kind:
        return "", "", None
    if "in progress since " in text:
        return kind, "running", _date(text, after="in progress since ")
    if "paused since " in text:
        return kind, "paused", _date(text, after="paused since ")
    if "canceled on " in text:
        return kind, "canceled", _date(text, after="canceled on ")
    return kind, "finished", _date(text, after=" on ")


def _date(text: str, *, after: str) -> datetime | None:
    """Read `Sun Nov  9 00:24:02 2026`; the readings ask for UTC."""
    words = text.rpartition(after)[2].replace(",", " ").split()
    try:
        return datetime.strptime(" ".join(words[1:5]), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _data_errors(text: str) -> int:
    """Read `No known data errors` or `3 data errors, use '-v' for a list`; unreadable errors count as one."""
    if "data errors" not in text:
        return 1 if "errors" in text.lower() and "no known" not in text.lower() else 0
    return whole(text.partition("data errors")[0]) or 0


def _devices(config: list[str]) -> dict[str, Device]:
    devices: dict[str, Device] = {}
    for line in config[:_MOST_DEVICES]:
        words = line.split(None, 5)
        if len(words) < 2 or words[1] not in _STATES:
            continue
        counts = [whole(word) for word in words[2:5]]
        read, write, checksum = (counts + [None] * 3)[:3]
        is_counted = None not in counts and len(counts) == 3
        devices[words[0][:200]] = Device(
            name=words[0][:200],
            state=words[1],
            read_errors=read or 0,
            write_errors=write or 0,
            checksum_errors=checksum or 0,
            note=(words[5] if len(words) > 5 else "").strip()[:100] if is_counted else "",
        )
    return devices


def samples(pools: Pools) -> dict[str, float]:
    """Return room and errors of each pool."""
    numbers: dict[str, float] = {}
    for name, one in pools.pools.items():
        errors = sum(device.error_count for device in one.devices.values())
        numbers |= {f"{name} device_errors": errors, f"{name} data_errors": one.data_errors}
        if one.used_percent is not None and one.free_bytes is not None:
            numbers |= {f"{name} used_percent": one.used_percent, f"{name} free_bytes": one.free_bytes}
    return numbers


def traits(pools: Pools) -> dict[str, str] | None:
    """Return which pools there are, how they are, and of how many devices they are made."""
    if any(not one.devices for one in pools.pools.values()):
        return None
    return {f"pool {name}": f"{one.health} {len(one.devices)} devices" for name, one in pools.pools.items()}


_POOLS = """\
export LC_ALL=C
[ -c /dev/zfs ] && [ -x /usr/sbin/zpool ] || exit 0
echo "program /usr/sbin/zpool"
for file in /proc/spl/kstat/zfs/*/state; do
    { IFS= read -r state <"$file"; } 2>/dev/null || continue
    name=${file%/state}
    printf 'state\\t%s\\t%s\\n' "${name##*/}" "$state"
done
exit 0
"""
_LIST = """\
export LC_ALL=C
[ -c /dev/zfs ] && [ -x /usr/sbin/zpool ] || exit 0
tab=$(printf '\\t')
/usr/sbin/zpool list -Hp -o name,size,free,fragmentation,capacity,health | head -n 50 | sed "s/^/pool$tab/"
/usr/sbin/zfs list -Hp -d 0 -o name,creation | head -n 50 | sed "s/^/created$tab/"
"""
_STATUS = """\
export LC_ALL=C TZ=UTC
[ -c /dev/zfs ] && [ -x /usr/sbin/zpool ] || exit 0
exec /usr/sbin/zpool status -p
"""

PLUGIN = Fact[Pools](
    name="pools",
    summary="Pools of ZFS: health, room, devices with errors, the last scrub, damaged files.",
    readings=(
        Reading(name="pools", argv=("sh", "-c", _POOLS)),
        Reading(name="list", argv=("sh", "-c", _LIST), timeout_seconds=5),
        Reading(name="status", argv=("sh", "-c", _STATUS), timeout_seconds=5),
    ),
    parse=parse,
    samples=samples,
    series=(
        Series(ending="used_percent", unit=Unit.PERCENT),
        Series(ending="free_bytes", unit=Unit.BYTES),
    ),
    traits=traits,
)
