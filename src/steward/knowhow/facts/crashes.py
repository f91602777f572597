"""Programs that crashed: the names of the memory images that systemd or Ubuntu's apport kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from steward.knowhow.outputs import decimal, moment, text_of
from steward.knowhow.shell_parts import told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 200


@record
class Crash:
    """One crash."""

    program: str
    """Name of the program; chosen by it."""
    at: datetime
    """When (UTC)."""


@record
class Crashes:
    """Crashes that something was kept of; how long, the machine decides."""

    crashes: tuple[Crash, ...]
    """Oldest first; the latest 200."""


def parse(outputs: Mapping[str, CommandOutput]) -> Crashes:
    """Read `core FILE` and `crash SECONDS FILE` lines."""
    pairs = told(text_of(outputs, "crashes"))
    if ("end", "") not in pairs:
        msg = "the reading `crashes` did not come to its end"
        raise FactUnavailable(msg)
    found = [one for key, value in pairs if (one := _core(value) if key == "core" else _crash(key, value))]
    return Crashes(crashes=tuple(sorted(found, key=lambda one: (one.at, one.program))[-_MOST:]))


def _core(name: str) -> Crash | None:
    """Read `core.NAME.USER.BOOT.PROCESS.MICROSECONDS.zst`."""
    bare = name.removeprefix("core.")
    for ending in (".zst", ".lz4", ".xz"):
        bare = bare.removesuffix(ending)
    parts = bare.rsplit(".", 4)
    microseconds = decimal(parts[-1]) if len(parts) == 5 else None
    at = None if microseconds is None else moment(microseconds / 1_000_000)
    return None if at is None else Crash(program=parts[0][:50], at=at)


def _crash(key: str, value: str) -> Crash | None:
    """Read the time and `_usr_bin_NAME.USER.crash`, where apport writes `_` for `/`."""
    seconds, _, name = value.partition(" ")
    at = moment(decimal(seconds)) if key == "crash" and name.endswith(".crash") else None
    program = name.removesuffix(".crash").rpartition(".")[0].rpartition("_")[2]
    return None if at is None or not program else Crash(program=program[:50], at=at)


_CRASHES = r"""export LC_ALL=C
ls /var/lib/systemd/coredump 2>/dev/null | grep '^core\.' | tail -n 500 | sed 's/^/core /'
for file in /var/crash/*.crash; do
    [ -e "$file" ] && echo "crash $(stat -c %Y "$file") ${file##*/}"
done | head -n 500
echo end
"""

PLUGIN = Fact[Crashes](
    name="crashes",
    summary="Programs that crashed, by the memory images that were kept of them.",
    readings=(Reading(name="crashes", argv=("sh", "-c", _CRASHES)),),
    parse=parse,
    pause=timedelta(minutes=30),
)
