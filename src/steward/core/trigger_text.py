"""Read the text of one trigger: every problem at once, with its line and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar, cast

from steward.core.sources import Source
from steward.lib.codec import CodecError, Json, decode
from steward.lib.span import span_of
from steward.lib.text import nearest, visible_line
from steward.lib.yaml_nodes import Path
from steward.model.trigger import Missed, Overlap, Schedule, Starts, Trigger, TriggerKind
from steward.model.trigger_source import AnySourceKind

E = TypeVar("E", bound=StrEnum)

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_FIELDS = (
    "kind",
    "name",
    "says",
    "schedule",
    "starts",
    "missed",
    "overlap",
    "mostAtOnce",
    "startWithin",
    "endWithin",
    "coalesce",
    "enabled",
    "source",
)
_WAYS = ("cron", "every", "dailyAt", "calendar", "once")
_SCHEDULE = (*_WAYS, "zone", "jitter")
_STARTABLE = ("workflow", "goal", "command")
_STARTS = (*_STARTABLE, "with")
_EXAMPLES = {
    "schedule": 'write `schedule: {cron: "0 9 * * *"}`, or one of `every`, `dailyAt`, `calendar`, `once`',
    "starts": "write `starts: {workflow: NAME}`, or `command` with its fields in `with`",
}
_MEANT = {
    **dict.fromkeys(("action", "command", "do", "run", "then", "workflow"), "starts"),
    **dict.fromkeys(("at", "interval", "on", "when", *_WAYS), "schedule"),
    **dict.fromkeys(("dir", "directory", "path", "watch"), "folder"),
    **dict.fromkeys(("tz", "timezone", "timeZone"), "zone"),
    "description": "says",
    "event": "events",
    "glob": "patterns",
    "pattern": "patterns",
}
"""How other tools call a field."""
_KINDS = {
    "cron": "schedule",
    "file": "files",
    "http": "hook",
    "timer": "schedule",
    "watcher": "files",
    "webhook": "hook",
}
"""How other tools call a kind."""
_ONE_OF = re.compile(r"'([^']*)'")
_MOST_AT_ONCE = 20
_LONGEST_SECONDS = 31 * 86_400
_LONGEST_TEXT = 500


@dataclass(frozen=True, kw_only=True)
class TriggerWords:
    """What a text may name."""

    kinds: Mapping[str, AnySourceKind]
    """Kinds of triggers, by name."""
    why_no_schedule: Callable[[Schedule], str] = lambda _schedule: ""
    """Says what is wrong with a schedule of which one way is given; nothing when it can be used."""
    commands: Collection[str] | None = None
    """Operations that can be started; None: not checked."""
    workflows: Callable[[], Collection[str]] | None = None
    """Workflows that can be started; None: not checked."""
    zone: str = "UTC"
    """Time zone (IANA) in which schedules count that name none."""


def parse_trigger(text: str, *, file: str, words: TriggerWords) -> Trigger:
    """Read the text of `triggers/NAME.yaml`.

    Raises:
        InvalidFile: the first problem, carrying all, each with its line.
    """
    source = Source(text, file=file)
    if not isinstance(source.value, dict):
        source.note((), "this is not a trigger", next_step=f"begin with `kind:` and one of {_listed(words.kinds)}")
        source.end()
    trigger = _Reading(source, words).trigger()
    source.end()
    return trigger


class _Reading:
    """One text being read."""

    def __init__(self, source: Source, words: TriggerWords) -> None:
        self.source = source
        self.words = words
        self.data = source.written(())

    def trigger(self) -> Trigger:
        kind = self._kind()
        known = self.words.kinds.get(kind.value) if kind else None
        own = self._own(known)
        self._no_other((), self.data, (*_FIELDS, *own))
        starts = self._starts()
        trigger = Trigger(
            name=self._name(),
            kind=kind or TriggerKind.SCHEDULE,
            says=visible_line(self._text(("says",)))[:_LONGEST_TEXT],
            starts=starts,
            schedule=self._schedule(known),
            source=self._source(known, own),
            missed=self._word(("missed",), Missed, Missed.ONCE),
            overlap=self._word(("overlap",), Overlap, Overlap.SKIP),
            most_at_once=self._count(("mostAtOnce",)),
            start_within_seconds=self._seconds(("startWithin",), 900, least=1),
            end_within_seconds=self._seconds(("endWithin",), 0),
            coalesce_seconds=self._seconds(("coalesce",), 0),
            is_on=self._flag(("enabled",)),
        )
        if known is not None and known.kind is TriggerKind.SCHEDULE and starts is None:
            step = "write `starts: {command: ..., with: {...}}`, or `workflow`, or `goal`"
            self.source.note(
                (), "it starts nothing", why="a schedule that only watches has nothing to watch", next_step=step
            )
        return trigger

    def _kind(self) -> TriggerKind | None:
        given = self.data.get("kind")
        if isinstance(given, str) and given in self.words.kinds:
            return TriggerKind(given)
        near = _meant(str(given).lower(), _KINDS, self.words.kinds)
        hint = f"did you mean `{near}`?" if near and given else f"kinds are {_listed(self.words.kinds)}"
        what = f"there is no kind of trigger `{visible_line(str(given))}`" if given else "`kind` is missing"
        self.source.note(("kind",), what, next_step=hint)
        return None

    def _name(self) -> str:
        stem = self.source.file.rpartition("/")[2].removesuffix(".yaml")
        given = self._text(("name",)) if "name" in self.data else stem
        step = "use lower-case letters, digits and dash, beginning with a letter or digit"
        if not NAME.fullmatch(given):
            self.source.note(("name",), f"`{visible_line(given)}` cannot be a name", next_step=step)
        elif NAME.fullmatch(stem) and given != stem:
            what = f"the name is not the file's: `{given}`, and `{stem}`"
            self.source.note(("name",), what, next_step=f"write `name: {stem}`, or rename the file")
        return given

    def _schedule(self, known: AnySourceKind | None) -> Schedule | None:
        at: Path = ("schedule",)
        if "schedule" not in self.data:
            if known is not None and known.needs_schedule:
                step = 'write `schedule: {cron: "..."}`, or one of ' + _listed(_WAYS)
                self.source.note((), "`schedule` is missing", next_step=step)
            return None
        if known is not None and not known.needs_schedule:
            self.source.note(
                at, f"a trigger of kind `{known.name}` has no schedule", next_step="remove it", at_key=True
            )
        data = self._mapping(at)
        self._no_other(at, data, _SCHEDULE)
        ways = [way for way in _WAYS if way in data]
        if len(ways) != 1:
            what = "`schedule` says in several ways when" if ways else "`schedule` does not say when"
            self.source.note(at, what, next_step=f"keep exactly one of {_listed(_WAYS)}")
        schedule = Schedule(
            **{_snake(name): self._text((*at, name)) for name in (*_WAYS, "zone") if name in data},
            jitter_seconds=self._seconds((*at, "jitter"), 0),
        )
        if len(ways) == 1 and (why := self.words.why_no_schedule(schedule)):
            self.source.note((*at, ways[0]), "`schedule` cannot be used", why=why)
        return schedule

    def _starts(self) -> Starts | None:
        at: Path = ("starts",)
        if "starts" not in self.data:
            return None
        data = self._mapping(at)
        self._no_other(at, data, _STARTS)
        named = [name for name in _STARTABLE if name in data]
        if len(named) != 1:
            what = "`starts` names several things" if named else "`starts` names nothing"
            self.source.note(at, what, next_step=f"keep exactly one of {_listed(_STARTABLE)}")
        given = data.get("with", {})
        if not isinstance(given, dict):
            self.source.note((*at, "with"), "`with` must be a mapping of fields", next_step="write `with: {unit: ...}`")
            given = {}
        starts = Starts(
            workflow=self._text((*at, "workflow")) if "workflow" in data else "",
            goal=self._text((*at, "goal")) if "goal" in data else "",
            command=self._text((*at, "command")) if "command" in data else "",
            input=dict(given),
        )
        self._known((*at, "command"), starts.command, self.words.commands, "operation")
        workflows = self.words.workflows() if self.words.workflows and starts.workflow else None
        self._known((*at, "workflow"), starts.workflow, workflows, "workflow")
        return starts

    def _known(self, at: Path, name: str, known: Collection[str] | None, noun: str) -> None:
        if not name or known is None or name in known:
            return
        near = nearest(name, known)
        hint = f"did you mean `{near}`?" if near else ""
        self.source.note(at, f"there is no {noun} `{visible_line(name)}`", next_step=hint)

    def _own(self, known: AnySourceKind | None) -> dict[str, str]:
        """Return the fields of the kind's own record, as they are written and as they are called."""
        return {_camel(each.name): each.name for each in fields(known.record)} if known else {}

    def _source(self, known: AnySourceKind | None, own: Mapping[str, str]) -> dict[str, Any]:
        if known is None:
            return {}
        inner: Mapping[str, Json] = self._mapping(("source",)) if "source" in self.data else {}
        self._no_other(("source",), inner, tuple(own))
        places: dict[str, Path] = {own[name]: (name,) for name in own if name in self.data}
        places |= {own[name]: ("source", name) for name in own if name in inner}
        given: dict[str, Any] = {
            name: (inner if at[0] == "source" else self.data)[str(at[-1])] for name, at in places.items()
        }
        try:
            decoded = decode(known.record, given)
        except CodecError as error:
            for path, why in error.problems:
                name = path.partition(".")[0]
                self._unfit(places.get(name, (_camel(name),)), given.get(name), why)
            return given
        for name, what, step in known.check(decoded):
            self.source.note(places.get(name, ()), what, next_step=step)
        return given

    def _unfit(self, at: Path, written: object, why: str) -> None:
        """Note a field that is missing, or of another form."""
        name = at[-1]
        if why == "is required":
            self.source.note(at, f"`{name}` is missing", next_step=f"write `{name}: ...`")
        elif why.endswith("valid tuple"):
            example = json.dumps(written, ensure_ascii=False) if isinstance(written, str) else "..."
            step = f"write `{name}: [{visible_line(example)}]`"
            self.source.note(at, f"`{name}` must be a list", next_step=step)
        else:
            self.source.note(at, f"`{name}` does not fit", why=why, next_step=_one_of(written, why))

    def _mapping(self, at: Path) -> Mapping[str, Json]:
        data: Any = self._at(at)
        if not isinstance(data, dict):
            step = _EXAMPLES.get(str(at[-1]), "")
            self.source.note(at, f"`{at[-1]}` must be a mapping of fields", next_step=step)
            return {}
        return cast("Mapping[str, Json]", data)

    def _text(self, at: Path) -> str:
        value = self._at(at)
        if value is None or value == "":
            return ""
        if not isinstance(value, str):
            self.source.note(at, f"`{at[-1]}` must be a text", next_step="put it in quotes")
            return ""
        return value

    def _word(self, at: Path, kind: type[E], default: E) -> E:
        value = self._at(at)
        if value is None:
            return default
        words = [each.value for each in kind]
        if isinstance(value, str) and value in words:
            return kind(value)
        near = nearest(str(value), words)
        hint = f"did you mean `{near}`?" if near else f"write one of {_listed(words)}"
        self.source.note(at, f"`{at[-1]}` cannot be `{visible_line(str(value))}`", next_step=hint)
        return default

    def _count(self, at: Path) -> int:
        value = self._at(at)
        if value is None:
            return 1
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_AT_ONCE:
            self.source.note(at, f"`{at[-1]}` must be a number from 1 to {_MOST_AT_ONCE}")
            return 1
        return value

    def _seconds(self, at: Path, default: int, *, least: int = 0) -> int:
        """Read a span of time such as `15m`, or a number of seconds."""
        value = self._at(at)
        if value is None:
            return default
        span = span_of(value) if isinstance(value, str) else None
        seconds = int(span.total_seconds()) if span is not None else value
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not least <= seconds <= _LONGEST_SECONDS:
            self.source.note(
                at, f"`{at[-1]}` must be a span of time of at most 31 days", next_step="write `15m` or `6h`"
            )
            return default
        return seconds

    def _flag(self, at: Path) -> bool:
        value = self._at(at)
        if value is not None and not isinstance(value, bool):
            self.source.note(at, f"`{at[-1]}` must be `true` or `false`")
        return value is not False

    def _at(self, at: Path) -> Any:
        data: Any = self.data
        for part in at:
            data = cast("Mapping[Any, Any]", data).get(part) if isinstance(data, dict) else None
        return data

    def _no_other(self, at: Path, data: Mapping[str, Json], known: Collection[str]) -> None:
        for name in data:
            if name not in known:
                near = _meant(name, _MEANT, known)
                hint = f"did you mean `{near}`?" if near else f"known are {_listed(known)}"
                self.source.note((*at, name), f"unknown field `{visible_line(name)}`", next_step=hint, at_key=True)


def _meant(name: str, words: Mapping[str, str], known: Collection[str]) -> str | None:
    """Return what a word of another tool is called here, else the nearest."""
    meant = words.get(name)
    return meant if meant in known else nearest(name, known)


def _one_of(written: object, why: str) -> str:
    """Return the nearest of the words that a problem lists."""
    given = cast("list[object]", written) if isinstance(written, list) else [written]
    words = _ONE_OF.findall(why)
    wrong = (each for each in given if isinstance(each, str) and each not in words)
    near = next(filter(None, (nearest(each, words) for each in wrong)), None)
    return f"did you mean `{near}`?" if near else ""


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
