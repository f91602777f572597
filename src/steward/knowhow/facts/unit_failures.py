"""Services that failed, as the machine itself kept them, also while nobody looked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from steward.knowhow.outputs import lines, moment, text_of, whole
from steward.knowhow.unit_failure_files import FILES, MOST_KEPT, SPOOL
from steward.lib.canonical import content_hash
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_INVOCATION = re.compile(r"[0-9a-f]{32}")


class Keeping(StrEnum):
    """Whether a machine keeps which services fail."""

    ABSENT = "absent"
    """Nothing of it is there."""
    ON = "on"
    """It does."""
    OTHER = "other"
    """Parts of it are there, or not as this version of Steward writes them."""


@record
class UnitFailure:
    """One failure."""

    unit: str
    """The service; a word of the machine."""
    at: datetime
    """When it was kept (UTC), by the machine's clock."""
    result: str
    """Why, as systemd says it: `exit-code`, `timeout`, `oom-kill`."""
    status: str
    """Exit status, or the signal; empty where systemd told none."""
    invocation: str
    """Id of this very start of the service; empty where systemd told none."""


@record
class UnitFailures:
    """What the machine keeps."""

    systemd: int
    """Version of systemd; 0: it is not there."""
    keeping: Keeping
    """Whether it keeps failures."""
    failures: tuple[UnitFailure, ...]
    """The newest two hundred, oldest first."""


def parse(outputs: Mapping[str, CommandOutput]) -> UnitFailures:
    """Read `systemd VERSION`, `file HASH PATH` and the kept files behind `kept`."""
    version, hashes, kept = 0, dict[str, str](), list[dict[str, str]]()
    for line in lines(text_of(outputs, "kept")):
        word, _, rest = line.partition(" ")
        if kept and word != "kept":
            kept[-1].setdefault(word, rest[:300])
        elif word == "systemd":
            version = whole(rest) or 0
        elif word == "file":
            found, _, path = rest.partition(" ")
            hashes[path] = found
        elif word == "kept":
            kept.append({})
        elif line:
            msg = "the reading `kept` printed something else"
            raise FactUnavailable(msg)
    failures = [failure for one in kept[-MOST_KEPT:] if (failure := _failure(one)) is not None]
    return UnitFailures(
        systemd=version,
        keeping=_keeping(hashes),
        failures=tuple(sorted(failures, key=lambda failure: (failure.at, failure.unit))),
    )


def _keeping(hashes: Mapping[str, str]) -> Keeping:
    wanted = {path: content_hash(text.encode()) for path, text in FILES.items()}
    if hashes == wanted:
        return Keeping.ON
    return Keeping.OTHER if hashes else Keeping.ABSENT


def _failure(told: Mapping[str, str]) -> UnitFailure | None:
    """Read one; what was cut short by a crash of the machine is left out."""
    at, unit, invocation = moment(whole(told.get("at", ""))), told.get("unit", "").strip(), told.get("invocation", "")
    if at is None or not unit:
        return None
    return UnitFailure(
        unit=unit,
        at=at,
        result=told.get("result", "")[:60],
        status=told.get("status", "")[:60],
        invocation=invocation if _INVOCATION.fullmatch(invocation) else "",
    )


_KEPT = f"""\
export LC_ALL=C
set -- $(systemctl --version 2>/dev/null)
echo "systemd ${{2:-0}}"
for file in {" ".join(FILES)}; do
    if [ -f "$file" ]; then
        echo "file $(sha256sum <"$file" | cut -c 1-64) $file"
    fi
done
[ -d {SPOOL} ] || exit 0
cd {SPOOL} || exit 1
for file in $(ls | grep -x '[0-9]*-[0-9]*' | tail -n {MOST_KEPT}); do
    echo kept
    head -c 1600 -- "$file"
    echo
done
"""

PLUGIN = Fact[UnitFailures](
    name="unit_failures",
    summary="Services that failed as the machine itself kept them, also while nobody looked.",
    readings=(Reading(name="kept", argv=("sh", "-c", _KEPT), output_limit=524_288),),
    parse=parse,
)
