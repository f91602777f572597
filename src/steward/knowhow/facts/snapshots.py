"""Snapshots that something makes by schedule: how regularly it did, and when the last time."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta

from steward.knowhow.outputs import lines, moment, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 300
_FEWEST_GAPS = 3


@record
class SnapshotSeries:
    """The newest scheduled snapshots of one dataset or machine."""

    maker: str
    """Who makes them, by their names: `sanoid`, `zfs-auto-snapshot`, `zrepl`, `pyznap`, `timeshift`."""
    newest_at: datetime
    """When the newest was made (UTC)."""
    usual_seconds: int | None
    """Longest time between two of the newest; None where there are too few to tell."""


@record
class Snapshots:
    """All such series; snapshots made by hand are not among them."""

    series: dict[str, SnapshotSeries]
    """By dataset of ZFS; `timeshift` for those of Timeshift."""


def parse(outputs: Mapping[str, CommandOutput]) -> Snapshots:
    """Read `series MAKER NAME SECONDS...` lines, the newest last."""
    said = lines(text_of(outputs, "snapshots"))
    if "failed" in said:
        msg = "zfs is here and does not list its snapshots"
        raise FactUnavailable(msg)
    found: dict[str, SnapshotSeries] = {}
    for line in said[:_MOST]:
        words = line.split("\t")
        made = [at for word in words[3:] if (at := moment(whole(word))) is not None]
        if words[0] == "series" and words[1:3] and made:
            found[words[2][:255]] = SnapshotSeries(
                maker=words[1][:40], newest_at=max(made), usual_seconds=_usual_seconds(made)
            )
    return Snapshots(series=found)


def _usual_seconds(made: list[datetime]) -> int | None:
    """Return the longest gap; several made at once, as of hour and day, are one."""
    ordered = sorted(made)
    gaps = [int((later - earlier).total_seconds()) for earlier, later in itertools.pairwise(ordered)]
    long = [gap for gap in gaps if gap >= 60]
    return max(long) if len(long) >= _FEWEST_GAPS else None


_NEWEST = r"""
    BEGIN { FS = OFS = "\t" }
    {
        at = index($1, "@"); name = substr($1, 1, at - 1); label = substr($1, at + 1)
        maker = ""
        if (label ~ /^autosnap_/) maker = "sanoid"
        else if (label ~ /^zfs-auto-snap/) maker = "zfs-auto-snapshot"
        else if (label ~ /^zrepl_/) maker = "zrepl"
        else if (label ~ /^pyznap_/) maker = "pyznap"
        if (maker == "" || $2 == last[name]) next
        makers[name] = maker; last[name] = $2; count[name]++
        times[name, count[name]] = $2
    }
    END {
        for (name in makers) {
            line = "series" OFS makers[name] OFS name
            for (at = count[name] > 12 ? count[name] - 11 : 1; at <= count[name]; at++) line = line OFS times[name, at]
            print line
        }
    }
"""
_SNAPSHOTS = f"""\
export LC_ALL=C TZ=UTC
if [ -x /usr/sbin/zfs ] && [ -e /dev/zfs ]; then
    told=$(/usr/sbin/zfs list -Hp -t snapshot -o name,creation -s creation 2>/dev/null) || echo failed
    printf '%s\\n' "$told" | grep @ | awk '{_NEWEST}' | sort | head -n 250
fi
for folder in /timeshift/snapshots /run/timeshift/backup/timeshift/snapshots; do
    [ -d "$folder" ] || continue
    printf 'series\\ttimeshift\\ttimeshift'
    ls "$folder" | grep -xE '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}_[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}' | sort | tail -n 12 |
        sed 's/\\(.*\\)_\\(..\\)-\\(..\\)-\\(..\\)/\\1 \\2:\\3:\\4/' | while read -r at; do
            printf '\\t%s' "$(date -d "$at" +%s)"
        done
    echo
    break
done
exit 0
"""

PLUGIN = Fact[Snapshots](
    name="snapshots",
    summary="Scheduled snapshots of ZFS and Timeshift: how regular they were, and how old the newest is.",
    readings=(Reading(name="snapshots", argv=("sh", "-c", _SNAPSHOTS), timeout_seconds=30),),
    parse=parse,
    pause=timedelta(hours=1),
)
