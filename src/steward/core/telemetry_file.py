"""Read `telemetry.yaml`: every problem at once, with its line and what to do."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from steward.core.sources import Source
from steward.lib.text import visible_line
from steward.model.secret import SCHEME as SECRET
from steward.model.secret import referenced
from steward.model.telemetry import MOST_DAYS, TELEMETRY_FILE, TelemetryFile, TelemetrySource

NO_SOURCES = "sources: []\n"
"""What a missing file means."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}")
_MOST_SOURCES = 8


def parse_telemetry(text: str, *, file: str = TELEMETRY_FILE) -> TelemetryFile:
    """Read the text of the file.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    source = Source(text, file=file)
    decoded = source.entries("sources", TelemetrySource)
    if len(decoded) > _MOST_SOURCES:
        source.note(("sources",), f"there are more than {_MOST_SOURCES} sources")
    for index, one in enumerate(decoded):
        if one is not None:
            _check(source, index, one)
    source.refuse_shared("sources", decoded, ("name",), "source")
    source.end()
    return TelemetryFile(sources=tuple(one for one in decoded if one is not None))


def _check(source: Source, index: int, one: TelemetrySource) -> None:
    at = ("sources", index)
    if not _NAME.fullmatch(one.name):
        step = "use at most 32 lower-case letters, digits and dashes, beginning with a letter or digit"
        source.note((*at, "name"), f"`{visible_line(one.name)}` cannot be a name", next_step=step)
    _check_address(source, index, one)
    _check_secret(source, index, one)
    for place, label in [((*at, "label"), one.label), *(((*at, "match", key), key) for key in one.match or {})]:
        if not _LABEL.fullmatch(label):
            source.note(
                place, f"`{visible_line(label)}` cannot be a label", next_step="use letters, digits, underscore"
            )
    if not 0 <= one.days <= MOST_DAYS:
        source.note((*at, "days"), f"`days` must be a number from 0 to {MOST_DAYS}")


def _check_address(source: Source, index: int, one: TelemetrySource) -> None:
    at = ("sources", index, "url")
    parts = _split(one.url)
    if parts is None or parts[0] not in {"http", "https"} or not parts[1] or re.search(r"[\s\x00-\x1f\x7f]", one.url):
        source.note(at, "`url` must be an address such as `https://prometheus.lan:9090`")
    elif "@" in parts[1]:
        step = f"write `user: NAME` and `secret: {SECRET}NAME`"
        source.note(at, "`url` holds a user or a password", why="this file is kept in git", next_step=step)
    elif "?" in one.url or "#" in one.url:
        source.note(at, "`url` ends before `?` and `#`")
    elif one.secret and parts[0] == "http" and not _is_here(parts[1]):
        step = "use https, or an address of this machine with a tunnel behind it"
        source.note(at, "the secret would be sent unencrypted", why="`url` begins with http", next_step=step)


def _split(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is none raises only now
    except ValueError:
        return None
    return parts.scheme, parts.netloc


def _is_here(place: str) -> bool:
    host = urlsplit(f"//{place}").hostname or ""
    return host in {"localhost", "::1"} or re.fullmatch(r"127\.\d+\.\d+\.\d+", host) is not None


def _check_secret(source: Source, index: int, one: TelemetrySource) -> None:
    at = ("sources", index)
    if one.secret and referenced(one.secret) is None:
        step = f"write `{SECRET}NAME` and run `steward secrets set NAME`; the value never stands in this file"
        source.note((*at, "secret"), "`secret` must be the name of a secret", next_step=step)
    if one.user and not one.secret:
        step = f"write `secret: {SECRET}NAME` and run `steward secrets set NAME`"
        source.note((*at, "user"), f"the user `{visible_line(one.user)}` has no password", next_step=step, at_key=True)
    if ":" in one.user:
        source.note((*at, "user"), "`user` may not hold a colon")
