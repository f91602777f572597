"""Bytes that a plan names by their hash: files to write, standard input."""

from __future__ import annotations

import sqlalchemy as sa

from steward.lib.canonical import content_hash
from steward.model.errors import NeedsPerson
from steward.store.database import Connection
from steward.store.schema import KEY, METADATA

BLOBS = sa.Table(
    "blobs",
    METADATA,
    sa.Column("hash", KEY, primary_key=True),
    sa.Column("data", sa.LargeBinary(), nullable=False),
)


def put(connection: Connection, data: bytes) -> str:
    """Store bytes and return their SHA-256; the same bytes are stored once."""
    name = content_hash(data)
    if connection.execute(sa.select(BLOBS.c.hash).where(BLOBS.c.hash == name)).first() is None:
        connection.execute(sa.insert(BLOBS).values(hash=name, data=data))
    return name


def get(connection: Connection, name: str) -> bytes:
    """Return the bytes of this hash, computed again: approved bytes are the only ones that may be used.

    Raises:
        NeedsPerson: they are not there or are not the same any more.
    """
    data = connection.execute(sa.select(BLOBS.c.data).where(BLOBS.c.hash == name)).scalar_one_or_none()
    if data is None or content_hash(bytes(data)) != name:
        why = "they are gone" if data is None else "they are not what was approved"
        raise NeedsPerson(f"approved bytes {name[:8]} cannot be used", why=why, next_step="`steward audit verify`")
    return bytes(data)
