"""Whom a request is meant for and who sent it: what anybody can write is believed of nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.errors import InvalidInput
from steward.surfaces.http.site import Site, is_loopback, link_of, name_of, networks

SITE = Site(hosts=frozenset({"steward.example"}), proxies=networks(["10.0.0.0/24", "fd00::/64"]))


def scope(peer: str, **headers: str) -> dict:
    given = {"host": "steward.example"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "client": (peer, 1),
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
    }


@pytest.mark.parametrize(
    ("peer", "chain", "address"),
    [
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "127.0.0.1, nonsense", "10.0.0.1"),
        ("::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("fd00::5", "[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.1", "127.0.0.1", "192.0.2.1"),
    ],
)
def test_the_client_is_the_last_address_that_no_proxy_of_ours_has(peer: str, chain: str, address: str):
    assert link_of(scope(peer, x_forwarded_for=chain), SITE).address == address


@given(chain=st.text(alphabet="0123456789., abcdef:", max_size=40), peer=st.sampled_from(["192.0.2.1", "10.0.1.1"]))
def test_a_peer_that_is_no_proxy_is_never_somebody_else(chain: str, peer: str):
    link = link_of(scope(peer, x_forwarded_for=chain, x_forwarded_proto="https"), SITE)
    assert (link.address, link.is_encrypted) == (peer, False)


@given(prefix=st.text(alphabet="0123456789., abcdef:", max_size=40))
def test_what_a_client_writes_in_front_of_the_chain_changes_nothing(prefix: str):
    assert link_of(scope("10.0.0.1", x_forwarded_for=f"{prefix},192.0.2.7"), SITE).address == "192.0.2.7"


@pytest.mark.parametrize("host", ["", "evil.example", "steward.example.evil", "steward.example@evil", "a b", "/", "["])
def test_other_hosts_are_refused(host: str):
    with pytest.raises(InvalidInput):
        link_of(scope("192.0.2.1", host=host), SITE)


@pytest.mark.parametrize(
    ("host", "name"),
    [("Steward.Example:443", "steward.example"), ("[::1]:80", "::1"), ("localhost.", "localhost"), ("[", "")],
)
def test_a_name_is_a_host_without_its_port(host: str, name: str):
    assert name_of(host) == name


@pytest.mark.parametrize(("address", "is_ours"), [("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)])
def test_every_form_of_loopback_is_this_machine(address: str, is_ours: bool):
    assert is_loopback(address) is is_ours


@pytest.mark.parametrize("address", ["192.0.2.1", "localhost", "", "::", "0.0.0.0"])
def test_nothing_else_is_this_machine(address: str):
    assert not is_loopback(address)


def test_a_proxy_that_cannot_be_read_is_an_error():
    with pytest.raises(InvalidInput):
        networks(["10.0.0.0/99"])
