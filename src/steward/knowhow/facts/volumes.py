"""Volumes of LVM: thin pools and snapshots that fill up, volume groups that miss a disk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from steward.knowhow.outputs import decimal, dictionary, json_object, list_of, text_of, word_of
from steward.lib.record import record
from steward.lib.text import size
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_MOST = 1000


@record
class Volume:
    """One logical volume."""

    group: str
    """Volume group it is in."""
    name: str
    """Its name."""
    kind: str
    """`linear`, `thin-pool`, `thin`, `snapshot`, `raid1`, `cache`."""
    size_bytes: int
    """Its size; for a thin volume what it promises."""
    pool: str
    """Thin pool it takes its room from; empty otherwise."""
    origin: str
    """What it is a snapshot of; empty otherwise."""
    data_percent: float | None
    """For a thin pool, a snapshot or a cache: how full it is."""
    metadata_percent: float | None
    """For a thin pool or a cache: how full the table is that says what lies where."""
    health: str
    """`partial`, `refresh needed`, `mismatches exist`, `failed`; empty when nothing is wrong."""
    is_invalid: bool
    """Whether it is a snapshot that was full once and is worth nothing since."""
    is_active: bool
    """Whether it is in use."""


@record
class Group:
    """One volume group."""

    name: str
    """Its name."""
    size_bytes: int
    """Its size."""
    free_bytes: int
    """What no volume has."""
    missing_disks: int
    """Disks that belong to it and are not there."""


@record
class Volumes:
    """All of LVM on a machine."""

    groups: dict[str, Group]
    """Volume groups by name."""
    volumes: dict[str, Volume]
    """Logical volumes by `group/name`."""


def parse(outputs: Mapping[str, CommandOutput]) -> Volumes:
    """Read the reports of `vgs` and `lvs` as JSON."""
    told = text_of(outputs, "groups")
    if told.strip() == "none":
        return Volumes(groups={}, volumes={})
    if told.strip() == "refused":
        msg = "only root may ask LVM; `steward machines rights` prints the lines for sudo"
        raise FactUnavailable(msg)
    rows = _rows(told, "vg")
    if rows is None:
        msg = "`vgs` gave no report"
        raise FactUnavailable(msg)
    groups = {name: _group(name, row) for row in rows if (name := word_of(row.get("vg_name")))}
    volumes: dict[str, Volume] = {}
    for row in _rows(text_of(outputs, "volumes"), "lv") or []:
        group, name = word_of(row.get("vg_name")), word_of(row.get("lv_name")).strip("[]")
        if group and name:
            volumes[f"{group}/{name}"] = _volume(group, name, row)
    return Volumes(groups=groups, volumes=volumes)


def _rows(text: str, kind: str) -> list[dict[str, Any]] | None:
    reports = list_of(json_object(text).get("report"))
    if not reports:
        return None
    return [dictionary(row) for row in list_of(dictionary(reports[0]).get(kind))][:_MOST]


def _group(name: str, row: Mapping[str, Any]) -> Group:
    return Group(
        name=name[:130],
        size_bytes=_bytes(row.get("vg_size")),
        free_bytes=_bytes(row.get("vg_free")),
        missing_disks=_bytes(row.get("vg_missing_pv_count")),
    )


def _volume(group: str, name: str, row: Mapping[str, Any]) -> Volume:
    attributes = word_of(row.get("lv_attr")).ljust(10, "-")
    kind, origin = word_of(row.get("segtype"))[:40], word_of(row.get("origin"))[:130]
    is_old_snapshot = attributes[0] in "sS"
    return Volume(
        group=group[:130],
        name=name[:130],
        kind="snapshot" if is_old_snapshot else kind,
        size_bytes=_bytes(row.get("lv_size")),
        pool=word_of(row.get("pool_lv")).strip("[]")[:130],
        origin=origin,
        data_percent=_percent(row.get("data_percent")),
        metadata_percent=_percent(row.get("metadata_percent")),
        health=word_of(row.get("lv_health_status"))[:40],
        is_invalid=attributes[0] == "S" or attributes[4] in "IS",
        is_active=attributes[4] != "-",
    )


def _bytes(value: object) -> int:
    return int(decimal(word_of(value)) or 0)


def _percent(value: object) -> float | None:
    """Read `41.50`; a machine with another language writes a comma."""
    text = word_of(value).strip().replace(",", ".")
    number = decimal(text) if text else None
    return None if number is None else round(number, 1)


def samples(volumes: Volumes) -> dict[str, float]:
    """Return how full thin pools and their tables are."""
    numbers: dict[str, float] = {}
    for key, one in volumes.volumes.items():
        if one.kind == "thin-pool" and one.data_percent is not None and one.metadata_percent is not None:
            numbers |= {f"{key} data_percent": one.data_percent, f"{key} metadata_percent": one.metadata_percent}
    return numbers


def traits(volumes: Volumes) -> dict[str, str]:
    """Return which volumes there are, snapshots left out, which come and go."""
    return {
        f"volume {key}": f"{one.kind} {size(one.size_bytes)}"
        for key, one in volumes.volumes.items()
        if one.kind != "snapshot" and not one.origin
    }


_LOOK = """\
export LC_ALL=C
[ -x /usr/sbin/lvs ] && [ -c /dev/mapper/control ] || { echo none; exit 0; }
run=
if [ "$(id -u)" != 0 ]; then
    sudo -n -l WORDS >/dev/null 2>&1 || { echo refused; exit 0; }
    run='sudo -n'
fi
exec $run WORDS
"""
_GROUPS = "--reportformat json --units b --nosuffix -o vg_name,vg_size,vg_free,vg_missing_pv_count"
_VOLUMES = (
    "--reportformat json --units b --nosuffix"
    " -o vg_name,lv_name,lv_attr,lv_size,segtype,pool_lv,origin,data_percent,metadata_percent,lv_health_status"
)

PLUGIN = Fact[Volumes](
    name="volumes",
    summary="Volumes of LVM: thin pools and snapshots with how full they are, groups that miss a disk.",
    readings=(
        Reading(
            name="groups", argv=("sh", "-c", _LOOK.replace("WORDS", f"/usr/sbin/vgs {_GROUPS}")), timeout_seconds=20
        ),
        Reading(
            name="volumes",
            argv=("sh", "-c", _LOOK.replace("WORDS", f"/usr/sbin/lvs {_VOLUMES}")),
            timeout_seconds=20,
            output_limit=1_048_576,
        ),
    ),
    parse=parse,
    pause=timedelta(minutes=10),
    samples=samples,
    series=(
        Series(ending="data_percent", unit=Unit.PERCENT),
        Series(ending="metadata_percent", unit=Unit.PERCENT),
    ),
    traits=traits,
    sudoers=(f"/usr/sbin/vgs ^{_GROUPS}$", f"/usr/sbin/lvs ^{_VOLUMES}$"),
)
