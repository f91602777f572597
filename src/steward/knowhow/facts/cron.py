"""Cron: whether it is installed and runs, how much waits for it, and when anacron did its rounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from steward.knowhow.outputs import decimal, moment, text_of, whole
from steward.knowhow.shell_parts import IN_CONTAINER, told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_ROUNDS = frozenset({"cron.daily", "cron.weekly", "cron.monthly"})


@record
class Cron:
    """Cron of a machine; whose jobs those of other users are Steward does not read."""

    program: str
    """Daemon that is installed; empty when there is none."""
    is_running: bool
    """Whether one runs."""
    is_container: bool
    """Whether this is a container."""
    lines: int
    """Jobs in /etc/crontab, /etc/cron.d and Alpine's /etc/crontabs."""
    scripts: int
    """Scripts in /etc/cron.hourly, daily, weekly and monthly."""
    has_anacron: bool
    """Whether anacron makes up for missed rounds."""
    rounds: dict[str, datetime]
    """When anacron did each round last (UTC): `cron.daily`."""


def parse(outputs: Mapping[str, CommandOutput]) -> Cron:
    """Read `KEY VALUE` lines."""
    pairs = told(text_of(outputs, "cron"))
    values = dict(pairs)
    if "lines" not in values:
        msg = "the reading `cron` did not come to its end"
        raise FactUnavailable(msg)
    rounds: dict[str, datetime] = {}
    for value in (value for key, value in pairs if key == "round"):
        name, _, seconds = value.partition(" ")
        at = moment(decimal(seconds))
        if name in _ROUNDS and at is not None:
            rounds[name] = at
    return Cron(
        program=values.get("program", "")[:100],
        is_running=values.get("running") == "yes",
        is_container=values.get("container") == "yes",
        lines=whole(values.get("lines", "")) or 0,
        scripts=whole(values.get("scripts", "")) or 0,
        has_anacron=values.get("anacron") == "yes",
        rounds=rounds,
    )


_CRON = (
    IN_CONTAINER
    + r"""export LC_ALL=C
in_container && echo container yes
for program in /usr/sbin/cron /usr/sbin/crond /usr/bin/crond /usr/sbin/fcron; do
    [ -x "$program" ] && { echo "program $program"; break; }
done
for comm in /proc/[0-9]*/comm; do
    read -r name <"$comm" || continue
    case $name in cron | crond | fcron) echo running yes; break ;; esac
done 2>/dev/null
[ -x /usr/sbin/anacron ] && echo anacron yes
for name in cron.daily cron.weekly cron.monthly; do
    [ -e "/var/spool/anacron/$name" ] && echo "round $name $(stat -c %Y "/var/spool/anacron/$name")"
done
set -- /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/*
scripts=0
for script; do [ -x "$script" ] && scripts=$((scripts + 1)); done
echo "scripts $scripts"
echo "lines $(cat /etc/crontab /etc/cron.d/* /etc/crontabs/root 2>/dev/null | grep -c '^[ 	]*[0-9*@]')"
exit 0
"""
)

PLUGIN = Fact[Cron](
    name="cron",
    summary="Whether cron is installed and runs, and when anacron did its rounds.",
    readings=(Reading(name="cron", argv=("sh", "-c", _CRON)),),
    parse=parse,
    pause=timedelta(minutes=10),
)
