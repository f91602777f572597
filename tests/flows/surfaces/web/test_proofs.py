"""The authenticator app as forms: set up, asked for, stood in for, turned off; nothing here needs a script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from steward.core.access import SignedIn
from steward.core.owner import OWNER as OWNER_ID
from steward.core.proving import HalfWay
from steward.model.access import Role
from steward.model.errors import Denied, NeedsProof, NotAllowed, NotFound
from steward.model.principal import PrincipalKind
from steward.model.run import RunState
from tests.authenticator import code_of
from tests.flows.house import OWNER, SOMEBODY, House, as_kind
from tests.web.place import PASSWORD, Place

SECURITY = "/settings/security"


class App:
    """The owner's app and the codes on paper, set up by the page."""

    def __init__(self, house: House, secret: str) -> None:
        self.house = house
        self.secret = secret
        self.paper: list[str] = []

    def code(self) -> str:
        """Return what it shows now."""
        return code_of(self.secret, self.house.clock.now())


async def fresh(place: Place) -> str:
    """Load the page for the token of its forms, as a browser does, and return it."""
    page = (await place.get(SECURITY)).text
    place.csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    return page


async def prove(place: Place, **given: str) -> int:
    """Prove on the page; return the answer's status."""
    status = (await place.post(f"{SECURITY}/prove", password=PASSWORD, **given)).status
    await fresh(place)
    return status


@pytest.fixture
async def app(house: House, place: Place) -> App:
    """An app that is asked for since a minute; the browser proved nothing lately."""
    assert await prove(place) == 303
    assert (await place.post(f"{SECURITY}/app/begin")).status == 303
    page = await fresh(place)
    assert 'src="data:image/svg+xml' in page
    found = App(house, re.search(r"<pre[^>]*>([A-Z2-7 ]{39})</pre>", page)[1])
    assert (await place.post(f"{SECURITY}/app/confirm", code="000000")).status == 403
    reply = await place.post(f"{SECURITY}/app/confirm", code=found.code())
    found.paper = re.findall(r"\b(?:[0-9a-z]{4}-){3}[0-9a-z]{4}\b", reply.text)
    assert (reply.status, len(set(found.paper))) == (200, 10)
    later = await fresh(place)
    assert not any(code in later for code in found.paper)
    house.clock.pass_time(timedelta(minutes=6))
    return found


async def out(place: Place) -> None:
    """Forget the session in this browser."""
    place.cookie = place.csrf = ""


async def test_signing_in_asks_for_the_code_after_the_password_and_leads_on(place: Place, app: App):
    await out(place)
    page = await place.post("/sign-in", name="owner", password=PASSWORD, next="/approvals")
    assert (page.status, place.cookie) == (200, "")
    assert "One more step" in page.text
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)[1]
    wrong = await place.post("/sign-in/code", ticket=ticket, code="000000", next="/approvals")
    assert (wrong.status, place.cookie) == (403, "")
    assert f'name="ticket" value="{ticket}"' in wrong.text
    right = await place.post("/sign-in/code", ticket=ticket, code=app.code(), next="/approvals")
    assert (right.status, right.place) == (303, "/approvals")
    assert (await place.get("/approvals")).status == 200


async def test_the_second_step_leads_to_no_other_site(place: Place, app: App):
    await out(place)
    page = await place.post("/sign-in", name="owner", password=PASSWORD, next="//evil.example")
    assert "evil.example" not in page.text
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)[1]
    reply = await place.post("/sign-in/code", ticket=ticket, code=app.paper[0], next="https://evil.example")
    assert reply.place == "/"


async def test_a_card_asks_for_password_and_code_and_takes_nothing_less(house: House, place: Place, app: App):
    card = await house.ask("one")
    address, given = f"/a/{card['approval']['code']}", {"fingerprint": card["fingerprint"]}
    assert "Code of your authenticator app" in (await place.get(address)).text
    for less in ({"password": PASSWORD}, {"code": app.code()}, {"password": PASSWORD, "code": "000000"}):
        assert (await place.post(f"{address}/approve", **given, **less)).status == 403
    assert (await house.receipt(card["run"])).run.state is RunState.WAITING
    reply = await place.post(f"{address}/approve", **given, password=PASSWORD, code=app.code())
    assert reply.status == 303
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


async def test_what_guards_is_not_changed_without_a_proof(house: House, place: Place, app: App):
    for path in ("app/begin", "app/disable", "codes", "passkeys/remove", "passkeys"):
        reply = await place.post(f"{SECURITY}/{path}", id="passkey-0000000000", name="x", passkey="{}")
        assert reply.status == 403, path
    found = await house.steward.access.proving.of(OWNER_ID)
    assert (found.has_authenticator, found.recovery_codes) == (True, 10)


async def test_it_is_turned_off_after_password_and_recovery_code(house: House, place: Place, app: App):
    assert await prove(place) == 403
    assert await prove(place, code=app.paper[3]) == 303
    assert (await place.post(f"{SECURITY}/app/disable")).place == SECURITY
    assert not (await house.steward.access.proving.of(OWNER_ID)).has_authenticator
    await out(place)
    assert (await place.post("/sign-in", name="owner", password=PASSWORD)).status == 303


async def test_changing_the_password_keeps_the_app_and_this_browser(place: Place, app: App):
    new = "another long password"
    given = {"new": new, "again": new, "password": PASSWORD, "code": app.code()}
    assert (await place.post("/settings/password", **given)).place == "/"
    assert (await place.get("/")).status == 200
    await out(place)
    assert "One more step" in (await place.post("/sign-in", name="owner", password=new)).text


async def test_the_terminal_takes_the_owners_password_and_is_the_way_back(house: House, place: Place, app: App):
    assert (await house.do("passkeys.ls")).result["has_authenticator"]
    assert "owner" in (await house.do("people.reset_proofs", person="owner")).result["sentence"]
    assert (await place.get("/")).status == 303, "every session ended"
    await out(place)
    assert (await place.post("/sign-in", name="owner", password=PASSWORD)).status == 303


async def test_only_people_with_proof_touch_proofs_and_only_the_owner_those_of_others(house: House, place: Place):
    del place
    asked = {
        "passkeys.ls": {},
        "passkeys.rename": {"passkey": "passkey-0000000000", "name": "x"},
        "passkeys.remove": {"passkey": "passkey-0000000000"},
        "totp.disable": {},
        "people.reset_proofs": {"person": "owner"},
    }
    for name, given in asked.items():
        with pytest.raises(NeedsProof):
            await house.do(name, SOMEBODY, **given)
        for kind in set(PrincipalKind) - {PrincipalKind.PERSON}:
            with pytest.raises((Denied, NotAllowed)):
                await house.do(name, as_kind(kind), **given)


async def test_the_owner_frees_somebody_who_lost_their_app_and_nobody_who_is_not_there(house: House, place: Place):
    del place
    access = house.steward.access
    here = {"address": "127.0.0.1", "agent": "test"}
    anna = (
        await access.accept(await access.people.invite(OWNER.id, Role.VIEWER), name="anna", password=PASSWORD, **here)
    ).caller
    await access.proving.begin_authenticator(anna)
    enrolment = await access.proving.waiting_authenticator(anna)
    await access.proving.confirm_authenticator(anna, code_of(enrolment.secret, house.clock.now()))
    assert isinstance(await access.sign_in("anna", PASSWORD, **here), HalfWay)
    with pytest.raises(NotFound):
        await house.do("people.reset_proofs", person="nobody")
    assert (await house.do("people.reset_proofs", person=" Anna ")).result["person"] == "anna"
    assert isinstance(await access.sign_in("anna", PASSWORD, **here), SignedIn)
    assert not await anna.is_live()


async def test_family_sees_its_own_page_and_no_other(house: House, place: Place):
    access = house.steward.access
    await out(place)
    invited = await access.people.invite(OWNER.id, Role.FAMILY)
    reply = await place.post("/join", code=invited, name="oma", password=PASSWORD, again=PASSWORD)
    assert (reply.status, reply.place) == (303, "/status")
    for path in (
        "/",
        "/approvals",
        "/brakes",
        "/settings",
        SECURITY,
        "/settings/password",
        "/settings/access",
    ):
        assert (await place.get(path)).status == 403, path
    shown = await place.get("/status")
    assert (shown.status, "/sign-out" in shown.text, "/approvals" in shown.text) == (200, True, False)
    signed = await access.sign_in("oma", PASSWORD, address="127.0.0.1", agent="test")
    place.cookie, place.csrf = signed.cookie, signed.caller.csrf
    assert (await place.post("/brakes/stop")).status == 403
    assert (await place.post("/sign-out")).place == "/sign-in"
    assert (await place.post("/sign-in", name="oma", password=PASSWORD, next="/approvals")).place == "/status"
