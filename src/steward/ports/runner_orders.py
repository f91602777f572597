"""Write the executor port's nouns down in the language of `lib/runner.py`."""

from __future__ import annotations

import hashlib
import re

from steward.lib.runner import Job, Look, NewFile, Source, order_program
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Reading
from steward.ports.executor import Order

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,127}\Z")
_PLAIN_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_LARGEST_PROGRAM = 8 * 1024 * 1024


def look_of(reading: Reading) -> Look:
    """Return a reading as the machine runs it."""
    return Look(
        argv=reading.argv,
        timeout_seconds=reading.timeout_seconds,
        output_limit=reading.output_limit,
        needs_root=reading.needs_root,
    )


def program_of(text: Source, nonce: str, order: Order, *, after: int, is_streamed: bool) -> bytes:
    """Return the program that carries an order out.

    Raises:
        InvalidInput: the order cannot be carried out by any machine.
    """
    if not order.argv or not order.argv[0] or order.argv[0].startswith("-"):
        raise InvalidInput("an order needs a program", where=order.key)
    if not all(file.destination.startswith("/") for file in order.files):
        raise InvalidInput("a file needs an absolute path", where=order.key)
    job = _job(order)
    try:
        program = order_program(text, nonce, job, after=after, is_streamed=is_streamed)
    except ValueError as error:
        raise InvalidInput("the order cannot be written down", where=order.key, why=str(error)) from error
    if len(program) > _LARGEST_PROGRAM:
        raise InvalidInput("the order is too large", where=order.key, why=f"{len(program)} bytes with its files")
    return program


def checked_key(key: str) -> str:
    """Return an idempotency key that can be the name of a folder.

    Raises:
        InvalidInput: it cannot.
    """
    if not _KEY.match(key):
        raise InvalidInput("an idempotency key has lower case letters, digits and dashes only", why=visible_line(key))
    return key


def plain_id(control_plane: str) -> str:
    """Return the id, or a digest of one that cannot be part of a file name."""
    if _PLAIN_ID.match(control_plane):
        return control_plane
    return hashlib.sha256(control_plane.encode()).hexdigest()[:32]


def _job(order: Order) -> Job:
    return Job(
        key=checked_key(order.key),
        argv=order.argv,
        cwd=order.cwd,
        environment=order.environment,
        stdin=order.stdin,
        files=tuple(
            NewFile(destination=file.destination, mode=file.mode, owner=file.owner, content=file.content)
            for file in order.files
        ),
        timeout_seconds=order.timeout_seconds,
        output_limit=order.output_limit,
        control_plane=plain_id(order.fence.control_plane),
        epoch=order.fence.epoch,
    )
