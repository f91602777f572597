"""What every table is made of: one metadata object and the column types that read the same on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()
"""Every table of the store; `migrations` writes the same tables out, and a test compares the two."""

KEY = sa.Text()
"""An id, a name or a word of an enumeration: text that Steward made itself."""

REAL: sa.Double[float] = sa.Double()
"""A number of seconds; read back as the very float that was written."""

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A whole number; SQLite counts up only a column that is called INTEGER."""


class Moment(sa.types.TypeDecorator[datetime]):
    """A point in time. Always UTC: SQLite would drop the zone, Postgres would give the session's."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Write a time that knows its zone; one that does not is our mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"a time without a zone cannot be stored: {value}"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Read it as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON values, and any text that came from outside, as escaped ASCII.

    Postgres's own JSON types change numbers and both databases refuse or mangle NUL and lone surrogates; written
    like this a value comes back exactly as it was. None is the JSON `null`, so the column itself is never null.
    """

    impl = sa.Text()
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """Write it as one line of ASCII."""
        return json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """Read it back."""
        return None if value is None else json.loads(value)


def sequence_column() -> sa.Column[int]:
    """Return the primary key of a table whose rows are numbered in the order in which they were written."""
    return sa.Column("seq", NUMBER, primary_key=True, autoincrement=True)


def reference(column: str) -> sa.ForeignKey:
    """Return a reference that is checked at the commit, so that the order of writing within it is free."""
    return sa.ForeignKey(column, deferrable=True, initially="DEFERRED")
