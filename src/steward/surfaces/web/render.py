"""Templates to HTML: everything is escaped, nothing invisible passes, and no template computes more than it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from steward.lib.shell import join
from steward.lib.text import size, visible
from steward.lib.tones import ICONS
from steward.surfaces.web.moments import Moments
from steward.surfaces.web.static_files import StaticFiles
from steward.surfaces.web.texts import Texts
from steward.surfaces.web.words import answer_of, tone_of

FOLDER = Path(__file__).parent / "templates"
_SHORT = 8
_CODE = Markup("<code>{}</code>")
_WORD = re.compile(r"[a-z]+\b(?![-./:])")


def environment(*, now: Callable[[], datetime], static: StaticFiles, version: str) -> Environment:
    """Return the templates with everything they may call."""
    texts = Texts()
    moments = Moments(now=now, texts=texts)
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
    }
    cast("dict[str, Any]", made.globals).update(known)
    filters: dict[str, Any] = {
        "argv": join,
        "size": size,
        "short": _short,
        "word": _word,
        "keyed": _keyed,
        "prose": _prose,
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


def _prose(text: str) -> Markup:
    """Return a sentence that Steward says elsewhere too: begun with a capital, what stands in backticks as code."""
    parts = visible(text).split("`")
    if _WORD.match(parts[0]):
        parts[0] = parts[0][0].upper() + parts[0][1:]
    if len(parts) % 2 == 0:
        return escape("`".join(parts))
    return Markup().join(_CODE.format(part) if number % 2 else escape(part) for number, part in enumerate(parts))


def _keyed(items: Sequence[dict[str, Any]], key: str, value: str = "") -> dict[str, Any]:
    """Return items, or one value of each, by a key; a dotted key looks inside."""
    return {_inside(item, key): _inside(item, value) if value else item for item in items}


def _inside(item: Any, path: str) -> Any:
    for part in path.split("."):
        item = item[part]
    return item
