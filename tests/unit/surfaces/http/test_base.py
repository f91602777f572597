"""Below a path of a host: with the path passed on or taken off, and every address that a browser is sent to has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.routes import Open, Route
from steward.model.access import Right
from steward.model.errors import InvalidInput
from steward.surfaces.http.front import Front
from steward.surfaces.http.site import LOOPBACK_NAMES, Site, below
from tests.unit.core.hall import Hall
from tests.unit.surfaces.http.conftest import Door, from_page
from tests.unit.surfaces.http.test_front import nothing

TOLD = {"host": "home.example", "x-forwarded-proto": "https"}


@pytest.mark.parametrize("prefix", ["", "/steward"])
async def test_pages_programs_and_mounts_are_reached_with_the_path_and_without(below_a_path: Door, prefix: str):
    door = below_a_path
    async with door.client() as client:
        assert (await client.get(f"{prefix}/open")).status_code == 200
        token = await door.token(Right.READ, Right.PROPOSE)
        assert (await client.get(f"{prefix}/api/read", headers=token)).status_code == 200
        assert (await client.get(f"{prefix}/mount/x", headers=token)).json()["path"] == "/mount/x"
        page = await client.get(f"{prefix}/page/read", headers={"cookie": f"steward={(await door.session()).cookie}"})
        assert page.status_code == 200
    assert {caller.base for caller in door.seen} == {"/steward"}


@pytest.mark.parametrize("path", ["/stewardship/open", "/steward/steward/open", "/STEWARD/open", "/elsewhere/open"])
async def test_another_path_is_nothing_of_ours(below_a_path: Door, path: str):
    async with below_a_path.client() as client:
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("prefix", ["", "/steward"])
async def test_whoever_is_unknown_is_sent_to_sign_in_below_the_path(below_a_path: Door, prefix: str):
    async with below_a_path.client() as client:
        answer = await client.get(f"{prefix}/page/read", headers=TOLD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/steward/sign-in?next=/page/read")


async def test_the_cookie_stays_bound_to_the_host_and_the_origin_has_no_path(below_a_path: Door):
    async with below_a_path.client() as client:
        answer = await client.post("/steward/sign-in", headers=TOLD | {"origin": "https://home.example"})
        assert answer.headers["set-cookie"].startswith("__Host-steward=")
        assert "; Path=/;" in answer.headers["set-cookie"]
        foreign = await client.post("/steward/sign-in", headers=TOLD | {"origin": "https://other.example"})
        assert foreign.status_code == 403
        signed = await below_a_path.session()
        ours = from_page(below_a_path, signed) | TOLD | {"cookie": f"__Host-steward={signed.cookie}"}
        posted = await client.post("/steward/page/read", headers=ours | {"origin": "https://home.example"})
        assert posted.status_code == 200


async def test_at_the_root_of_a_host_nothing_is_put_before_an_address(door: Door):
    async with door.client() as client:
        answer = await client.get("/page/read")
        assert answer.headers["location"] == "/sign-in?next=/page/read"
        assert (await client.get("/steward/open")).status_code == 404


def test_a_path_that_is_one_of_our_own_addresses_is_refused(hall: Hall):
    route = Route(path="/api/read", methods=("GET",), permission=Open.PUBLIC, handler=nothing)
    for base in ("/api", "/api/read"):
        with pytest.raises(InvalidInput, match="own"):
            Front([route], hall.access, Site(hosts=LOOPBACK_NAMES, base=base), redact=str)
    assert Front([route], hall.access, Site(hosts=LOOPBACK_NAMES, base="/ap"), redact=str)


@given(path=st.text(alphabet="/ab", max_size=12).map(lambda text: f"/{text}"))
def test_the_path_is_taken_off_once_and_only_as_a_whole(path: str):
    assert below(f"/a{path}", "/a") == path
    assert below(path, "") == path
    if not path.startswith("/a/") and path != "/a":
        assert below(path, "/a") == path
