from __future__ import annotations

import pytest

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.port_claims import claim_port


def claimed(text: str) -> tuple[list[tuple[int, int, str, str]], list[str]]:
    found = Found("web.container")
    claim_port(found, text, service="web", line=3, kind="quadlet")
    declared = found.declaration()
    ports = [(one.port, one.last_port, one.protocol, one.address) for one in declared.ports]
    return ports, [one.kind for one in declared.problems]


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("8080:80", (8080, 8080, "tcp", "")),
        ("127.0.0.1:53:53/udp", (53, 53, "udp", "127.0.0.1")),
        ("9000-9002:9000-9002", (9000, 9002, "tcp", "")),
    ],
)
def test_a_published_port_is_claimed(text, port):
    assert claimed(text) == ([port], [])


def test_a_port_of_the_container_alone_claims_nothing():
    assert claimed("80") == ([], [])


@pytest.mark.parametrize("text", ["web:80", "70000:80", "80:"])
def test_what_is_no_port_is_a_problem_wherever_it_stands(text):
    assert claimed(text) == ([], ["invalid-value"])


@pytest.mark.parametrize("text", ["${PORT}:80", "{{ port }}:80", "%i:80", "all"])
def test_what_only_a_run_can_tell_is_none(text):
    assert claimed(text) == ([], [])
