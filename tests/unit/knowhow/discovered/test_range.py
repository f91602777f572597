"""Greetings of SSH servers."""

from __future__ import annotations

from steward.knowhow.discovered.range import parse
from steward.model.discovery import Gathered


def test_every_greeting_is_a_machine_named_after_its_address():
    text = "192.168.7.20 SSH-2.0-OpenSSH_9.2p1 Debian-2\nfd00::7 SSH-2.0-dropbear_2022.83"
    first, second = parse(Gathered(texts={"greetings": text})).machines
    assert (first.name, first.address, first.says) == (
        "host-192-168-7-20",
        "192.168.7.20",
        "SSH-2.0-OpenSSH_9.2p1 Debian-2",
    )
    assert (second.name, second.address) == ("host-fd00--7", "fd00::7")


def test_no_answer_is_no_machine():
    assert parse(Gathered(texts={"greetings": ""})).machines == ()
