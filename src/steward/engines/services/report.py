"""Write what a repository declares as one plain object, in one fixed order, with nothing secret in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from steward.engines.services.backups import is_covered
from steward.knowhow.declared.templates import CLOSE, OPEN
from steward.lib.codec import Json
from steward.lib.detect import find
from steward.lib.detect.tokens import KINDS as TOKENS
from steward.lib.text import visible_line
from steward.model.declared import Declaration, DeclaredVolume, Unreadable

T = TypeVar("T")

_NEVER = frozenset({"private-key", "url-password", *TOKENS})
"""What is a secret by its form, wherever it stands: the last net, below every reader's own care."""
LISTS = {
    "machines": "`name`, `kind` (`ansible`, `nixos`, `proxmox-vm`, `talos`, ...), `address` or null",
    "services": "`name`, `machine` or null, `kind` (`compose`, `helm-release`, `nix`, ...), `image` or null",
    "images": "`image`, `service` or null, `pinned`: `digest`, `tag`, `latest`, `none`, or `unknown`",
    "ports": "`port`, `last_port` (of a range), `protocol`, `address` or null for all, `service`, `machine` or null",
    "volumes": "`name`, `kind`, `target`, `service`, `machine`, `backed_up`: null for what needs no backup",
    "secrets": "`name`, `kind`, `service` or null, `encrypted`: whether the value stands here, encrypted",
    "dependencies": "`service`, `on`, `kind` (`depends-on`, `network`, `environment`, `proxy`, `flux`, ...)",
    "problems": "`kind`, `message`, `severity`: `error`, `warning` or `note`",
    "unreadable": "`reason`",
}
"""What the object holds: fields of each list, without `file` and `line`, which all have."""
_LONGEST_NAME = 500


def report(found: Declaration, unreadable: Iterable[Unreadable]) -> dict[str, Json]:
    """Return the object `steward import --json` prints."""
    found = replace(found, unreadable=(*found.unreadable, *unreadable))
    told: dict[str, Json] = {
        "machines": _rows(found.machines, lambda each: _fields(each, "name", "kind", address=each.address or None)),
        "services": _rows(found.services, lambda each: _fields(each, "name", "machine", "kind", "image")),
        "images": _rows(found.images, lambda each: _fields(each, "image", "pinned", service=each.service or None)),
        "ports": _rows(
            found.ports,
            lambda each: _fields(
                each, "port", "last_port", "protocol", "service", "machine", address=each.address or None
            ),
        ),
        "volumes": _rows(found.volumes, lambda each: _volume(each, found)),
        "secrets": _rows(
            found.secrets,
            lambda each: _fields(each, "name", "kind", service=each.service or None, encrypted=each.is_encrypted),
        ),
        "dependencies": _rows(found.dependencies, lambda each: _fields(each, "service", "on", "kind")),
        "problems": _rows(found.problems, lambda each: _fields(each, "kind", "message", severity=each.severity.value)),
        "unreadable": _rows(found.unreadable, lambda each: _fields(each, "reason")),
    }
    return _without_secrets(told)


def _volume(each: DeclaredVolume, found: Declaration) -> dict[str, Json]:
    backed_up = is_covered(each, found.covers) if each.holds_data else None
    return _fields(
        each,
        "name",
        "kind",
        "machine",
        target=each.target or None,
        service=each.service or None,
        backed_up=backed_up,
    )


def _fields(each: Any, *names: str, **more: Json) -> dict[str, Json]:
    row: dict[str, Json] = {name: getattr(each, name) for name in names} | more
    return {**row, "file": each.file, "line": each.line}


def _rows(items: Sequence[T], write: Callable[[T], dict[str, Json]]) -> Json:
    """Write items in the order of files and lines, each once."""
    rows = {tuple((key, _plain(value)) for key, value in write(item).items()) for item in items}
    ordered = sorted((dict(row) for row in rows), key=_order)
    return [dict(row) for row in ordered]


def _order(row: dict[str, Any]) -> tuple[str, int, str]:
    return str(row["file"]), int(row["line"]), repr(sorted((key, str(value)) for key, value in row.items()))


def _plain(value: Any) -> Any:
    """Make a text one that can be shown: on one line, nothing invisible, not endless."""
    if not isinstance(value, str):
        return value
    written = value.replace(OPEN, "{{").replace(CLOSE, "}}")
    shown = visible_line(written.encode("utf-8", "backslashreplace").decode())
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


def _without_secrets(told: dict[str, Json]) -> dict[str, Json]:
    """Mask what is a secret by its form, should a name, a path or an address hold one."""
    texts = sorted({text for rows in told.values() for text in _texts(rows)})
    whole = "\n".join(texts)
    spans = [(span.start, span.end, span.kind) for span in find(whole) if span.kind in _NEVER]
    secrets = {whole[start:end]: f"\u2039secret:{kind}\u203a" for start, end, kind in spans}
    return {name: _masked(rows, secrets) for name, rows in told.items()} if secrets else told


def _texts(value: Json) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _masked(value: Json, secrets: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _masked(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, secrets) for each in value]
    if isinstance(value, str):
        for secret, mask in secrets.items():
            value = value.replace(secret, mask)
    return value
