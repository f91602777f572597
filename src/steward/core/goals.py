"""Read goals: those of the workspace, and those that come with Steward; every problem with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib import resources

from steward.core.line_probes import probe_of
from steward.core.sources import Source
from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidFile, InvalidInput, NotFound
from steward.model.goal import GOALS_FOLDER, MOST_PLANS, Goal
from steward.model.ids import MachineId
from steward.model.measure import AnyMeasure
from steward.ports.repository import Repository

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MOST_CHARACTERS = 65_536
_FENCE = "---"
_OF_THE_FILE = frozenset({"name", "title", "words"})
"""Fields that follow from the file itself."""


@dataclass(frozen=True, kw_only=True)
class GoalWords:
    """What a goal may name."""

    facts: Collection[str]
    """Facts."""
    commands: Collection[str]
    """Operations of the catalogue."""
    measures: Mapping[str, AnyMeasure]
    """What readable lines measure."""


@dataclass(frozen=True, kw_only=True)
class FoundGoal:
    """One goal, or what is wrong with its file."""

    name: str
    """Its name."""
    goal: Goal | None
    """What it says; None while something is wrong with it."""
    is_shipped: bool
    """Whether it came with Steward and the workspace has none of its name."""
    problems: tuple[InvalidFile, ...] = ()
    """What is wrong with it."""


class Goals:
    """The goals of the workspace and those that come with Steward."""

    def __init__(self, *, repository: Repository, words: GoalWords) -> None:
        self._repository = repository
        self.words = words
        """What a goal may name."""

    def all(self) -> tuple[FoundGoal, ...]:
        """Return every goal, by name; one of the workspace takes the place of a shipped one of its name."""
        folder = resources.files("steward").joinpath("library", GOALS_FOLDER)
        found = {
            item.name.removesuffix(".md"): self._found(item.name, item.read_text("utf-8"), is_shipped=True)
            for item in folder.iterdir()
            if item.name.endswith(".md")
        }
        for path in self._repository.files(GOALS_FOLDER):
            name = path.removeprefix(f"{GOALS_FOLDER}/")
            if name.endswith(".md") and name != "README.md" and "/" not in name:
                found[name.removesuffix(".md")] = self._own(path)
        return tuple(found[name] for name in sorted(found))

    def require(self, name: str) -> Goal:
        """Return a goal.

        Raises:
            NotFound: with the nearest name.
            InvalidFile: something is wrong with it.
        """
        found = {each.name: each for each in self.all()}
        if name not in found:
            near = nearest(name, found)
            step = f"did you mean `{near}`?" if near else "`steward goal ls` lists them"
            raise NotFound(f"there is no goal `{visible_line(name)}`", next_step=step)
        one = found[name]
        if one.goal is None:
            raise InvalidFile.first_of(one.problems)
        return one.goal

    def _own(self, path: str) -> FoundGoal:
        try:
            text = self._repository.read(path) or ""
        except InvalidFile as error:
            name = path.rpartition("/")[2].removesuffix(".md")
            return FoundGoal(name=name, goal=None, is_shipped=False, problems=error.problems)
        return self._found(path, text, is_shipped=False)

    def _found(self, path: str, text: str, *, is_shipped: bool) -> FoundGoal:
        name = path.rpartition("/")[2].removesuffix(".md")
        try:
            goal = parse_goal(text, file=path, words=self.words)
        except InvalidFile as error:
            return FoundGoal(name=name, goal=None, is_shipped=is_shipped, problems=error.problems)
        return FoundGoal(name=name, goal=goal, is_shipped=is_shipped)


def parse_goal(text: str, *, file: str, words: GoalWords) -> Goal:
    """Read the text of `goals/NAME.md`.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    fields, body = _split(text, file)
    source = Source(f"\n{fields}", file=file)  # the line of the fence counts, so that every line is the file's
    name = file.rpartition("/")[2].removesuffix(".md")
    if not _NAME.fullmatch(name):
        step = "use lower-case letters, digits and dash: `health-check.md`"
        source.note((), f"`{visible_line(name)}` cannot be the name of a goal", next_step=step)
    written = source.written(())
    for field in sorted(_OF_THE_FILE & set(written)):
        source.note((field,), f"`{field}` follows from the file itself", next_step="remove the line", at_key=True)
    goal = source.decode(Goal, ()) if written else None
    if not written:
        source.note((), "the fields are missing", next_step="write at least `success: [...]`")
    if goal is not None:
        _check(source, goal, words)
    source.end()
    heading = re.search(r"^#\s+(.{1,200})$", body, re.MULTILINE)
    title = visible_line(heading[1].strip()) if heading else name
    return replace(goal or Goal(name=name), name=name, title=title, words=body.strip())


def _split(text: str, file: str) -> tuple[str, str]:
    """Return what stands between the fences, and what follows."""

    def problem(what: str, step: str) -> InvalidFile:
        return InvalidFile(what, file=file, line=1, column=1, next_step=step)

    if len(text) > _MOST_CHARACTERS:
        raise problem(f"the file has more than {_MOST_CHARACTERS} characters", "say it shorter")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        raise problem("it does not begin with its fields", "begin with a line `---`, the fields, and `---` again")
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    raise problem("the fields do not end", "write a line `---` below them")


def _check(source: Source, goal: Goal, words: GoalWords) -> None:
    for index, fact in enumerate(goal.gather):
        _known(source, ("gather", index), fact, words.facts, "fact")
    for index, pattern in enumerate(goal.allow):
        if "*" not in pattern:
            _known(source, ("allow", index), pattern, words.commands, "command that changes something")
        elif not any(fnmatchcase(command, pattern) for command in words.commands):
            source.note(("allow", index), f"`{visible_line(pattern)}` fits no command", next_step="write `unit.*`")
    if not 0 <= goal.budget.plans <= MOST_PLANS:
        source.note(("budget", "plans"), f"`plans` must be a number from 0 to {MOST_PLANS}")
    if not goal.success and "success" not in source.written(()):
        source.note((), "nothing says when it is met", next_step='write `success: ["[FAILED_UNITS] == 0"]`')
    elif not goal.success:
        source.note(("success",), "`success` must be a list of at least one line")
    for index, line in enumerate(goal.success):
        try:
            probe_of(line, MachineId("any"), words.measures)
        except InvalidInput as error:
            source.note(("success", index), error.what, why=error.why, next_step=error.next_step)


def _known(source: Source, at: tuple[str, int], name: str, known: Collection[str], noun: str) -> None:
    if name not in known:
        near = nearest(name, known)
        step = f"did you mean `{near}`?" if near else ""
        source.note(at, f"there is no {noun} `{visible_line(name)}`", next_step=step)
