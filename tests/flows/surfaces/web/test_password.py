"""Everybody changes their own password, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from steward.core.access import SignedIn
from steward.model.access import Role
from steward.model.errors import Denied, NeedsProof, NotAllowed
from steward.model.principal import PrincipalKind
from tests.flows.house import OWNER, SOMEBODY, House, as_kind
from tests.web.place import PASSWORD, Place

ADDRESS = "/settings/password"
NEW = "another long password"


@pytest.fixture
async def anna(house: House, place: Place) -> SignedIn:
    """An invited viewer whose browser this is; she has another one beside it."""
    access = house.steward.access
    here = {"address": "127.0.0.1", "agent": "test"}
    await access.accept(await access.people.invite(OWNER.id, Role.VIEWER), name="anna", password=PASSWORD, **here)
    other, signed = [await access.sign_in("anna", PASSWORD, **here) for _ in range(2)]
    place.cookie, place.csrf = signed.cookie, signed.caller.csrf
    house.clock.pass_time(timedelta(minutes=6))
    return other


async def test_an_invited_person_changes_their_password_and_is_signed_out_everywhere_else(
    house: House, place: Place, anna: SignedIn
):
    access, before = house.steward.access, place.cookie
    assert (await place.get(ADDRESS)).status == 200
    reply = await place.post(ADDRESS, password=PASSWORD, new=NEW, again=NEW)
    assert (reply.status, reply.place) == (303, "/")
    assert (await place.get("/")).status == 200
    for cookie in (before, anna.cookie):
        with pytest.raises(NotAllowed):
            await access.by_cookie(cookie, address="127.0.0.1")
    assert await access.sign_in("anna", NEW, address="127.0.0.1", agent="test")
    with pytest.raises(NotAllowed):
        await access.sign_in("anna", PASSWORD, address="127.0.0.1", agent="test")
    assert await access.sign_in("owner", PASSWORD, address="127.0.0.1", agent="test"), "the owner's is the owner's"
    assert not any(NEW.encode() in path.read_bytes() for path in house.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"new": NEW, "again": NEW}, 403),
        ({"password": "not the password", "new": NEW, "again": NEW}, 403),
        ({"password": PASSWORD, "new": NEW, "again": "another"}, 422),
        ({"password": PASSWORD, "new": "short", "again": "short"}, 422),
    ],
    ids=["unproven", "wrong", "differs", "short"],
)
async def test_without_the_present_password_or_a_good_new_one_nothing_changes(
    house: House, place: Place, anna: SignedIn, given: dict[str, str], status: int
):
    assert (await place.post(ADDRESS, **given)).status == status
    assert await house.steward.access.sign_in("anna", PASSWORD, address="127.0.0.1", agent="test")
    assert await house.steward.access.by_cookie(anna.cookie, address="127.0.0.1")


async def test_the_owner_changes_the_owners_on_the_same_page(house: House, place: Place):
    assert (await place.post(ADDRESS, password=PASSWORD, new=NEW, again=NEW)).place == "/"
    assert (await place.get("/")).status == 200
    assert await house.steward.access.sign_in("owner", NEW, address="127.0.0.1", agent="test")


async def test_who_proved_nothing_is_asked_and_no_program_changes_a_password(house: House, place: Place):
    del place
    with pytest.raises(NeedsProof):
        await house.do("people.password", SOMEBODY, password=NEW)
    for kind in set(PrincipalKind) - {PrincipalKind.PERSON}:
        with pytest.raises(Denied):
            await house.do("people.password", as_kind(kind), password=NEW)


async def test_somebody_shut_out_meanwhile_changes_nothing(house: House, anna: SignedIn):
    await house.steward.access.people.disable("anna")
    with pytest.raises(NotAllowed):
        await house.steward.access.people.set_password(anna.caller.known.id, NEW)
