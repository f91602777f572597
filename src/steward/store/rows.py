"""Records to rows and back: a field lives in the column of its name, else in the JSON column `body`."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from steward.lib.codec import CodecError, decode, encode
from steward.model.errors import Bug

T = TypeVar("T")


def to_row(record: object, table: sa.Table) -> dict[str, Any]:
    """Return the values of a row that hold the whole record, each field in exactly one place."""
    plain: dict[str, Any] = encode(record)
    row = {name: _value(record, name, plain) for name in plain if name in table.c}
    if "body" in table.c:
        row["body"] = {name: value for name, value in plain.items() if name not in table.c}
    return row


def from_row(kind: type[T], row: sa.Row[Any]) -> T:
    """Put a record together from its row; columns the record does not know are left out."""
    columns: dict[str, Any] = dict(row._mapping)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - public in SQLAlchemy
    known = {field.name for field in fields(kind)}  # pyright: ignore[reportArgumentType]
    body: dict[str, Any] = columns.get("body") or {}
    try:
        return decode(kind, body | {name: value for name, value in columns.items() if name in known})
    except CodecError as error:
        next_step = "report it, with the version the row was written by"
        raise Bug(f"a stored {kind.__name__} cannot be read", why=str(error), next_step=next_step) from error


def _value(record: object, name: str, plain: dict[str, Any]) -> Any:
    """A time stays a time for its column; everything else is the plain value (an enum's word, not the enum)."""
    value = getattr(record, name)
    return value if isinstance(value, datetime) else plain[name]
