"""What may be asked from Steward's own box, and what never is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.outside import (
    OutsideRules,
    WatchedName,
    address_from_outside,
    is_allowed,
    place_of,
)
from steward.model.question import CertificateQuestion, NameQuestion, PortQuestion, Question, TagsQuestion

NAS = Machine(id=MachineId("m-1"), name="nas", address="192.168.7.5")
CLOUD = WatchedName(name="cloud.example.net", machine="nas", inside="192.168.7.2", outside="203.0.113.9:5353")
RULES = OutsideRules(names=(CLOUD,), registries=("docker.io", "http://registry.lan:5000"), quiet=("printer",))


@pytest.mark.parametrize(
    ("question", "is_right"),
    [
        (PortQuestion(host="192.168.7.5", port=80), True),
        (PortQuestion(host="192.168.7.6", port=80), False),
        (PortQuestion(host="", port=80), False),
        (PortQuestion(host="192.168.7.5", port=0), False),
        (PortQuestion(host="192.168.7.5", port=9100), False),
        (CertificateQuestion(host="192.168.7.5", port=443, server_name="anything.example"), True),
        (CertificateQuestion(host="example.com", port=443), False),
        (NameQuestion(name="cloud.example.net", server="192.168.7.2"), True),
        (NameQuestion(name="cloud.example.net", server="203.0.113.9:5353"), True),
        (NameQuestion(name="cloud.example.net", server="9.9.9.9"), False),
        (NameQuestion(name="secret.example.net", server="192.168.7.2"), False),
        (TagsQuestion(registry="docker.io", repository="library/nginx", tag="1"), True),
        (TagsQuestion(registry="registry.lan:5000", repository="app", tag="1"), False),
        (TagsQuestion(registry="ghcr.io", repository="app", tag="1"), False),
    ],
)
def test_only_machines_and_what_the_owner_wrote_are_asked(question: Question, *, is_right: bool) -> None:
    assert is_allowed(question, NAS, RULES) is is_right


@pytest.mark.parametrize(
    "machine",
    [
        replace(NAS, address=""),
        replace(NAS, address="127.0.0.1"),
        replace(NAS, address="::1"),
        replace(NAS, address="localhost"),
        replace(NAS, transport=Transport.LOCAL),
        replace(NAS, transport=Transport.DOCKER, via="host", guest="web"),
        replace(NAS, proxy_jump="bastion"),
        replace(NAS, quarantined="its key changed"),
        replace(NAS, name="printer"),
    ],
)
def test_what_cannot_be_seen_from_elsewhere_is_not_tried(machine: Machine) -> None:
    assert address_from_outside(machine, RULES) == ""
    assert not is_allowed(PortQuestion(host=machine.address, port=80), machine, RULES)


@pytest.mark.parametrize("transport", [Transport.SSH, Transport.NONE, Transport.API])
def test_what_has_an_address_of_its_own_is_tried_there(transport: Transport) -> None:
    assert address_from_outside(replace(NAS, transport=transport), RULES) == "192.168.7.5"


def test_a_registry_is_known_by_its_host() -> None:
    assert RULES.registry_at("registry.lan:5000") == "http://registry.lan:5000"
    assert RULES.registry_at("docker.io") == "docker.io"
    assert RULES.registry_at("ghcr.io") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.168.7.2", ("192.168.7.2", 53)),
        ("192.168.7.2:5353", ("192.168.7.2", 5353)),
        ("fd00::2", ("fd00::2", 53)),
        ("[fd00::2]", ("fd00::2", 53)),
        ("[fd00::2]:5353", ("fd00::2", 5353)),
        ("dns.example", None),
        ("192.168.7.2:0", None),
        ("192.168.7.2:99999", None),
        ("192.168.7.2:x", None),
        ("192.168.7.2:\u0661", None),
        ("", None),
    ],
)
def test_the_address_of_a_name_server_is_taken_apart(text: str, place: tuple[str, int] | None) -> None:
    assert place_of(text) == place
