"""The triggers of the workspace: one file each, and of each the last good version is in force."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

from steward.core.sources import InForce
from steward.core.trigger_text import NAME, TriggerWords, parse_trigger
from steward.lib.canonical import digest
from steward.lib.codec import decode
from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidFile, NotFound, StewardError
from steward.model.principal import Principal
from steward.model.trigger import TRIGGERS_FOLDER, Trigger
from steward.model.trigger_source import AnySourceKind
from steward.ports.repository import Repository

MOST = 2_000
"""Files that are read; more are told as a problem."""


@dataclass(frozen=True, kw_only=True)
class ReadTrigger:
    """One trigger in force."""

    trigger: Trigger
    """What the file says."""
    digest: str
    """SHA-256 of its text."""


@dataclass(frozen=True, kw_only=True)
class TriggerSet:
    """Everything in the folder as it was read last."""

    triggers: dict[str, ReadTrigger]
    """In force, by name."""
    problems: tuple[InvalidFile, ...] = ()
    """What is wrong with files as they are now."""


def path_of(name: str) -> str:
    """Return the file of a trigger."""
    return f"{TRIGGERS_FOLDER}/{name}.yaml"


def digest_of(text: str) -> str:
    """Return the SHA-256 of the text of a trigger: another one counts from when it is first seen."""
    return hashlib.sha256(text.encode()).hexdigest()


def mark_of(trigger: Trigger) -> str:
    """Return a digest of what is watched: other words in its file change nothing of that."""
    return digest([trigger.kind.value, trigger.source], domain="steward-watch-v1")[:16]


@dataclass(kw_only=True)
class _File:
    """One file, read again when its mark has changed."""

    in_force: InForce[ReadTrigger]
    stamp: str = ""
    good: ReadTrigger | None = None
    problems: tuple[InvalidFile, ...] = ()

    def look(self, stamp: str) -> None:
        """Read it, unless its mark says that it is as it was."""
        if not stamp or stamp != self.stamp:
            self.good, self.problems = self.in_force.look()
            self.stamp = stamp


class TriggerFiles:
    """Reads and writes triggers."""

    def __init__(self, *, repository: Repository, words: TriggerWords) -> None:
        self._repository = repository
        self._words = words
        self._files: dict[str, _File] = {}
        self._lock = Lock()
        self._last: TriggerSet | None = None

    @property
    def words(self) -> TriggerWords:
        """What a text may name."""
        return self._words

    def look(self) -> TriggerSet:
        """Look at the folder; files that did not change are not read again."""
        with self._lock:
            found: dict[str, ReadTrigger] = {}
            problems: list[InvalidFile] = []
            for path, stamp in self._stamps(problems).items():
                file = self._files.get(path) or self._files.setdefault(path, _File(in_force=self._in_force(path)))
                file.look(stamp)
                problems += file.problems
                if file.good is not None:  # else it is told among the problems
                    found[file.good.trigger.name] = file.good
            self._last = TriggerSet(triggers=found, problems=tuple(problems))
            return self._last

    def last(self) -> TriggerSet:
        """Return what was read last; reads the folder the first time."""
        return self._last or self.look()

    def require(self, name: str) -> ReadTrigger:
        """Return a trigger in force, read now.

        Raises:
            NotFound: with the nearest name, or with what is wrong with its file.
        """
        seen = self.look()
        found = seen.triggers.get(name)
        if found is not None:
            return found
        broken = next((problem for problem in seen.problems if problem.file == path_of(name)), None)
        near = nearest(name, seen.triggers)
        step = f"did you mean `{near}`?" if near else "`steward trigger ls` lists them"
        raise NotFound(f"there is no trigger `{visible_line(name)}`", why=str(broken or ""), next_step=step)

    def source_of(self, trigger: Trigger) -> tuple[AnySourceKind, Any]:
        """Return a trigger's kind, and its own fields as the record of that kind."""
        kind = self._words.kinds[trigger.kind.value]
        return kind, decode(kind.record, trigger.source)

    def parse(self, text: str, *, name: str) -> Trigger:
        """Read a text as the file of this name would be.

        Raises:
            InvalidFile: with every problem.
        """
        return parse_trigger(text, file=path_of(name), words=self._words)

    def text_of(self, name: str) -> str:
        """Return the text of a trigger's file as it is now; empty without one."""
        return self._repository.read(path_of(name)) or ""

    def history(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the commits of a trigger's file, each with its text, newest first."""
        return self._repository.committed(path_of(name))

    def write(self, name: str, text: str, author: Principal) -> str:
        """Commit the text of a trigger that was found right before; return the commit.

        Raises:
            Conflict: its file has edits that are not committed.
        """
        verb = "Change" if self._repository.read(path_of(name)) is not None else "Add"
        return self._write(name, text, f"{verb} trigger {name}", author)

    def remove(self, name: str, author: Principal) -> str:
        """Take a trigger's file away; return the commit.

        Raises:
            NotFound: there is none.
            Conflict: it has edits that are not committed.
        """
        if self._repository.read(path_of(name)) is None:
            raise NotFound(f"there is no trigger `{visible_line(name)}`", next_step="`steward trigger ls` lists them")
        return self._write(name, None, f"Remove trigger {name}", author)

    def _write(self, name: str, text: str | None, message: str, author: Principal) -> str:
        commit = self._repository.write({path_of(name): text}, message=message, author=author)
        self.look()
        return commit

    def _stamps(self, problems: list[InvalidFile]) -> dict[str, str]:
        """Return the files to look at, each with its mark."""
        try:
            stamps = self._repository.stamps(TRIGGERS_FOLDER)
        except StewardError as error:
            problems.append(_problem(TRIGGERS_FOLDER, str(error)))
            return dict.fromkeys(self._files, "")  # what was in force stays
        listed = sorted(stamps)
        paths = tuple(path for path in listed if path.endswith(".yaml") and NAME.fullmatch(_stem(path)))
        for gone in set(self._files) - set(paths):
            del self._files[gone]
        if len(paths) > MOST:
            problems.append(_problem(TRIGGERS_FOLDER, f"there are {len(paths)} triggers, and {MOST} at most are read"))
        strange = (path for path in listed if path not in paths and not path.endswith(("README.md", ".gitkeep")))
        problems += [
            _problem(path, "this is not the name of a trigger's file", "name it `NAME.yaml`") for path in strange
        ]
        return {path: stamps[path] for path in paths[:MOST]}

    def _in_force(self, path: str) -> InForce[ReadTrigger]:
        def parse(text: str) -> ReadTrigger:
            trigger = parse_trigger(text, file=path, words=self._words)
            return ReadTrigger(trigger=trigger, digest=digest_of(text))

        return InForce(repository=self._repository, path=path, parse=parse)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".yaml")


def _problem(path: str, what: str, step: str = "") -> InvalidFile:
    return InvalidFile(what, file=path, line=1, column=1, next_step=step)
