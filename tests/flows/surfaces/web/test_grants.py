"""Grants in the browser: seen by whoever may look, tried out on the past, revoked with the password."""

from __future__ import annotations

from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from tests.flows.house import House
from tests.web.place import PASSWORD, Place

GRANTS = "/settings/grants"


async def given(house: House, name: str = "one") -> str:
    """Grant making one file, and return the id of the grant."""
    terms: dict[str, Any] = {"command": "file.make", "machine": [LOCAL_NAME], "where": [f"name={name}"], "daily": 2}
    return (await house.do("grants.add", **terms)).result["grant"]["id"]


async def test_a_grant_is_listed_with_its_limits_and_its_page_names_the_runs_it_allowed(house: House, place: Place):
    grant = await given(house)
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    run = (await house.ask("one"))["run"]
    await house.ended(run)
    listed = (await place.get(GRANTS)).text
    assert f'href="{GRANTS}/{grant}"' in listed
    assert "2 a day at most" in listed
    assert "name=one" in listed
    assert f'href="/r/{run}"' in (await place.get(f"{GRANTS}/{grant}")).text


async def test_a_grant_is_revoked_with_the_password_and_then_covers_nothing(house: House, place: Place):
    grant = await given(house)
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    refused = await place.post(f"{GRANTS}/{grant}/revoke")
    assert refused.status == 403
    assert 'role="alert"' in refused.text
    revoked = await place.post(f"{GRANTS}/{grant}/revoke", password=PASSWORD)
    assert (revoked.status, revoked.place) == (303, f"{GRANTS}/{grant}")
    assert "Revoked" in (await place.get(revoked.place)).text
    assert grant not in (await place.get(GRANTS)).text
    assert grant in (await place.get(f"{GRANTS}?show=all")).text
    assert (await house.ask("one"))["approval"]["state"] == "pending"


async def test_another_grant_is_tried_out_on_the_past_and_nothing_is_kept(house: House, place: Place):
    run = (await house.ask("one"))["run"]
    query = f"command=file.make&machine={LOCAL_NAME}&where=name%3Done&daily=2&hours="
    page = (await place.get(f"{GRANTS}?{query}")).text
    assert f'href="/r/{run}"' in page
    assert f"steward grants add file.make --machine {LOCAL_NAME} --where name=one --daily 2" in page
    assert (await house.do("grants.ls", everything=True)).result["grants"] == []


@pytest.mark.parametrize(
    ("query", "status"),
    [("command=file.mak", 404), ("command=file.make&daily=0", 422), (f"command=shell.run&machine={LOCAL_NAME}", 422)],
)
async def test_what_cannot_be_granted_is_said_beside_the_form(place: Place, query: str, status: int):
    reply = await place.get(f"{GRANTS}?{query}")
    assert (reply.status, 'role="alert"' in reply.text) == (status, True)
    assert "Try it out" in reply.text


async def test_a_grant_that_is_not_there_is_a_page_with_the_next_step(place: Place):
    assert (await place.get(f"{GRANTS}/grant-0000000000")).status == 404
