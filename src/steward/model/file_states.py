"""Which files of a folder are new, changed, moved or gone: by two listings, never by what a watcher claims.

    seen first or other than known ──> pending ──(unchanged for the settle time)──> told, and known so

What is known is remembered, so that after a restart everything that came or went meanwhile is found the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from steward.model.watches import FileChange

Stamp = tuple[int, int, int]
"""Size in bytes, time of the last change in nanoseconds, inode."""
GONE: Stamp = (-1, -1, -1)
"""Stands for a file that is not there."""
_MOST_LEFT = 1_000
"""Files of which is remembered how often they went."""


@dataclass(frozen=True, kw_only=True)
class FileEvent:
    """One thing that became of one file."""

    change: FileChange
    """What."""
    path: str
    """Path inside the folder."""
    stamp: Stamp
    """The file as it is, or was."""
    before: str = ""
    """For a move: where it lay."""
    times: int = 0
    """How often this very file went before, from here or elsewhere in the folder: what comes again is told again."""


@dataclass(frozen=True, kw_only=True)
class FileStates:
    """What is remembered of a folder."""

    known: Mapping[str, Stamp] = field(default_factory=dict[str, Stamp])
    """Files as they were told."""
    pending: Mapping[str, tuple[Stamp, float]] = field(default_factory=dict[str, "tuple[Stamp, float]"])
    """Files that are other than known, and since when (seconds since 1970)."""
    has_begun: bool = False
    """Whether the folder was looked at before."""
    left: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often files went, by their stamps as they are written."""

    def settled(
        self, listed: Mapping[str, Stamp], *, now: float, settle_seconds: float
    ) -> tuple[tuple[FileEvent, ...], FileStates]:
        """Return what is to be told after a look, and what to remember then."""
        differing = {path: stamp for path, stamp in listed.items() if self.known.get(path) != stamp}
        differing |= {path: GONE for path in self.known if path not in listed}
        pending = {path: (stamp, self._since(path, stamp, now)) for path, stamp in differing.items()}
        # a clock that was put back must not hold a file forever
        ready = [path for path, (_, since) in pending.items() if now - since >= settle_seconds or since > now]
        told, known = _told(self.known, {path: differing[path] for path in sorted(ready)})
        events = tuple(replace(event, times=self.times(event.stamp)) for event in told)
        went = [event.stamp for event in events if event.change in {FileChange.GONE, FileChange.MOVED}]
        done = {*ready, *(event.before for event in events if event.before)}
        waiting = {path: one for path, one in pending.items() if path not in done}
        return events, FileStates(known=known, pending=waiting, has_begun=True, left=self._left(went))

    def begun(self, listed: Mapping[str, Stamp]) -> FileStates:
        """Return what to remember when everything that is there counts as told."""
        return FileStates(known=dict(listed), has_begun=True)

    def _since(self, path: str, stamp: Stamp, now: float) -> float:
        before = self.pending.get(path)
        return before[1] if before is not None and before[0] == stamp else now

    def without(self, paths: Iterable[str]) -> FileStates:
        """Return the same with these files forgotten: Steward itself took them away."""
        gone = frozenset(paths)
        kept = {path: stamp for path, stamp in self.known.items() if path not in gone}
        return replace(self, known=kept, left=self._left(self.known[path] for path in gone if path in self.known))

    def times(self, stamp: Stamp) -> int:
        """Return how often a file went before."""
        return self.left.get(written(stamp), 0)

    def _left(self, went: Iterable[Stamp]) -> dict[str, int]:
        left = dict(self.left)
        for stamp in went:
            left[written(stamp)] = left.pop(written(stamp), 0) + 1
        return dict(list(left.items())[-_MOST_LEFT:])

    def memory(self) -> dict[str, Any]:
        """Return what is known as plain values; what is pending settles anew after a restart."""
        return {"known": {path: written(stamp) for path, stamp in self.known.items()}, "left": dict(self.left)}


def remembered(memory: Mapping[str, Any]) -> FileStates:
    """Return what was remembered; what cannot be read of it counts as nothing."""
    if "known" not in memory:
        return FileStates()
    held: Any = memory.get("left")
    pairs = cast("dict[Any, Any]", held).items() if isinstance(held, dict) else ()
    left = {str(stamp): times for stamp, times in pairs if isinstance(times, int)}
    return FileStates(known=dict(stamps(memory["known"])), has_begun=True, left=left)


def written(stamp: Stamp) -> str:
    """Write a stamp as text: numbers as large as these are not exact in JSON."""
    return " ".join(str(number) for number in stamp)


def stamps(held: Any) -> Iterator[tuple[str, Stamp]]:
    """Read files with their stamps, as they were remembered."""
    for path, stamp in cast("dict[str, Any]", held).items() if isinstance(held, dict) else ():
        numbers = stamp.split(" ") if isinstance(stamp, str) else []
        if len(numbers) == 3 and all(number.isascii() and number.isdigit() for number in numbers):
            yield path, (int(numbers[0]), int(numbers[1]), int(numbers[2]))


def _told(known: Mapping[str, Stamp], ready: Mapping[str, Stamp]) -> tuple[tuple[FileEvent, ...], dict[str, Stamp]]:
    """Tell what settled; a new file that is a gone one by inode, size and time was moved."""
    after, events = dict(known), list[FileEvent]()
    gone = {known[path]: path for path, stamp in ready.items() if stamp == GONE}
    for path, stamp in ready.items():
        if stamp == GONE:
            continue
        before = gone.pop(stamp, "") if path not in known else ""
        change = FileChange.MOVED if before else FileChange.CHANGED if path in known else FileChange.CREATED
        after.pop(before, None)
        after[path] = stamp
        events.append(FileEvent(change=change, path=path, stamp=stamp, before=before))
    for stamp, path in gone.items():
        del after[path]
        events.append(FileEvent(change=FileChange.GONE, path=path, stamp=stamp))
    # two gone files of one stamp cannot be: they would be one file
    return tuple(events), after
