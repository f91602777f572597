"""What a request gives: a JSON body or a query, as the plain input of a command; nothing is guessed."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterable
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from starlette.exceptions import HTTPException
from starlette.requests import Request

from steward.core.catalogue import AnySpec
from steward.lib.codec import CodecError, Json, decode_strictly
from steward.lib.json_read import finite, refuse_constant
from steward.model.errors import InvalidInput
from steward.model.operation import AnyOperation

DRY_RUN = "dry_run"
_JSON = "application/json"
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_SWITCH = {"true": True, "false": False}
_PLAIN = (str, int, bool)


async def body_of(request: Request) -> dict[str, Any]:
    """Return the object a request carries; no body is an empty one.

    Raises:
        InvalidInput: it is no JSON object.
        HTTPException: it says that it is something else.
    """
    raw = await request.body()
    kind = request.headers.get("content-type", "")
    if raw and kind.partition(";")[0].strip().lower() != _JSON:
        raise HTTPException(415, f"send the input as `Content-Type: {_JSON}`")
    try:
        value: Any = _read(raw.decode("utf-8")) if raw else {}
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # refuses halves of characters
    except RecursionError:
        raise InvalidInput("the body is nested too deep") from None
    except ValueError as error:
        raise InvalidInput("the body is no JSON that can be read", why=_told(error)) from error
    if not isinstance(value, dict):
        raise InvalidInput("the body must be a JSON object", next_step='send `{"field": value}`')
    return cast("dict[str, Any]", value)


def query_of(request: Request, hints: dict[str, Any]) -> dict[str, Any]:
    """Return the query of a request as input; `hints` gives the type of each field.

    Raises:
        InvalidInput: a value does not fit its field, or a field comes twice.
    """
    given: dict[str, Any] = {}
    for name in dict.fromkeys(request.query_params.keys()):
        values = request.query_params.getlist(name)
        hint = hints.get(name, str)
        if is_list(hint):
            given[name] = [_typed(name, get_args(hint)[0], value) for value in values]
        elif len(values) == 1:
            given[name] = _typed(name, hint, values[0])
        else:
            raise InvalidInput(f"`{name}` comes {len(values)} times")
    return given


def is_dry_run(request: Request) -> bool:
    """Tell whether only a preview is wanted; the query of a POST may say nothing else.

    Raises:
        InvalidInput: it does.
    """
    others = [name for name in request.query_params if name != DRY_RUN]
    if others:
        step = "send the input in the body"
        raise InvalidInput(f"unknown query parameter `{others[0][:60]}`", next_step=step)
    said = request.query_params.getlist(DRY_RUN)
    if not said:
        return False
    if len(said) > 1 or said[0] not in _SWITCH:
        raise InvalidInput(f"`{DRY_RUN}` must be `true` or `false`")
    return _SWITCH[said[0]]


def refuse_loose(entry: AnySpec | AnyOperation, given: dict[str, Any]) -> None:
    """Refuse values that only look like what a field takes: the text "5" is no number, 1 is no yes.

    Raises:
        InvalidInput: naming every field that does not fit.
    """
    try:
        decode_strictly(entry.input, given)
    except CodecError as error:
        raise InvalidInput(f"the input of `{entry.name}` does not fit", why=str(error)) from error


def hints_of(kind: type[Any]) -> dict[str, Any]:
    """Return the type of each field of a record, without `None`."""
    return {name: _without_none(hint) for name, hint in get_type_hints(kind).items()}


def fits_query(hints: dict[str, Any]) -> bool:
    """Tell whether every field can be written in a query."""
    return all(_is_plain(get_args(hint)[0] if is_list(hint) else hint) for hint in hints.values())


def is_list(hint: Any) -> bool:
    """Tell whether a field takes several values."""
    return get_origin(hint) in {tuple, list}


def _is_plain(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, _PLAIN)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint
    kept = [part for part in get_args(hint) if part is not type(None)]
    return kept[0] if len(kept) == 1 else hint


def _typed(name: str, hint: Any, text: str) -> str | int | bool:
    if hint is bool:
        if text not in _SWITCH:
            raise InvalidInput(f"`{name}` must be `true` or `false`")
        return _SWITCH[text]
    if hint is int:
        if not _WHOLE.fullmatch(text):
            raise InvalidInput(f"`{name}` must be a whole number")
        return int(text)
    return text


def _once(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            msg = "a name comes twice in one object"
            raise ValueError(msg)
        found[name] = value
    return found


def _read(text: str) -> Any:
    return json.loads(text, parse_constant=refuse_constant, parse_float=finite, object_pairs_hook=_once)


def _told(error: ValueError) -> str:
    """Say where reading stopped, without repeating what was read."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is not UTF-8" if isinstance(error, UnicodeError) else str(error)[:200]
