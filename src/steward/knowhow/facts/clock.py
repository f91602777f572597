"""The clock: what it shows, whether something keeps it right, and how far off that believes it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from steward.knowhow.outputs import assignments, decimal, lines, moment, text_of
from steward.knowhow.shell_parts import HAS, IN_CONTAINER
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_DAEMONS = {
    "systemd-timesyn": "systemd-timesyncd",
    "chronyd": "chrony",
    "ntpd": "ntpd",
    "openntpd": "openntpd",
    "ptp4l": "ptp4l",
}
_YES_OR_NO = {"yes": True, "no": False}


@record
class Clock:
    """The clock of a machine."""

    shows: datetime
    """What it showed when it was read (UTC)."""
    daemon: str
    """Program that keeps it right: `systemd-timesyncd`, `chrony`, `ntpd`, `openntpd`; empty when none runs."""
    is_enabled: bool | None
    """Whether systemd is to keep it right; None where systemd does not tell."""
    is_synchronized: bool | None
    """Whether it is held to be right; None when nobody tells."""
    offset_seconds: float | None
    """How far off the program that keeps it right believes it is, without sign; None when it does not tell."""
    stratum: int | None
    """Steps to a reference clock; None when it does not tell, 0 or 16 when there is none."""
    is_container: bool
    """Whether the clock is that of the machine that runs this one."""


def parse(outputs: Mapping[str, CommandOutput]) -> Clock:
    """Put together what the clock, systemd, chrony and ntpd say; only the first is indispensable."""
    text = text_of(outputs, "clock")
    values = assignments(text)
    shows = moment(decimal(values.get("now", "")))
    if shows is None:
        msg = "`date` gave no time"
        raise FactUnavailable(msg)
    running = {line.removeprefix("daemon=") for line in lines(text) if line.startswith("daemon=")}
    offset, stratum, is_followed = _chrony(values.get("chrony", "")) or _ntpd(values.get("ntpq", ""))
    told = _YES_OR_NO.get(values.get("NTPSynchronized", ""))
    return Clock(
        shows=shows,
        daemon=next((name for process, name in _DAEMONS.items() if process in running), ""),
        is_enabled=_YES_OR_NO.get(values.get("NTP", "")),
        is_synchronized=is_followed if told is None else told,
        offset_seconds=offset,
        stratum=stratum,
        is_container=values.get("container") == "yes",
    )


def _chrony(line: str) -> tuple[float | None, int | None, bool | None] | None:
    """Read `chronyc -c tracking`: id, name, stratum, time, offset of the clock, ..., leap status."""
    words = line.split(",")
    if len(words) != 14:
        return None
    stratum = decimal(words[2])
    offset = decimal(words[4].lstrip("-"))
    return offset, None if stratum is None else int(stratum), words[13].strip() != "Not synchronised"


def _ntpd(line: str) -> tuple[float | None, int | None, bool | None]:
    """Read the peer that `ntpq -pn` marks as followed: remote, refid, stratum, ..., offset and jitter in ms."""
    words = line.split()
    if len(words) < 10 or not line.startswith("*"):
        return None, None, None
    stratum, offset = decimal(words[2]), decimal(words[8].lstrip("-+"))
    return None if offset is None else round(offset / 1000, 6), None if stratum is None else int(stratum), True


def samples(clock: Clock) -> dict[str, float]:
    """Return how far off it is held to be."""
    return {} if clock.offset_seconds is None else {"offset_seconds": clock.offset_seconds}


def traits(clock: Clock) -> dict[str, str] | None:
    """Tell when another program keeps the clock, or none."""
    return None if clock.is_container else {"time synchronization": clock.daemon or "none"}


_CLOCK = (
    IN_CONTAINER
    + HAS
    + r"""export LC_ALL=C TZ=UTC
echo "now=$(date +%s)"
in_container && echo container=yes
for program in /proc/[0-9]*/comm; do
    read -r name <"$program" || continue
    case $name in
        systemd-timesyn | chronyd | ntpd | openntpd | ptp4l) echo "daemon=$name" ;;
    esac
done 2>/dev/null | sort -u
has timedatectl && timedatectl show --property=NTP --property=NTPSynchronized 2>/dev/null
has chronyc && echo "chrony=$(chronyc -n -c tracking 2>/dev/null | head -n 1)"
has ntpq && echo "ntpq=$(ntpq -pn 2>/dev/null | grep '^\*' | head -n 1)"
exit 0
"""
)

PLUGIN = Fact[Clock](
    name="clock",
    summary="What the clock shows, what keeps it right, and how far off it is.",
    readings=(Reading(name="clock", argv=("sh", "-c", _CLOCK)),),
    parse=parse,
    pause=timedelta(minutes=10),
    samples=samples,
    series=(Series(ending="offset_seconds", unit=Unit.SECONDS),),
    traits=traits,
)
