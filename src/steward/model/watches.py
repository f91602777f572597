"""What triggers watch besides time and webhooks: the fields of a trigger's file that are of its kind alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from steward.lib.record import record
from steward.lib.span import span_of
from steward.lib.text import visible_line
from steward.model.secret import referenced
from steward.model.trigger_source import Problem

MOST_TEXT = 300
"""Longest pattern, path or name."""
_TOPIC_PART = re.compile(r"[^#+\x00]*|[#+]")
_ENTITY = re.compile(r"[a-z_]+\.[a-z0-9_]+")
_DAY = 86_400


class FileChange(StrEnum):
    """What can become of a file."""

    CREATED = "created"
    """It is there and was not."""
    CHANGED = "changed"
    """It is not as it was."""
    MOVED = "moved"
    """It lies elsewhere in the folder than before."""
    GONE = "gone"
    """It was there and is no more."""


@record
class FileWatch:
    """Watches files of the computer Steward runs on. Links are not followed."""

    folder: str
    """Absolute path; it may come into being later."""
    patterns: tuple[str, ...] = ("*",)
    """Names that count, `*.pdf`; one with a slash is held against the path inside the folder, `scans/*.pdf`."""
    skip: tuple[str, ...] = (".*", "*.part", "*.tmp", "*.crdownload", "*~")
    """Names that do not count, of files and of folders."""
    events: tuple[FileChange, ...] = (FileChange.CREATED, FileChange.CHANGED)
    """What is told."""
    recursive: bool = True
    """Whether folders inside are watched too."""
    settle_seconds: int = 5
    """A file is told once nothing of it changed for so long: whoever writes it has finished."""
    has_older: bool = False
    """Whether what lies there already when it is watched for the first time is told as created."""
    move_to: str = ""
    """Folder a settled file is moved into, and told from there; nothing is ever overwritten."""
    copy_to: str = ""
    """Folder a settled file is copied into."""


@record
class UnitWatch:
    """Watches failures of systemd units that the machine itself keeps (`steward unit watch-failure`)."""

    machines: tuple[str, ...] = ()
    """Names of machines; none: every machine."""
    units: tuple[str, ...] = ("*",)
    """Names of units, `backup-*.service`."""


class Priority(StrEnum):
    """How serious a line of a journal is; each takes in those before it."""

    EMERG = "emerg"
    ALERT = "alert"
    CRIT = "crit"
    ERR = "err"
    WARNING = "warning"
    NOTICE = "notice"
    INFO = "info"
    DEBUG = "debug"


@record
class JournalWatch:
    """Watches lines of a machine's journal."""

    machine: str
    """Name of the machine."""
    unit: str = ""
    """Only lines of this unit."""
    priority: Priority = Priority.INFO
    """Least serious that counts."""
    contains: str = ""
    """Text a line must hold, upper and lower case alike."""
    matches: str = ""
    """Regular expression (RE2: no references back, no looking around) that fits somewhere in a line."""
    every_seconds: int = 60
    """How often the journal is read; lines between are not lost."""
    most_at_once: int = 20
    """Lines told of one reading; of more, the first is told with how many came after it."""


@record
class ConditionWatch:
    """Watches a readable line, or what a command says; exactly one of the two."""

    line: str = ""
    """Readable line: `[DISK_FREE_PERCENT /] < 10`."""
    command: str = ""
    """Command line that only reads and prints `{"fire": true, "message": "...", "state": ...}`; it is given the state
    it printed last as STEWARD_STATE."""
    machine: str
    """Name of the machine it is about, or runs on."""
    for_: str = ""
    """It must stay true so long before it counts (`for` in the file): `5m`."""
    every_seconds: int = 300
    """How often it is asked."""


@record
class MqttWatch:
    """Watches messages at an MQTT broker: those of topics, or the states of one entity of Home Assistant."""

    broker: str
    """Name or address of the broker."""
    port: int = 0
    """Port; 0: 8883 with TLS, 1883 without."""
    tls: bool = False
    """Whether the connection is encrypted."""
    ca_file: str = ""
    """File of the issuer of its certificate; empty trusts what this box trusts."""
    user: str = ""
    """Name to sign in with."""
    password: str = ""
    """Reference of its password, `secret://NAME`."""
    topics: tuple[str, ...] = ()
    """Topics, with `+` and `#`."""
    entity: str = ""
    """Entity of Home Assistant as its statestream tells it: `binary_sensor.cellar_leak`."""
    statestream: str = "homeassistant"
    """Begin of the topics of the statestream (`base_topic` there)."""
    from_: str | None = None
    """Only when the state before was this (`from` in the file)."""
    to: str | None = None
    """Only when the state, or the whole message, becomes this; None: any."""
    for_: str = ""
    """It must stay so for so long (`for` in the file): `5m`."""
    retained: bool = False
    """Whether messages the broker kept from before count."""


@record
class ConsulWatch:
    """Watches a key or a service at Consul; exactly one of the two."""

    url: str
    """Where it answers: `http://consul.lan:8500`."""
    key: str = ""
    """A key, or with a slash at the end every key below it."""
    service: str = ""
    """A service: what its checks say."""
    datacenter: str = ""
    """Data center; empty: the server's own."""
    token: str = ""
    """Reference of a token that may read it, `secret://NAME`."""
    ca_file: str = ""
    """File of the issuer of its certificate; empty trusts what this box trusts."""
    wait_seconds: int = 300
    """Longest one question waits at the server."""


Watch = FileWatch | UnitWatch | JournalWatch | ConditionWatch | MqttWatch | ConsulWatch


def seconds_of(text: str) -> int:
    """Return a span of time in seconds; 0 for none."""
    span = span_of(text) if text else None
    return int(span.total_seconds()) if span is not None else 0


def _placing(watch: FileWatch) -> str:
    """Say which files are moved or copied where, in one line."""
    does, target = ("moves", watch.move_to) if watch.move_to else ("copies", watch.copy_to)
    which = ", ".join(watch.patterns) + (f" but not {', '.join(watch.skip)}" if watch.skip else "")
    older = ", those that lie there already as well" if watch.has_older else ""
    inside = " and below" if watch.recursive else ""
    return visible_line(f"{does} files from {watch.folder}{inside} into {target} ({which}{older})")


def problems_of(watch: Watch) -> tuple[Problem, ...]:
    """Return everything that is wrong with the values of a watch."""
    match watch:
        case FileWatch():
            return tuple(_files(watch))
        case UnitWatch():
            return tuple(_units(watch))
        case JournalWatch():
            return tuple(_journal(watch))
        case ConditionWatch():
            return tuple(_condition(watch))
        case MqttWatch():
            return (*_broker(watch), *_messages(watch))
        case ConsulWatch():
            return tuple(_consul(watch))


def _files(watch: FileWatch) -> Iterator[Problem]:
    for field in ("folder", "move_to", "copy_to"):
        path = str(getattr(watch, field))
        if (path or field == "folder") and not _is_folder(path):
            yield field, f"`{visible_line(path)}` is no absolute path", "write it whole, `/srv/scans`, without `..`"
    if watch.move_to and watch.copy_to:
        yield "copy_to", "a file is moved or copied, not both", "keep one of the two"
    target = watch.move_to or watch.copy_to
    if (
        target
        and _is_inside(target, watch.folder)
        and (watch.recursive or target.rstrip("/") == watch.folder.rstrip("/"))
    ):
        yield "move_to" if watch.move_to else "copy_to", "it lies in the watched folder", "name a folder outside of it"
    yield from _texts("patterns", watch.patterns)
    yield from _texts("skip", watch.skip, least=0)
    if not watch.events:
        yield "events", "nothing is told", "name `created`, `changed`, `moved` or `gone`"
    if target and not {FileChange.CREATED, FileChange.CHANGED} & set(watch.events):
        yield "events", "only a file that is created or changed can be placed", "add `created`"
    yield from _between("settle_seconds", watch.settle_seconds, 0, _DAY)


def _is_folder(path: str) -> bool:
    is_plain = path.startswith("/") and len(path) <= 4 * MOST_TEXT and "\0" not in path
    return is_plain and ".." not in path.split("/") and path.strip("/") != ""


def _is_inside(path: str, folder: str) -> bool:
    return f"{path.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")


def _units(watch: UnitWatch) -> Iterator[Problem]:
    yield from _texts("machines", watch.machines, least=0)
    yield from _texts("units", watch.units)


def _journal(watch: JournalWatch) -> Iterator[Problem]:
    yield from _texts("machine", (watch.machine,))
    for field in ("unit", "contains", "matches"):
        yield from _texts(field, (str(getattr(watch, field)) or "-",))
    if watch.unit.startswith("-"):
        yield "unit", "a unit's name does not begin with a dash", "write `nginx.service`"
    if not (watch.unit or watch.contains or watch.matches) and watch.priority in {Priority.INFO, Priority.DEBUG}:
        yield "contains", "every line would count", "say `unit`, `contains`, `matches` or a more serious `priority`"
    yield from _between("every_seconds", watch.every_seconds, 10, _DAY)
    yield from _between("most_at_once", watch.most_at_once, 1, 100)


def _condition(watch: ConditionWatch) -> Iterator[Problem]:
    yield from _texts("machine", (watch.machine,))
    if bool(watch.line) == bool(watch.command):
        yield "line", "it needs either `line` or `command`", "keep one of the two"
    if len(watch.line) > 4 * MOST_TEXT or len(watch.command) > 4 * MOST_TEXT:
        yield "line" if watch.line else "command", "it is too long", f"at most {4 * MOST_TEXT} characters"
    yield from _span(watch.for_)
    yield from _between("every_seconds", watch.every_seconds, 10, _DAY)


def _broker(watch: MqttWatch) -> Iterator[Problem]:
    if not watch.broker or len(watch.broker) > MOST_TEXT or re.search(r"[\s/\x00-\x1f]", watch.broker):
        yield "broker", f"`{visible_line(watch.broker)}` is no name of a host", "write `broker.lan`"
    yield from _between("port", watch.port, 0, 65_535)
    yield from _secret("password", watch.password)
    if watch.password and not watch.user:
        yield "user", "a password needs the name that goes with it", "write `user: ...`"


def _messages(watch: MqttWatch) -> Iterator[Problem]:
    if bool(watch.topics) == bool(watch.entity):
        yield "topics", "it needs either `topics` or `entity`", "keep one of the two"
    for topic in watch.topics:
        if not is_topic(topic):
            yield "topics", f"`{visible_line(topic)}` is no topic", "`+` stands for one part, `#` for all at the end"
    if watch.entity and not _ENTITY.fullmatch(watch.entity):
        yield "entity", f"`{visible_line(watch.entity)}` is no entity", "write `binary_sensor.cellar_leak`"
    if not watch.statestream or not is_topic(watch.statestream) or re.search(r"[+#]", watch.statestream):
        yield "statestream", f"`{visible_line(watch.statestream)}` is no begin of a topic", "write `homeassistant`"
    if watch.for_ and watch.to is None:
        yield "for_", "nothing is said that should last", "write `to: ...` too"
    for field, value in (("from_", watch.from_), ("for_", watch.for_ or None)):
        if value is not None and not watch.entity:
            yield field, f"`{field[:-1]}` is for states, not for messages", "use `entity`"
    yield from _span(watch.for_)


def is_topic(topic: str) -> bool:
    """Tell whether a text is a topic filter of MQTT: `+` alone between slashes, `#` alone and last."""
    parts = topic.split("/")
    is_sized = 0 < len(topic.encode("utf-8", "replace")) <= MOST_TEXT
    return is_sized and all(_TOPIC_PART.fullmatch(part) for part in parts) and "#" not in parts[:-1]


def _consul(watch: ConsulWatch) -> Iterator[Problem]:
    if not re.fullmatch(r"https?://[^\s/?#@]+/?", watch.url) or len(watch.url) > MOST_TEXT:
        yield "url", f"`{visible_line(watch.url)}` is no address of Consul", "write `http://consul.lan:8500`"
    if bool(watch.key) == bool(watch.service):
        yield "key", "it needs either `key` or `service`", "keep one of the two"
    yield from _texts("key" if watch.key else "service", (watch.key or watch.service,))
    if any(part in {"..", "."} for part in watch.key.split("/")):
        yield "key", "a name has no dots for folders", "write the key as `consul kv` takes it"
    yield from _secret("token", watch.token)
    yield from _between("wait_seconds", watch.wait_seconds, 1, 600)


def _texts(field: str, texts: tuple[str, ...], *, least: int = 1) -> Iterator[Problem]:
    if not least <= len(texts) <= 100 or any(not text or len(text) > MOST_TEXT or "\0" in text for text in texts):
        yield field, f"`{field}` does not fit", f"texts of 1 to {MOST_TEXT} characters"


def _between(field: str, value: int, least: int, most: int) -> Iterator[Problem]:
    if not least <= value <= most:
        yield field, f"`{field}` is {value}", f"use {least} to {most}"


def why_let(watch: object) -> str:
    """Say what following it does beyond looking, which a person must have let it do; empty for nothing."""
    match watch:
        case MqttWatch(password=secret, broker=place) | ConsulWatch(token=secret, url=place) if secret:
            return f"it hands {visible_line(secret)} to {visible_line(place)}"
        case FileWatch() if watch.move_to or watch.copy_to:
            return f"it {_placing(watch)}"
        case _:
            return ""


def _secret(field: str, value: str) -> Iterator[Problem]:
    if value and referenced(value) is None:
        yield (
            field,
            f"`{field}` must be the name of a secret",
            "write `secret://NAME`, and run `steward secrets set NAME`",
        )


def _span(text: str) -> Iterator[Problem]:
    if text and (span_of(text) is None or seconds_of(text) > 7 * _DAY):
        yield "for_", f"`{visible_line(text)}` is no span of time up to a week", "write `90s`, `5m` or `1h30m`"
