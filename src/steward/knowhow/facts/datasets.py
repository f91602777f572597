"""Datasets of ZFS that may not grow beyond a quota."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 500


@record
class Dataset:
    """One dataset with a quota."""

    name: str
    """Its name: `tank/media`."""
    used_bytes: int
    """What counts against the quota, snapshots and children included for `quota`, left out for `refquota`."""
    quota_bytes: int
    """The quota that is nearest to its end."""
    snapshot_bytes: int
    """What only snapshots hold of it."""
    kind: str
    """`quota` for all of it, `refquota` for what is in it now."""


@record
class Datasets:
    """All datasets with a quota; the others are as full as their pool."""

    datasets: dict[str, Dataset]
    """By name."""


def parse(outputs: Mapping[str, CommandOutput]) -> Datasets:
    """Read `NAME USED QUOTA REFERENCED REFQUOTA USEDBYSNAPSHOTS` with tabs between them."""
    datasets: dict[str, Dataset] = {}
    for line in lines(text_of(outputs, "datasets")):
        words = line.split("\t")
        if len(words) == 6 and words[0] and len(datasets) < _MOST:
            one = _dataset(words)
            datasets |= {} if one is None else {one.name: one}
    return Datasets(datasets=datasets)


def _dataset(words: list[str]) -> Dataset | None:
    used, quota, referenced, refquota, snapshots = (whole(word) or 0 for word in words[1:])
    shares = [(used / quota, "quota", used, quota)] if quota else []
    shares += [(referenced / refquota, "refquota", referenced, refquota)] if refquota else []
    if not shares:
        return None
    _, kind, taken, most = max(shares)
    return Dataset(name=words[0][:300], used_bytes=taken, quota_bytes=most, snapshot_bytes=snapshots, kind=kind)


_DATASETS = """\
export LC_ALL=C
[ -c /dev/zfs ] && [ -x /usr/sbin/zfs ] || exit 0
/usr/sbin/zfs list -Hp -t filesystem -o name,used,quota,referenced,refquota,usedbysnapshots |
    awk -F '\\t' '$3 + 0 > 0 || $5 + 0 > 0' | head -n 500
"""

PLUGIN = Fact[Datasets](
    name="datasets",
    summary="Datasets of ZFS with a quota, and how much of it is taken.",
    readings=(Reading(name="datasets", argv=("sh", "-c", _DATASETS)),),
    parse=parse,
    pause=timedelta(minutes=10),
)
