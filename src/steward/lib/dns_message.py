"""As much of a DNS message (RFC 1035) as multicast DNS needs: ask for pointers, read what comes back."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

A, PTR, AAAA, SRV = 1, 12, 28, 33
"""Types of records that are read."""
_INTERNET = 1
_ANSWER_ALONE = 0x8000
"""In the class of a question: answer to whoever asks and not to everybody (RFC 6762, 5.4)."""
_IS_ANSWER = 0x8000
_HEAD = struct.Struct("!6H")
_QUESTION = struct.Struct("!2H")
_RECORD = struct.Struct("!2HIH")
_SERVICE = struct.Struct("!3H")
_POINTER = 0xC0
_LONGEST_LABEL = 63
_LONGEST_NAME = 255
_MOST_RECORDS = 200


class NoMessage(ValueError):
    """The bytes are no DNS message."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One record of an answer."""

    type: int
    """Type: `PTR`, `SRV`, `A` or `AAAA`."""
    name: str
    """Name it is about, without the last dot; any text at all."""
    value: str
    """Name or address; the host of a service."""
    port: int = 0
    """Port of a service."""


def question(names: Sequence[str]) -> bytes:
    """Write a message that asks for the pointers of these names, to be answered to whoever asks."""
    body = b"".join(_written(name) + _QUESTION.pack(PTR, _INTERNET | _ANSWER_ALONE) for name in names)
    return _HEAD.pack(0, 0, len(names), 0, 0, 0) + body


def answers(message: bytes) -> tuple[Answer, ...]:
    """Return the records of an answer that are of a known type; of a question none.

    Raises:
        NoMessage: it is cut short, or goes in circles.
    """
    try:
        return _answers(message)
    except (struct.error, IndexError, ValueError) as error:
        raise NoMessage(str(error)) from error


def _answers(message: bytes) -> tuple[Answer, ...]:
    _, flags, questions, *counts = _HEAD.unpack_from(message)
    if not flags & _IS_ANSWER:
        return ()
    place = _HEAD.size
    for _ in range(min(questions, _MOST_RECORDS)):
        _, place = _name(message, place)
        place += _QUESTION.size
    found: list[Answer] = []
    for _ in range(min(sum(counts), _MOST_RECORDS)):
        name, place = _name(message, place)
        kind, _, _, length = _RECORD.unpack_from(message, place)
        place += _RECORD.size
        if place + length > len(message):
            msg = "a record is cut short"
            raise NoMessage(msg)
        answer = _answer(message, place, length, kind=kind, name=name)
        found += [answer] if answer else []
        place += length
    return tuple(found)


def _answer(message: bytes, place: int, length: int, *, kind: int, name: str) -> Answer | None:
    if kind == PTR:
        return Answer(type=kind, name=name, value=_name(message, place)[0])
    if kind == SRV:
        _, _, port = _SERVICE.unpack_from(message, place)
        return Answer(type=kind, name=name, value=_name(message, place + _SERVICE.size)[0], port=port)
    if kind == A and length == 4:
        return Answer(type=kind, name=name, value=str(IPv4Address(message[place : place + length])))
    if kind == AAAA and length == 16:
        return Answer(type=kind, name=name, value=str(IPv6Address(message[place : place + length])))
    return None


def _name(message: bytes, place: int) -> tuple[str, int]:
    """Read a name and return where reading goes on; a pointer may only lead backwards, so it ends."""
    labels: list[str] = []
    after, earliest, total = 0, place, 0
    while length := message[place]:
        if length & _POINTER == _POINTER:
            target = (length & ~_POINTER) << 8 | message[place + 1]
            after = after or place + 2
            if target >= earliest:
                msg = "a name points forward"
                raise NoMessage(msg)
            place = earliest = target
            continue
        label = message[place + 1 : place + 1 + length]
        total += length + 1
        if length > _LONGEST_LABEL or len(label) < length or total > _LONGEST_NAME:
            msg = "a name is too long"
            raise NoMessage(msg)
        labels.append(label.decode("utf-8", "replace").replace(".", "\\."))
        place += 1 + length
    return ".".join(labels), after or place + 1


def _written(name: str) -> bytes:
    labels = [label.encode() for label in name.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
