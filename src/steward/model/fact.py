"""Facts: what is read from a machine, and what one look at a machine gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, NoReturn, TypeVar, cast

from steward.lib.record import record
from steward.model.history import NO_PAST, Past, Series
from steward.model.machine import Machine
from steward.model.outside import OutsideRules
from steward.model.question import Answer, Question
from steward.model.wanted import NOTHING_WANTED, Wanted

F = TypeVar("F")


@record
class CommandOutput:
    """What one command gave."""

    exit_code: int | None
    """Exit status; None when it was ended by its deadline or never reported: unknown, not success."""
    stdout: str
    """Standard output, at most the command's limit."""
    stderr: str = ""
    """Standard error, at most the command's limit."""
    is_truncated: bool = False
    """Whether output was cut at the limit."""
    is_timed_out: bool = False
    """Whether the deadline ended it."""


@record
class Reading:
    """One command that only looks. All readings of a machine travel in one round trip."""

    name: str
    """Name within its fact."""
    argv: tuple[str, ...]
    """Exact words; nothing is expanded."""
    timeout_seconds: int = 10
    """Deadline, kept on the machine."""
    output_limit: int = 262_144
    """Most bytes of output kept; the rest is dropped and marked."""
    needs_root: bool = False
    """Run through `sudo -n` when the user is not root; without that right the reading fails and says so."""


class FactUnavailable(Exception):
    """The machine cannot tell this fact; the text says why, and what would make it readable."""


def no_output(_outputs: Mapping[str, CommandOutput]) -> NoReturn:
    """Refuse to read a fact from outputs that is learned from outside."""
    msg = "it is learned from outside only, not by commands on the machine"
    raise FactUnavailable(msg)


@dataclass(frozen=True, kw_only=True)
class View(Generic[F]):
    """How a fact is learned from outside: what is asked from Steward's own box, and what the answers mean. Pure."""

    needs: tuple[str, ...]
    """Facts of the machine that the questions follow from; what was not read counts as nothing."""
    questions: Callable[[Snapshot, OutsideRules], tuple[Question, ...]]
    """What to ask, by what is known of the machine and what the owner allows; none where there is nothing to ask."""
    conclude: Callable[[Sequence[Answer], OutsideRules], F]
    """Answers in, those that came in time, and a record out."""
    is_of_machine: bool = True
    """Whether what is done on the machine can change the answers, so that they are asked for anew after a run."""


@dataclass(frozen=True, kw_only=True)
class Fact(Generic[F]):
    """A plug-in that reads one kind of fact: which commands to run, and a pure parser of their output.

    One that is learned from outside runs no commands and has a view instead.
    """

    name: str
    """Name of the fact; also the key that probes use."""
    summary: str
    """One line: what it tells."""
    readings: tuple[Reading, ...] = ()
    """Commands to run."""
    parse: Callable[[Mapping[str, CommandOutput]], F] = no_output
    """Outputs by reading name in, a record out. Raises FactUnavailable."""
    view: View[F] | None = None
    """How it is learned from outside, for a fact without commands."""
    sudoers: tuple[str, ...] = ()
    """Command parts of the sudoers lines that the `needs_root` readings need, one exact command each."""
    pause: timedelta = timedelta()
    """Shortest time between two readings, for what costs much and changes seldom; zero: at every look."""
    samples: Callable[[F], Mapping[str, float]] | None = None
    """Numbers to keep over time, by a name that stays the same: `/ used_bytes`. Pure."""
    series: tuple[Series, ...] = ()
    """How these numbers are told, by the last word of their names; one without is told as it is."""
    traits: Callable[[F], Mapping[str, str] | None] | None = None
    """What counts as a change when it differs from the look before, by subject: `container web: image`. Pure; None
    when this look cannot be compared."""
    ask: Callable[[Wanted], tuple[Reading, ...]] | None = None
    """Further commands to run, for what the workspace wants of the machine; `parse` is given their outputs too. Pure.
    What is wanted travels in words of its own, never inside a shell's text."""

    def readings_for(self, wanted: Wanted) -> tuple[Reading, ...]:
        """Return every command to run on a machine of which this is wanted."""
        return self.readings if self.ask is None else (*self.readings, *self.ask(wanted))


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What one look at one machine gave."""

    machine: Machine
    """The machine."""
    at: datetime
    """When it was read (UTC)."""
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    """Facts by name."""
    unread: Mapping[str, str] = field(default_factory=dict[str, str])
    """Facts that could not be read, each with the reason."""
    read: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """When each fact was read that is older than this look (UTC)."""
    past: Past = NO_PAST
    """What was measured before, of the facts whose history the checks ask for."""
    wanted: Wanted = NOTHING_WANTED
    """What the workspace wanted of the machine when it was looked at."""

    def read_at(self, fact: str) -> datetime:
        """Return when a fact was read."""
        return self.read.get(fact, self.at)

    def of(self, fact: Fact[F]) -> F | None:
        """Return the value of a fact, or None when this machine did not give it."""
        return cast("F | None", self.values.get(fact.name))
