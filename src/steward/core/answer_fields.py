"""Answers: what a person said, checked against what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from steward.lib.text import nearest
from steward.model.errors import InvalidInput
from steward.model.hold import AnswerField, AnswerKind

_YES = frozenset({"yes", "true", "on", "1", "ja"})
_NO = frozenset({"no", "false", "off", "0", "nein", ""})
_LONGEST = 4_000


def checked_answer(fields: Sequence[AnswerField], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the typed answer; texts from a form or a terminal are read as what each field is.

    Raises:
        InvalidInput: with every field that does not fit.
    """
    known = {field.name: field for field in fields}
    problems = [_unknown(name, known) for name in given if name not in known]
    answer: dict[str, Any] = {}
    for field in fields:
        value = given.get(field.name)
        if value is None or (value == "" and field.kind is not AnswerKind.BOOLEAN):
            problems += [f"`{field.name}` must be answered"] if field.is_required else []
            continue
        try:
            answer[field.name] = _typed(field, value)
        except ValueError as error:
            problems.append(f"`{field.name}` {error}")
    if problems:
        raise InvalidInput("the answer does not fit", why="; ".join(problems), next_step="answer each field anew")
    return answer


def _unknown(name: str, known: Mapping[str, AnswerField]) -> str:
    near = nearest(name, known)
    return f"`{name}` was not asked" + (f", did you mean `{near}`?" if near else "")


def _typed(field: AnswerField, value: Any) -> Any:
    if field.kind is AnswerKind.BOOLEAN:
        return _boolean(value)
    if field.kind in {AnswerKind.INTEGER, AnswerKind.NUMBER}:
        return _within(field, _number(value, is_whole=field.kind is AnswerKind.INTEGER))
    text = str(value)
    if field.kind is AnswerKind.CHOICE and text not in field.choices:
        msg = f"must be one of {', '.join(field.choices)}"
        raise ValueError(msg)
    longest = int(field.most) if field.most is not None and field.kind is AnswerKind.TEXT else _LONGEST
    if len(text) > longest:
        msg = f"has more than {longest} characters"
        raise ValueError(msg)
    return text


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        msg = "must be yes or no"
        raise ValueError(msg)
    return word in _YES


def _number(value: Any, *, is_whole: bool) -> int | float:
    msg = f"must be a {'whole ' if is_whole else ''}number"
    text = "" if isinstance(value, bool) else str(value).strip()
    try:
        return int(text) if is_whole else float(text)
    except ValueError:
        raise ValueError(msg) from None


def _within(field: AnswerField, number: float) -> float:
    if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - the one way to tell NaN in place
        msg = "must be a number"
        raise ValueError(msg)
    if field.least is not None and number < field.least:
        msg = f"must be at least {field.least:g}"
        raise ValueError(msg)
    if field.most is not None and number > field.most:
        msg = f"must be at most {field.most:g}"
        raise ValueError(msg)
    return number
