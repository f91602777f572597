"""The first owner, signing in and out, and the brakes."""

from __future__ import annotations

import pytest

from tests.flows.house import House
from tests.web.place import PASSWORD, Place, served


async def test_the_first_owner_is_made_once_and_then_the_page_is_closed(house: House):
    code = await house.steward.owner.new_setup_code()
    async with served(house) as place:
        assert (await place.get("/")).place.startswith("/sign-in")
        assert (await place.get("/sign-in")).place == "/setup"
        wrong = await place.post("/setup", code="0000-0000-0000", password=PASSWORD, again=PASSWORD)
        assert wrong.status == 403
        differs = await place.post("/setup", code=code, password=PASSWORD, again=f"{PASSWORD}!")
        assert differs.status == 422
        made = await place.post("/setup", code=code, password=PASSWORD, again=PASSWORD)
        assert (made.status, made.place) == (303, "/setup/box")
        assert (await place.get("/")).status == 200
        assert (await place.get("/setup")).place == "/setup/box"
        place.cookie = ""
        assert (await place.get("/setup")).place == "/sign-in"
        again = await place.post("/setup", code=code, password="another password", again="another password")
        assert again.status >= 400
        assert await house.steward.access.sign_in("owner", PASSWORD, address="127.0.0.1", agent="test")


async def test_signing_in_leads_on_and_signing_out_ends_the_session(place: Place):
    place.cookie = ""
    reply = await place.post("/sign-in", name="owner", password=PASSWORD, next="/approvals")
    assert (reply.status, reply.place) == (303, "/approvals")
    page = await place.get("/approvals")
    assert page.status == 200
    place.csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    kept = place.cookie
    assert (await place.post("/sign-out")).place == "/sign-in"
    place.cookie = kept
    assert (await place.get("/")).status == 303


async def test_an_address_that_was_asked_for_is_where_signing_in_leads_also_after_a_slip(house: House, place: Place):
    card = await house.ask("one")
    address = f"/a/{card['approval']['code']}"
    place.cookie = ""
    form = await place.get((await place.get(address)).place)
    assert f'name="next" value="{address}"' in form.text
    slip = await place.post("/sign-in", name="owner", password="not the password", next=address)
    assert f'name="next" value="{address}"' in slip.text
    assert (await place.post("/sign-in", name="owner", password=PASSWORD, next=address)).place == address


async def test_what_was_typed_is_kept_after_a_slip_but_for_passwords(house: House, place: Place):
    place.cookie = ""
    slip = await place.post("/join", code="a-code", name="anna", password=PASSWORD, again="another")
    assert 'value="a-code"' in slip.text
    assert 'value="anna"' in slip.text
    assert PASSWORD not in slip.text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(place: Place, elsewhere: str):
    place.cookie = ""
    reply = await place.post("/sign-in", name="owner", password=PASSWORD, next=elsewhere)
    assert reply.place == "/"


async def test_a_wrong_password_is_said_and_opens_nothing(place: Place):
    place.cookie = ""
    for name in ("owner", "nobody"):
        reply = await place.post("/sign-in", name=name, password="not the password")
        assert reply.status == 403
        assert 'role="alert"' in reply.text
        assert place.cookie == ""


async def test_a_brake_goes_on_with_one_tap_and_comes_off_with_the_password(house: House, place: Place):
    assert (await place.post("/brakes/stop", reason="wrong disk")).status == 303
    page = await place.get("/brakes")
    assert "Stop is on" in page.text
    assert "wrong disk" in page.text
    assert (await place.post("/brakes/resume")).status == 403
    assert (await place.post("/brakes/resume", password=PASSWORD)).status == 303
    assert "No brake is on." in (await place.get("/brakes")).text


async def test_the_colors_that_were_chosen_come_with_the_page(place: Place):
    reply = await place.post("/theme", theme="dark", back="/brakes")
    assert reply.place == "/brakes"
    assert reply.headers["set-cookie"].startswith("steward-theme=dark")
