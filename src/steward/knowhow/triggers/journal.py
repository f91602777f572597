"""A line of a machine's journal fits."""

from __future__ import annotations

from steward.knowhow.journal_lines import why_no_expression
from steward.model.trigger import TriggerKind
from steward.model.trigger_source import Problem, SourceKind
from steward.model.watches import JournalWatch, problems_of


def check(watch: JournalWatch) -> tuple[Problem, ...]:
    """Return everything that is wrong; an expression is tried."""
    why = why_no_expression(watch.matches) if watch.matches else ""
    wrong = (("matches", f"`matches` is no regular expression: {why}", "see RE2's syntax"),) if why else ()
    return (*problems_of(watch), *wrong)


_EXAMPLE = """kind: journal
says: Restart the proxy when it runs out of connections
machine: MACHINE
unit: nginx.service
contains: worker_connections are not enough
# matches: "error [0-9]+" # a regular expression (RE2)
everySeconds: 60          # how often the journal is read; lines between are not lost
coalesce: 15m
starts:
  command: unit.restart
  with: {machine: MACHINE, unit: nginx.service}
"""

PLUGIN = SourceKind[JournalWatch](
    kind=TriggerKind.JOURNAL,
    summary="A line of a machine's journal fits.",
    example=_EXAMPLE,
    record=JournalWatch,
    check=check,
)
