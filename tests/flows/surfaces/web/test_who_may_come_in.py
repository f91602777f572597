"""Tokens, invitations and sessions, made and ended in the browser."""

from __future__ import annotations

import re

from steward.model.access import Role
from tests.flows.house import House
from tests.web.place import PASSWORD, Place

ACCESS = "/settings/access"


async def test_a_token_is_made_with_the_password_and_its_value_is_shown_this_once(house: House, place: Place):
    wanted = {"name": "dashboard", "rights": ["read"], "days": 30}
    assert (await place.post(f"{ACCESS}/tokens/mint", **wanted)).status == 403
    made = await place.post(f"{ACCESS}/tokens/mint", **wanted, password=PASSWORD)
    value = re.search(r"stw_[\w-]+", made.text)
    assert value is not None
    assert (await house.steward.access.by_token(value.group(), address="127.0.0.1")).principal is not None
    page = await place.get(ACCESS)
    assert "dashboard" in page.text
    assert value.group() not in page.text


async def test_a_token_never_gets_the_right_to_decide(house: House, place: Place):
    made = await place.post(f"{ACCESS}/tokens/mint", name="sly", rights=["decide"], days=30, password=PASSWORD)
    assert made.status in {403, 422}
    assert await house.steward.access.tokens.listing() == ()


async def test_an_invited_person_joins_and_sees_only_what_a_viewer_may(house: House, place: Place):
    await house.ask("one")
    made = await place.post(f"{ACCESS}/people/invite", role=Role.VIEWER.value, password=PASSWORD)
    code = made.text.partition('<pre class="text" tabindex="0">')[2].partition("<")[0]
    place.cookie = place.csrf = ""
    joined = await place.post("/join", code=code, name="anna", password=PASSWORD, again=PASSWORD)
    assert joined.status == 303
    waiting = (await place.get("/approvals")).text.partition('href="/a/')[2][:4]
    card = await place.get(f"/a/{waiting}")
    assert card.status == 200
    assert "Approve and run" not in card.text
    assert ACCESS not in card.text
    assert (await place.get(ACCESS)).status == 403
    await place.sign_in()
    assert re.search(r'<th scope="row">anna\b', (await place.get(ACCESS)).text)


async def test_a_session_is_ended_and_its_browser_is_out(house: House, place: Place):
    session = (await house.steward.access.sessions.listing())[0]
    ended = await place.post(f"{ACCESS}/sessions/revoke", id=session.id)
    assert ended.status == 303
    assert (await place.get("/")).status == 303
