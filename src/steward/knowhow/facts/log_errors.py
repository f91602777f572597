"""Errors in the journal of the last ten minutes, counted by who wrote them and by what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import complaint, lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_LINE = re.compile(r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+ \S+ (\S{1,200}?)(?:\[\d+\])?: (.*)")
_CHANGING = re.compile(
    r"\"[^\"]{0,200}\"|'[^']{0,200}'|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\b(?:0x)?[0-9a-fA-F]{6,64}\b|\d+"
)
_MOST = 50
LIMIT = 1000
"""Newest lines that are read."""


@record
class Errors:
    """Errors of one kind."""

    writer: str
    """Unit of systemd that wrote them, or the name of the program."""
    template: str
    """What they say, with `#` for what differs from line to line; written by an outside program."""
    count: int
    """How often within ten minutes."""
    example: str
    """The newest of them; written by an outside program."""


@record
class LogErrors:
    """Errors of the last ten minutes."""

    count: int
    """Lines, at most 1000."""
    by_writer: dict[str, int]
    """Lines by who wrote them, at most 50 writers."""
    kinds: tuple[Errors, ...]
    """Lines by what they say, the most frequent first, at most 50."""


def parse(outputs: Mapping[str, CommandOutput]) -> LogErrors:
    """Read the lines of `journalctl --output=with-unit`; continued lines belong to the line before."""
    output = outputs.get("errors")
    if output is not None and output.exit_code not in {0, None}:
        msg = f"the journal cannot be read: {complaint(output)}"
        raise FactUnavailable(msg)
    found: dict[tuple[str, str], tuple[int, str]] = {}
    by_writer: dict[str, int] = {}
    for line in lines(text_of(outputs, "errors"))[:LIMIT]:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        writer, said = _lasting(match[1]), match[2]
        key = (writer, _CHANGING.sub("#", said)[:160])
        found[key] = (found.get(key, (0, ""))[0] + 1, said[:300])
        by_writer[writer] = by_writer.get(writer, 0) + 1
    most = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:_MOST]
    return LogErrors(
        count=sum(by_writer.values()),
        by_writer=dict(sorted(by_writer.items(), key=lambda item: (-item[1], item[0]))[:_MOST]),
        kinds=tuple(
            Errors(writer=writer, template=template, count=count, example=example)
            for (writer, template), (count, example) in most
        ),
    )


def _lasting(writer: str) -> str:
    """Return a name that stays the same: without the instance, which is a new one for each connection or session."""
    name, at, instance = writer.partition("@")
    if at and "." in instance:
        return f"{name}@.{instance.rpartition('.')[2]}"
    return _CHANGING.sub("#", writer) if writer.endswith(".scope") or writer.startswith("run-") else writer


def samples(errors: LogErrors) -> dict[str, float]:
    """Return how many there are, of all and by writer."""
    return {"count": errors.count, **{f"{writer} count": count for writer, count in errors.by_writer.items()}}


_ARGUMENTS = f"--quiet --priority=err --since=-10min --lines={LIMIT} --output=with-unit --no-pager"
_ERRORS = f"""\
export LC_ALL=C TZ=UTC
command -v journalctl >/dev/null 2>&1 || {{ echo 'there is no journal' >&2; exit 1; }}
if [ "$(id -u)" = 0 ] || id -Gn | tr ' ' '\\n' | grep -qx -e adm -e systemd-journal; then
    said=$(journalctl {_ARGUMENTS}) || exit 1
else
    said=$(sudo -n /usr/bin/journalctl {_ARGUMENTS}) || exit 1
fi
printf '%s\\n' "$said" | cut -c 1-400
"""

PLUGIN = Fact[LogErrors](
    name="log_errors",
    summary="Errors in the journal of the last ten minutes, by who wrote them and what they say.",
    readings=(Reading(name="errors", argv=("sh", "-c", _ERRORS), timeout_seconds=20, output_limit=524_288),),
    parse=parse,
    pause=timedelta(minutes=10),
    samples=samples,
    sudoers=(f"/usr/bin/journalctl {_ARGUMENTS}",),
)
