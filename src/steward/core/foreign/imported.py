"""What a foreign text became: files Steward could read, what could not be mapped, and what is wrong with the text.

Every step, job, rule and host of a source is told exactly once: as mapped, or as not mapped with its line and reason.
A field of something that was mapped may be told as not mapped beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from steward.core.trigger_text import TriggerWords
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.lib.yaml_loose import Node
from steward.model.operation import AnyOperation
from steward.model.tool import Tool

NOT_KNOWN = "Steward does not know it"
"""Why a field is not taken over that no reader has a place for."""
_LONGEST = 200


@record
class Mapped:
    """One part of the source that has a place here."""

    file: str
    """File it stands in."""
    line: int
    """Line, from 1."""
    what: str
    """What it is: `step prune`."""
    became: str
    """What it is here: `images.prune`."""


@record
class Unmapped:
    """One part of the source that has none."""

    file: str
    """File it stands in."""
    line: int
    """Line, from 1."""
    what: str
    """What it is: `step summarize`."""
    why: str
    """Why it is not taken over, and what stands in its place if something does."""


@record
class Mistake:
    """Something wrong with the source itself."""

    file: str
    """File."""
    line: int
    """Line, from 1."""
    what: str
    """What is wrong."""
    next_step: str = ""
    """How to mend it."""


@record
class Edge:
    """One part of a source that needs another."""

    before: str
    """What comes first."""
    after: str
    """What needs it."""


@record
class Drawing:
    """How the parts of one source hang together."""

    file: str
    """File."""
    line: int
    """Line it begins in."""
    name: str
    """Its name."""
    nodes: tuple[str, ...]
    """Parts, in an order that respects the edges where there is one."""
    edges: tuple[Edge, ...]
    """What needs what."""


@record
class ProposedFile:
    """A file of the workspace that would hold it."""

    path: str
    """Path in the workspace."""
    text: str
    """Its content."""
    source: str
    """Where it comes from, `FILE:LINE`."""


@record
class ProposedMachine:
    """A machine the source names; nothing is added until somebody types the line."""

    name: str
    """Name it would get."""
    line: str
    """What to type to add it; a new machine is only looked at."""
    source: str
    """Where it comes from, `FILE:LINE`."""


@record
class Imported:
    """What a set of foreign texts became."""

    files: tuple[ProposedFile, ...]
    """Files."""
    machines: tuple[ProposedMachine, ...]
    """Machines."""
    mapped: tuple[Mapped, ...]
    """What has a place here."""
    unmapped: tuple[Unmapped, ...]
    """What has none."""
    mistakes: tuple[Mistake, ...]
    """What is wrong with the sources."""
    drawings: tuple[Drawing, ...]
    """How they hang together."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a reader may measure a foreign text by."""

    operations: Mapping[str, AnyOperation]
    """Operations by name: a command line is taken over only as one of these."""
    tools: Mapping[str, Tool]
    """Tables of the shell gate."""
    machine: str = ""
    """Machine a line is done on that names none; empty: whoever starts the workflow says."""
    trigger_words: TriggerWords | None = None
    """What a trigger may name; None: triggers are written without being read back as such."""
    masked: Callable[[str], str] = str
    """Takes secrets out of a text."""


@dataclass(kw_only=True)
class Findings:
    """Collects what the readers of one import find."""

    known: Known
    """What they measure by."""
    files: list[ProposedFile] = field(default_factory=list[ProposedFile])
    """Files so far."""
    machines: list[ProposedMachine] = field(default_factory=list[ProposedMachine])
    """Machines so far."""
    told_mapped: list[Mapped] = field(default_factory=list[Mapped])
    """Mapped so far."""
    told_unmapped: list[Unmapped] = field(default_factory=list[Unmapped])
    """Not mapped so far."""
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    """Mistakes so far."""
    drawings: list[Drawing] = field(default_factory=list[Drawing])
    """Drawings so far."""

    def shown(self, text: str, most: int = _LONGEST) -> str:
        """Return words of a source as they may be shown and kept: masked, on one line, cut."""
        line = visible_line(self.known.masked(text[: most * 20])).strip()
        return line if len(line) <= most else f"{line[: most - 3]}..."

    def mapped(self, file: str, line: int, what: str, became: str) -> None:
        """Tell that a part has a place here."""
        self.told_mapped.append(Mapped(file=file, line=line, what=self.shown(what), became=self.shown(became)))

    def unmapped(self, file: str, line: int, what: str, why: str) -> None:
        """Tell that a part has none."""
        self.told_unmapped.append(Unmapped(file=file, line=line, what=self.shown(what), why=self.shown(why, 400)))

    def unread(self, node: Node, owner: str, known: Collection[str], file: str, why: str = NOT_KNOWN) -> None:
        """Tell every field that nobody reads."""
        for name in node.mapping:
            if name not in known:
                self.unmapped(file, node.line_of(name), f"field {name} of {owner}", why)

    def mistake(self, file: str, line: int, what: str, next_step: str = "") -> None:
        """Tell what is wrong with a source."""
        self.mistakes.append(
            Mistake(file=file, line=line, what=self.shown(what, 300), next_step=self.shown(next_step, 300))
        )

    def imported(self) -> Imported:
        """Return everything, in the order it was found."""
        return Imported(
            files=tuple(self.files),
            machines=tuple(self.machines),
            mapped=tuple(self.told_mapped),
            unmapped=tuple(self.told_unmapped),
            mistakes=tuple(self.mistakes),
            drawings=tuple(self.drawings),
        )
