"""Short forms of ports and volumes."""

from __future__ import annotations

import pytest

from steward.knowhow.declared.compose_values import short_mount, short_port


@pytest.mark.parametrize(
    ("text", "first", "last", "protocol", "address"),
    [
        ("8080:80", 8080, 8080, "tcp", ""),
        ("53:53/udp", 53, 53, "udp", ""),
        ("127.0.0.1:8080:80", 8080, 8080, "tcp", "127.0.0.1"),
        ("0.0.0.0:8080:80", 8080, 8080, "tcp", ""),
        ("3000-3005:3000-3005", 3000, 3005, "tcp", ""),
        ("[::1]:8080:80", 8080, 8080, "tcp", "::1"),
        ("[::]:8080:80", 8080, 8080, "tcp", ""),
        ("127.0.0.1:5000-5010:5000-5010/UDP", 5000, 5010, "udp", "127.0.0.1"),
    ],
)
def test_a_port_of_the_machine_is_read(text, first, last, protocol, address):
    found = short_port(text)
    assert (found.first, found.last, found.protocol, found.address) == (first, last, protocol, address)


@pytest.mark.parametrize("text", ["80", "3000-3005", "80/udp", "127.0.0.1::80"])
def test_a_port_that_docker_chooses_claims_none(text):
    assert short_port(text) is None


@pytest.mark.parametrize("text", ["x:80", "80:x", "70000:80", "8080:70000", "0:80", "90-80:90-80", ""])
def test_what_is_no_port_is_refused(text):
    with pytest.raises(ValueError, match="port"):
        short_port(text)


@pytest.mark.parametrize(
    ("text", "kind", "source", "target", "read_only"),
    [
        ("data:/data", "named", "data", "/data", False),
        ("./conf:/etc/app:ro", "bind", "./conf", "/etc/app", True),
        ("/srv/a:/a:rw,z", "bind", "/srv/a", "/a", False),
        ("~/x:/x:z,ro", "bind", "~/x", "/x", True),
        ("/data", "anonymous", "", "/data", False),
        ("C:\\data:/data", "bind", "C:\\data", "/data", False),
        ("${DIR}/x:/x", "bind", "${DIR}/x", "/x", False),
        ("${A:-/srv}/x:/x", "bind", "${A:-/srv}/x", "/x", False),
    ],
)
def test_a_mount_is_read(text, kind, source, target, read_only):
    found = short_mount(text)
    assert (found.kind, found.source, found.target, found.is_read_only) == (kind, source, target, read_only)
