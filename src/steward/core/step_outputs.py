"""Typed values taken from what a step printed; what does not fit its type is no value. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, cast

from steward.lib.json_read import read_json
from steward.lib.pattern import Pattern
from steward.model.flow import Output, OutputKind

_LONGEST = 4_096
_READ = 65_536
_INDEX = re.compile(r"[0-9]{1,6}")
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def taken(outputs: Sequence[Output], printed: str) -> dict[str, Any]:
    """Return each value by its name.

    Raises:
        ValueError: one is not there or is of another type; the text says which.
    """
    return {output.name: _typed(output, _found(output, printed[:_READ])) for output in outputs}


def _found(output: Output, printed: str) -> Any:
    if output.pointer:
        return _pointed(output, printed)
    if not output.pattern:
        return printed.strip()
    found = Pattern(output.pattern).first(printed)
    if found is None:
        raise _bad(output, "nothing it printed fits the pattern")
    return found


def _pointed(output: Output, printed: str) -> Any:
    try:
        value: Any = read_json(printed)
    except ValueError as error:
        raise _bad(output, "what it printed is no JSON") from error
    for part in output.pointer.split("/")[1:]:  # RFC 6901
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = cast("dict[str, Any]", value)[key]
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(key)]
        else:
            raise _bad(output, f"{output.pointer} is not there")
    return value


def _typed(output: Output, value: Any) -> Any:
    text = str(value).strip().lower() if isinstance(value, bool) else str(value).strip()
    if isinstance(value, dict | list) or value is None or len(text) > _LONGEST:
        raise _bad(output, "it is no single short value")
    if output.kind is OutputKind.TEXT:
        return text
    if output.kind is OutputKind.BOOLEAN:
        if text.lower() not in _WORDS:
            raise _bad(output, f"`{text[:60]}` is neither true nor false")
        return _WORDS[text.lower()]
    try:
        number = int(text) if output.kind is OutputKind.INTEGER else float(text)
    except ValueError:
        number = math.nan
    if isinstance(number, float) and not math.isfinite(number):
        raise _bad(output, f"`{text[:60]}` is no {output.kind.value}")
    return number


def _bad(output: Output, why: str) -> ValueError:
    return ValueError(f"its output `{output.name}` cannot be taken: {why}")
