"""Templates to HTML: everything is escaped, nothing invisible passes, and no template computes more than it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from steward.lib.shell import join
from steward.lib.text import lasting, size, visible
from steward.lib.tones import ICONS
from steward.surfaces.web.moments import Moments
from steward.surfaces.web.printed import colored
from steward.surfaces.web.rooms import Room
from steward.surfaces.web.sentences import Sentences
from steward.surfaces.web.sparks import spark_path, spark_range
from steward.surfaces.web.static_files import StaticFiles
from steward.surfaces.web.texts import ENGLISH, LANGUAGES, Texts
from steward.surfaces.web.words import answer_of, tone_of

FOLDER = Path(__file__).parent / "templates"
_SHORT = 8
_UNITS = {"percent": "%", "celsius": "°C", "seconds": "s"}


def environments(*, now: Callable[[], datetime], static: StaticFiles, version: str) -> Mapping[str, Environment]:
    """Return the templates of each language."""
    return {code: environment(now=now, static=static, version=version, language=code) for code in LANGUAGES}


def environment(
    *, now: Callable[[], datetime], static: StaticFiles, version: str, language: str = ENGLISH
) -> Environment:
    """Return the templates of one language with everything they may call."""
    texts = Texts(language)
    moments = Moments(now=now, texts=texts)
    words = Sentences(texts)
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: dict[str, Any] = {
        "t": texts,
        "language": texts.language,
        "languages": LANGUAGES,
        "icons": ICONS,
        "tone_of": tone_of,
        "answer_of": answer_of,
        "ago": moments.ago,
        "left": moments.left,
        "exact": moments.exact,
        "clock": moments.clock,
        "took": moments.took,
        "static": static.address,
        "version": version,
        "spark_path": spark_path,
        "spark_range": spark_range,
    }
    cast("dict[str, Any]", made.globals).update(known)
    filters: dict[str, Any] = {
        "argv": join,
        "size": words.size,
        "short": _short,
        "word": _word,
        "keyed": _keyed,
        "holding": _holding,
        "prose": words.prose,
        "said": words.said,
        "colored": colored,
        "number": _number,
        "lasting": lasting,
    }
    cast("dict[str, Any]", made.filters).update(filters)
    return made


def _shown(value: Any) -> Any:
    """Write out every character of a text that a reader could not see; None is nothing."""
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _short(fingerprint: str) -> str:
    return fingerprint[:_SHORT]


def _word(state: str) -> str:
    return state.replace("_", " ")


def _number(value: float | None, unit: str) -> str:
    """Write a number with its unit."""
    if value is None:
        return "-"
    if unit == "bytes":
        return size(value)
    if unit == "up":
        return f"{value * 100:.0f} %"
    return f"{value:.4g} {_UNITS.get(unit, '')}".strip()


def _keyed(items: Sequence[dict[str, Any]], key: str, value: str = "") -> dict[str, Any]:
    """Return items, or one value of each, by a key; a dotted key looks inside."""
    return {_inside(item, key): _inside(item, value) if value else item for item in items}


def _holding(rooms: Sequence[Room], path: str) -> bool:
    """Tell whether an address belongs to one of these rooms."""
    return any(room.holds(path) for room in rooms)


def _inside(item: Any, path: str) -> Any:
    for part in path.split("."):
        item = item[part]
    return item
