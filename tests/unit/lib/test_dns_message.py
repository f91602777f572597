"""Messages of multicast DNS."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steward.lib.dns_message import AAAA, PTR, SRV, A, Answer, NoMessage, answers, question

HEAD = struct.Struct("!6H")


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label for label in text.encode().split(b".")) + b"\0"


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!2HIH", kind, 1, 120, len(data)) + data


def message(*records: bytes, flags: int = 0x8400) -> bytes:
    return HEAD.pack(0, flags, 0, len(records), 0, 0) + b"".join(records)


def test_a_question_asks_for_pointers_to_be_sent_to_whoever_asks():
    asked = question(("_ssh._tcp.local",))
    assert asked == HEAD.pack(0, 0, 1, 0, 0, 0) + b"\x04_ssh\x04_tcp\x05local\0" + struct.pack("!2H", 12, 0x8001)


def test_every_known_record_is_read_and_others_are_passed_over():
    said = message(
        record(name("_ssh._tcp.local"), PTR, name("nas._ssh._tcp.local")),
        record(name("nas._ssh._tcp.local"), 16, b"\x03a=b"),
        record(name("nas._ssh._tcp.local"), SRV, struct.pack("!3H", 0, 0, 2222) + name("nas.local")),
        record(name("nas.local"), A, bytes([10, 0, 0, 2])),
        record(name("nas.local"), AAAA, bytes(15) + b"\x01"),
    )
    assert answers(said) == (
        Answer(type=PTR, name="_ssh._tcp.local", value="nas._ssh._tcp.local"),
        Answer(type=SRV, name="nas._ssh._tcp.local", value="nas.local", port=2222),
        Answer(type=A, name="nas.local", value="10.0.0.2"),
        Answer(type=AAAA, name="nas.local", value="::1"),
    )


def test_a_name_may_go_on_at_an_earlier_one():
    first = record(name("nas.local"), A, bytes([10, 0, 0, 2]))
    second = record(b"\x03web" + struct.pack("!H", 0xC000 | HEAD.size), A, bytes([10, 0, 0, 3]))
    assert [each.name for each in answers(message(first, second))] == ["nas.local", "web.nas.local"]


def test_a_dot_within_a_label_is_told_from_one_between_labels():
    (found,) = answers(message(record(b"\x05a.b c\x05local\0", A, bytes(4))))
    assert found.name == "a\\.b c.local"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\0" * 5,
        message(record(struct.pack("!H", 0xC000 | HEAD.size), A, bytes(4))),
        message(record(struct.pack("!H", 0xC000 | 400), A, bytes(4))),
        message(record(name("nas.local"), A, bytes(4)))[:-2],
        message(record(b"\x3f" + b"a" * 63 + (b"\x3f" + b"a" * 63) * 4 + b"\0", A, bytes(4))),
    ],
    ids=["nothing", "short", "points at itself", "points forward", "cut", "long name"],
)
def test_a_message_that_is_broken_is_none(broken):
    with pytest.raises(NoMessage):
        answers(broken)


def test_a_question_holds_no_answers():
    assert answers(question(("_ssh._tcp.local",))) == ()


@given(st.binary(max_size=200))
@example(HEAD.pack(0, 0x8400, 0, 65535, 65535, 65535))
def test_any_bytes_are_a_message_or_none(data):
    try:
        answers(HEAD.pack(0, 0x8400, 0, 3, 0, 0) + data)
        answers(data)
    except NoMessage:
        pass
