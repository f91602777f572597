"""A proxy says whom it let in: believed of the listed ones, refused from anybody else, and no more than a session."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from steward.core.forwarded import Forwarded
from steward.model.access import Right, Role
from steward.model.errors import InvalidInput, NotAllowed
from steward.surfaces.http.forwarding import Doorman, name_from_proxy
from steward.surfaces.http.site import LOOPBACK_NAMES, Forwarding, Site, networks
from tests.unit.core.hall import Hall
from tests.unit.surfaces.http.conftest import SECRET, Door, from_page, opened
from tests.unit.surfaces.http.test_site import scope

RULE = Forwarding(header="Remote-User", proxies=networks(["10.0.0.2", "10.0.1.0/24"]))
SITE = Site(hosts=frozenset({"steward.example"}), proxies=networks(["10.0.0.0/24"]), forwarding=RULE)


def test_a_listed_proxy_is_believed_and_its_silence_is_nothing():
    assert name_from_proxy(scope("10.0.0.2", remote_user=" anna "), SITE) == "anna"
    assert name_from_proxy(scope("::ffff:10.0.0.2", remote_user="anna"), SITE) == "anna"
    assert name_from_proxy(scope("10.0.0.2"), SITE) == ""
    assert name_from_proxy(scope("192.0.2.1"), SITE) == ""


@pytest.mark.parametrize("peer", ["192.0.2.1", "10.0.0.3", "10.0.1.5", "127.0.0.1", "::1", "", "unix"])
def test_the_header_of_anybody_else_is_refused_also_when_they_name_a_proxy(peer: str):
    with pytest.raises(NotAllowed, match="not accepted"):
        name_from_proxy(scope(peer, remote_user="anna", x_forwarded_for="10.0.0.2"), SITE)


def test_two_headers_and_no_name_are_refused():
    twice = scope("10.0.0.2", remote_user="anna")
    twice["headers"].append((b"remote-user", b"boss"))
    with pytest.raises(InvalidInput, match="more than once"):
        name_from_proxy(twice, SITE)
    for name in ("a\x00b", "x" * 201):
        with pytest.raises(InvalidInput):
            name_from_proxy(scope("10.0.0.2", remote_user=name), SITE)


def test_where_nobody_asked_for_it_the_header_is_any_header():
    assert name_from_proxy(scope("192.0.2.1", remote_user="anna"), Site(hosts=frozenset({"steward.example"}))) == ""


@pytest.fixture
async def named(hall: Hall) -> AsyncIterator[Door]:
    """A door behind a proxy that names people: this machine; it calls the owner `boss`."""
    await hall.owner.set(SECRET)
    here = networks(["127.0.0.1"])
    site = Site(hosts=LOOPBACK_NAMES, proxies=here, forwarding=Forwarding(header="Remote-User", proxies=here))
    doorman = Doorman(Forwarded(storage=hall.storage, access=hall.access, owner="boss"))
    door, serving, task = await opened(hall, site, doorman=doorman)
    yield door
    serving.should_exit = True
    await task


async def test_whoever_is_named_gets_a_session_by_opening_a_page_and_keeps_it(named: Door):
    name = (await named.session(Role.VIEWER)).caller.known.name
    async with named.client() as client:
        first = await client.get("/page/read", headers={"remote-user": name.upper()})
        assert first.status_code == 200
        assert "steward=" in first.headers["set-cookie"]
        again = await client.get("/page/read", headers={"remote-user": name})
        assert "set-cookie" not in again.headers
        assert (await client.get("/page/govern", headers={"remote-user": name})).status_code == 403
    assert len(await named.hall.access.sessions.listing()) == 2


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/page/read", {}),
        ("GET", "/api/read", {}),
        ("GET", "/stream", {}),
        ("GET", "/page/read", {"sec-fetch-dest": "image"}),
    ],
)
async def test_nothing_but_opening_a_page_opens_a_session(named: Door, method: str, path: str, headers: dict[str, str]):
    async with named.client() as client:
        answer = await client.request(method, path, headers={"remote-user": "boss", "origin": named.url, **headers})
    assert answer.status_code in {303, 401}
    assert await named.hall.access.sessions.listing() == ()


@pytest.mark.parametrize("name", ["owner", "nobody", "the owner", "%", "' or 1=1"])
async def test_a_name_that_nobody_here_has_opens_nothing_and_the_owner_is_named_only_as_agreed(named: Door, name: str):
    async with named.client() as client:
        assert (await client.get("/page/read", headers={"remote-user": name})).status_code == 403
    assert await named.hall.access.sessions.listing() == ()


async def test_a_session_of_somebody_else_does_not_count(named: Door):
    owner, other = await named.session(), await named.session(Role.VIEWER)
    headers = from_page(named, owner) | {"remote-user": other.caller.known.name}
    async with named.client() as client:
        assert (await client.post("/page/read", headers=headers)).status_code == 401
        assert (await client.get("/api/read", headers=headers)).status_code == 401
        page = await client.get("/page/read", headers=headers)
        assert page.json()["id"] == other.caller.known.id
        assert owner.cookie not in page.headers["set-cookie"]


async def test_a_program_with_a_token_is_judged_by_the_token(named: Door):
    token = await named.token(Right.READ)
    async with named.client() as client:
        assert (
            (await client.get("/api/read", headers=token | {"remote-user": "boss"})).json()["id"].startswith("token-")
        )
        assert (await client.get("/api/govern", headers=token | {"remote-user": "boss"})).status_code == 403
