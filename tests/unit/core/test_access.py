"""Signing in and out, proving again, invitations: what is recognized, what is refused, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from steward.core.access import Access, SignedIn
from steward.core.routes import Caller
from steward.model.access import SESSION_IDLE, SESSION_LASTS, Right, Role
from steward.model.errors import Conflict, InvalidInput, NotAllowed, TooMany, TryLater
from steward.model.ids import SessionId
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from steward.store import audit as audit_table
from tests.unit.core.hall import OWNER, Hall

SECRET = "correct horse"
HERE = {"address": "10.0.0.7", "agent": "Browser 1"}


@pytest.fixture
async def access(hall: Hall) -> Access:
    await hall.owner.set(SECRET)
    return hall.access


async def invited(access: Access, name: str = "anna", role: Role = Role.OPERATOR) -> SignedIn:
    code = await access.people.invite(OWNER.id, role)
    return await access.accept(code, name=name, password="battery staple", **HERE)


async def cookie_opens(access: Access, cookie: str) -> bool:
    try:
        await access.by_cookie(cookie, address="10.0.0.7")
    except NotAllowed:
        return False
    return True


async def test_the_owner_signs_in_as_a_person_who_may_do_everything(access: Access):
    signed = await access.sign_in("owner", SECRET, **HERE)
    caller = await access.by_cookie(signed.cookie, address="10.0.0.9")
    assert caller.known.id == OWNER.id
    assert (caller.known.kind, caller.known.channel) == (PrincipalKind.PERSON, "web")
    assert set(caller.known.rights) == set(Right)
    assert caller.csrf == signed.caller.csrf != ""


async def test_the_store_keeps_no_cookie(hall: Hall, access: Access):
    signed = await access.sign_in("owner", SECRET, **HERE)
    with hall.storage.database.read() as connection:
        assert signed.cookie not in str(connection.execute(sa.text("SELECT * FROM sessions")).all())


async def test_step_up_holds_for_five_minutes_and_changes_the_cookie_but_no_form(access: Access, hall: Hall):
    first = await access.sign_in("owner", SECRET, **HERE)
    assert first.caller.known.strength is Strength.STEP_UP
    hall.clock.advance(301)
    caller = await access.by_cookie(first.cookie, address="10.0.0.7")
    assert caller.known.strength is Strength.SESSION
    proven = await access.step_up(caller, SECRET)
    assert proven.caller.known.strength is Strength.STEP_UP
    assert proven.cookie != first.cookie
    assert proven.caller.csrf == first.caller.csrf
    assert (await access.by_cookie(proven.cookie, address="10.0.0.7")).credential == first.caller.credential


async def test_a_cookie_that_was_replaced_proves_nothing_and_is_worth_nothing_soon(access: Access, hall: Hall):
    first = await access.sign_in("owner", SECRET, **HERE)
    await access.step_up(first.caller, SECRET)
    on_its_way = await access.by_cookie(first.cookie, address="10.0.0.7")
    assert on_its_way.known.strength is Strength.SESSION
    assert on_its_way.credential == first.caller.credential
    hall.clock.advance(30)
    assert not await cookie_opens(access, first.cookie)


async def test_a_cookie_that_was_replaced_ends_with_its_session(access: Access):
    first = await access.sign_in("owner", SECRET, **HERE)
    proven = await access.step_up(first.caller, SECRET)
    await access.sign_out(proven.caller)
    assert not await cookie_opens(access, first.cookie)


async def test_a_clock_set_back_proves_nothing(access: Access, hall: Hall):
    signed = await access.sign_in("owner", SECRET, **HERE)
    hall.clock.set_wall(-3600)
    caller = await access.by_cookie(signed.cookie, address="10.0.0.7")
    assert caller.known.strength is Strength.SESSION


async def test_only_a_signed_in_person_steps_up(access: Access, hall: Hall):
    _, value = await hall.access.tokens.mint(OWNER, name="x", rights=frozenset({Right.READ}), lasts=timedelta(1))
    caller = await access.by_token(value, address="10.0.0.7")
    with pytest.raises(NotAllowed):
        await access.step_up(caller, SECRET)
    with pytest.raises(NotAllowed):
        await access.step_up(Caller(principal=OWNER), SECRET)


async def test_a_session_ends_idle_and_at_last_however_much_it_is_used(access: Access, hall: Hall):
    idle = (await access.sign_in("owner", SECRET, **HERE)).cookie
    hall.clock.advance(SESSION_IDLE.total_seconds() - 1)
    used = (await access.sign_in("owner", SECRET, **HERE)).cookie
    hall.clock.advance(2)
    assert not await cookie_opens(access, idle)
    for _ in range(int(SESSION_LASTS / timedelta(days=5)) - 1):
        hall.clock.advance(timedelta(days=5).total_seconds())
        assert await cookie_opens(access, used)
    hall.clock.advance(timedelta(days=5).total_seconds())
    assert not await cookie_opens(access, used)


async def test_signing_out_ends_that_session_and_no_other(access: Access):
    one = await access.sign_in("owner", SECRET, **HERE)
    other = await access.sign_in("owner", SECRET, **HERE)
    await access.sign_out(one.caller)
    await access.sign_out(one.caller)
    assert not await cookie_opens(access, one.cookie)
    assert await cookie_opens(access, other.cookie)
    assert one.caller.is_live is not None
    assert not await one.caller.is_live()


async def test_of_too_many_sessions_the_ones_used_longest_ago_end(access: Access, hall: Hall):
    cookies = []
    for _ in range(21):
        cookies.append((await access.sign_in("owner", SECRET, **HERE)).cookie)
        hall.clock.advance(61)
    assert [await cookie_opens(access, cookie) for cookie in cookies] == [False, *[True] * 20]


async def test_the_first_owner_is_made_with_the_code_of_the_terminal_and_only_once(hall: Hall):
    code = await hall.owner.new_setup_code()
    with pytest.raises(NotAllowed):
        await hall.access.set_up("0000-0000-0000", SECRET, **HERE)
    with pytest.raises(InvalidInput):
        await hall.access.set_up(code, "short", **HERE)
    signed = await hall.access.set_up(code, SECRET, **HERE)
    assert signed.caller.known.id == OWNER.id
    with pytest.raises(Conflict):
        await hall.access.set_up(code, SECRET, **HERE)


async def test_an_invitation_makes_one_person_with_the_role_it_was_made_for(access: Access):
    code = await access.people.invite(OWNER.id, Role.VIEWER)
    with pytest.raises(InvalidInput):
        await access.accept(code, name="owner", password="battery staple", **HERE)
    with pytest.raises(InvalidInput):
        await access.accept(code, name="anna", password="short", **HERE)
    signed = await access.accept(code.upper(), name="Anna", password="battery staple", **HERE)
    assert (signed.caller.known.name, signed.caller.known.rights) == ("anna", Role.VIEWER.rights)
    with pytest.raises(NotAllowed):
        await access.accept(code, name="eve", password="battery staple", **HERE)


async def test_an_invitation_is_void_after_a_day_and_a_name_is_taken_once(access: Access, hall: Hall):
    await invited(access)
    code = await access.people.invite(OWNER.id, Role.OWNER)
    with pytest.raises(Conflict):
        await access.accept(code, name="anna", password="battery staple", **HERE)
    hall.clock.advance(24 * 3600)
    with pytest.raises(NotAllowed):
        await access.accept(code, name="eve", password="battery staple", **HERE)


async def test_a_person_signs_in_with_name_and_password_and_nothing_else(access: Access):
    anna = (await invited(access)).caller.known.id
    assert (await access.sign_in("ANNA ", "battery staple", **HERE)).caller.known.id == anna
    for number, (name, password) in enumerate([("anna", "wrong"), ("eve", "battery staple"), ("", ""), ("owner", "x")]):
        with pytest.raises(NotAllowed) as refused:
            await access.sign_in(name, password, address=f"10.0.1.{number}", agent="")
        assert name == "owner" or refused.value.what == "name and password do not belong together"


async def test_whoever_is_shut_out_is_out_at_once_and_comes_back_with_a_role(access: Access):
    anna = await invited(access)
    await access.people.disable("anna")
    assert not await cookie_opens(access, anna.cookie)
    assert anna.caller.is_live is not None
    assert not await anna.caller.is_live()
    with pytest.raises(NotAllowed):
        await access.sign_in("anna", "battery staple", **HERE)
    await access.people.set_role("anna", Role.VIEWER)
    assert not await cookie_opens(access, anna.cookie)
    assert (await access.sign_in("anna", "battery staple", **HERE)).caller.known.rights == Role.VIEWER.rights


async def test_a_role_counts_from_the_next_request_on(access: Access):
    anna = await invited(access, role=Role.OPERATOR)
    await access.people.set_role("anna", Role.VIEWER)
    caller = await access.by_cookie(anna.cookie, address="10.0.0.7")
    assert caller.known.rights == Role.VIEWER.rights


async def test_wrong_passwords_from_one_address_are_refused_and_the_owner_still_comes_in_elsewhere(
    access: Access, hall: Hall
):
    for _ in range(4):
        with pytest.raises(NotAllowed):
            await access.sign_in("owner", "wrong", **HERE)
    with pytest.raises(TooMany):
        await access.sign_in("owner", SECRET, **HERE)
    assert (await access.sign_in("owner", SECRET, address="10.0.0.8", agent="")).cookie
    hall.clock.advance(301)
    assert (await access.sign_in("owner", SECRET, **HERE)).cookie


async def test_wrong_passwords_from_everywhere_are_refused_for_a_while_only(access: Access, hall: Hall):
    await invited(access)
    for number in range(20):
        with pytest.raises(NotAllowed):
            await access.sign_in("anna", "wrong", address=f"10.0.{number}.1", agent="")
    with pytest.raises(TryLater):
        await access.sign_in("anna", "battery staple", address="10.9.9.9", agent="")
    hall.clock.advance(301)
    assert (await access.sign_in("anna", "battery staple", address="10.9.9.9", agent="")).cookie


async def test_codes_tokens_and_cookies_are_counted_too(access: Access):
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await access.accept("aaaa-bbbb-cccc-dddd", name="eve", password="battery staple", **HERE)
    with pytest.raises(TooMany):
        await access.accept("aaaa-bbbb-cccc-dddd", name="eve", password="battery staple", **HERE)
    for most, call in ((20, access.by_token), (30, access.by_cookie)):
        for _ in range(most):
            with pytest.raises(NotAllowed):
                await call("stw_nothing", address="10.0.0.7")
        with pytest.raises(TooMany):
            await call("stw_nothing", address="10.0.0.7")


async def test_who_came_in_and_went_is_in_the_audit_without_any_secret(hall: Hall, access: Access):
    signed = await access.sign_in("owner", SECRET, **HERE)
    await access.step_up(signed.caller, SECRET)
    await access.sign_out(signed.caller)
    with hall.storage.database.read() as connection:
        rows = [row for row in audit_table.rows(connection) if row.kind.startswith("access.")]
    assert [row.kind for row in rows] == ["access.signed_in", "access.proven", "access.signed_out"]
    assert {row.subject for row in rows} == {signed.caller.credential}
    assert SECRET not in str(rows)


async def test_what_a_browser_calls_itself_is_shown_harmless(access: Access):
    await access.sign_in("owner", SECRET, address="10.0.0.7", agent="<b>\u202eevil\n" + "x" * 900)
    shown = (await access.sessions.listing())[0].agent
    assert "\u202e" not in shown
    assert "\n" not in shown
    assert len(shown) < 300


async def test_a_stranger_ends_no_session(access: Access):
    signed = await access.sign_in("owner", SECRET, **HERE)
    await access.sign_out(replace(signed.caller, credential=SessionId("session-0000000000")))
    assert await cookie_opens(access, signed.cookie)
