"""Codes of an app and recovery codes: when they are asked for, how often each serves, and who gets by without."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from steward.core.access import Access, SignedIn
from steward.core.proving import HalfWay
from steward.core.routes import Caller
from steward.core.sealed import Seal
from steward.model.errors import Conflict, NeedsPerson, NeedsProof, NotAllowed, NotFound, TooMany
from steward.model.risk import Strength
from tests.authenticator import code_of
from tests.unit.core.hall import OWNER, Hall

PASSWORD = "correct horse"
HERE = {"address": "10.0.0.7", "agent": "Browser 1"}
STEP = 30


@dataclass(kw_only=True)
class Phone:
    """The owner's app, and the recovery codes on paper."""

    hall: Hall
    caller: Caller
    secret: str
    paper: tuple[str, ...]

    def code(self, away: int = 0) -> str:
        """Return what it shows, so many steps from now."""
        return code_of(self.secret, self.hall.clock.now() + timedelta(seconds=STEP * away))


@pytest.fixture
async def access(hall: Hall) -> Access:
    await hall.owner.set(PASSWORD)
    return hall.access


@pytest.fixture
async def phone(access: Access, hall: Hall) -> Phone:
    """An app that was set up a minute ago."""
    caller = (await access.sign_in("owner", PASSWORD, **HERE)).caller
    await access.proving.begin_authenticator(caller)
    enrolment = await access.proving.waiting_authenticator(caller)
    made = Phone(hall=hall, caller=caller, secret=enrolment.secret, paper=())
    made.paper = await access.proving.confirm_authenticator(caller, made.code())
    hall.clock.advance(60)
    return made


async def half_way(access: Access) -> HalfWay:
    found = await access.sign_in("owner", PASSWORD, **HERE)
    assert isinstance(found, HalfWay)
    return found


async def finished(access: Access, code: str) -> SignedIn:
    return await access.sign_in_with_code((await half_way(access)).ticket, code, **HERE)


async def test_with_an_app_the_password_alone_opens_no_session_and_with_its_code_it_does(access: Access, phone: Phone):
    before = len(await access.sessions.listing())
    signed = await finished(access, phone.code())
    assert signed.caller.known.strength is Strength.STEP_UP
    assert len(await access.sessions.listing()) == before + 1


async def test_what_the_app_takes_over_names_steward_and_the_person(access: Access, hall: Hall):
    caller = (await access.sign_in("owner", PASSWORD, **HERE)).caller
    await access.proving.begin_authenticator(caller)
    enrolment = await access.proving.waiting_authenticator(caller)
    address = urlsplit(enrolment.uri)
    asked = parse_qs(address.query)
    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/Steward:owner")
    assert asked["secret"] == [enrolment.secret.replace(" ", "")]
    assert (asked["digits"], asked["period"], asked["algorithm"]) == (["6"], ["30"], ["SHA1"])


async def test_before_its_first_code_an_app_is_asked_for_nothing(access: Access):
    caller = (await access.sign_in("owner", PASSWORD, **HERE)).caller
    await access.proving.begin_authenticator(caller)
    with pytest.raises(NotAllowed):
        await access.proving.confirm_authenticator(caller, "000000")
    assert isinstance(await access.sign_in("owner", PASSWORD, **HERE), SignedIn)


@pytest.mark.parametrize("away", [-1, 0, 1])
async def test_a_clock_that_is_one_step_off_does_no_harm(access: Access, phone: Phone, away: int):
    assert await finished(access, phone.code(away))


@pytest.mark.parametrize("away", [-3, -2, 2, 3])
async def test_a_code_of_another_minute_is_refused(access: Access, phone: Phone, away: int):
    with pytest.raises(NotAllowed, match="does not fit"):
        await finished(access, phone.code(away))


async def test_a_code_serves_once_and_none_before_it_after(access: Access, phone: Phone):
    before, now = phone.code(-1), phone.code()
    assert await finished(access, now)
    for code in (now, before):
        with pytest.raises(NotAllowed, match="used before"):
            await finished(access, code)
    assert await finished(access, phone.code(1))


async def test_the_code_that_turned_the_app_on_serves_no_second_time(access: Access, hall: Hall):
    caller = (await access.sign_in("owner", PASSWORD, **HERE)).caller
    await access.proving.begin_authenticator(caller)
    enrolment = await access.proving.waiting_authenticator(caller)
    code = code_of(enrolment.secret, hall.clock.now())
    await access.proving.confirm_authenticator(caller, code)
    with pytest.raises(NotAllowed, match="used before"):
        await finished(access, code)


async def test_proving_again_takes_password_and_code(access: Access, phone: Phone, hall: Hall):
    hall.clock.advance(301)
    with pytest.raises(NotAllowed, match="code of your authenticator app"):
        await access.step_up(phone.caller, PASSWORD)
    with pytest.raises(NotAllowed, match="does not fit"):
        await access.step_up(phone.caller, PASSWORD, phone.code(5))
    code = phone.code()
    with pytest.raises(NotAllowed, match="owner's password"):
        await access.step_up(phone.caller, "wrong password", code)
    proven = await access.step_up(phone.caller, PASSWORD, code)
    assert proven.caller.known.strength is Strength.STEP_UP
    with pytest.raises(NotAllowed, match="used before"):
        await access.step_up(proven.caller, PASSWORD, code)


async def test_each_recovery_code_stands_in_once(access: Access, phone: Phone):
    assert len(set(phone.paper)) == 10
    assert await finished(access, phone.paper[0].upper().replace("-", " "))
    assert (await access.proving.of(OWNER.id)).recovery_codes == 9
    with pytest.raises(NotAllowed):
        await finished(access, phone.paper[0])
    assert await access.step_up(phone.caller, PASSWORD, phone.paper[1])


async def test_new_recovery_codes_void_those_before(access: Access, phone: Phone):
    fresh = await access.proving.renew_recovery_codes(phone.caller)
    assert not set(fresh) & set(phone.paper)
    with pytest.raises(NotAllowed):
        await finished(access, phone.paper[0])
    assert await finished(access, fresh[0])


async def test_a_ticket_is_worth_nothing_without_a_code_nor_after_five_minutes_nor_twice(
    access: Access, phone: Phone, hall: Hall
):
    for ticket in ("", "made up"):
        with pytest.raises(NotAllowed, match="took too long"):
            await access.sign_in_with_code(ticket, phone.code(), **HERE)
    waiting = await half_way(access)
    hall.clock.advance(300)
    with pytest.raises(NotAllowed, match="took too long"):
        await access.sign_in_with_code(waiting.ticket, phone.code(), **HERE)
    waiting = await half_way(access)
    assert await access.sign_in_with_code(waiting.ticket, phone.code(), **HERE)
    hall.clock.advance(30)
    with pytest.raises(NotAllowed, match="took too long"):
        await access.sign_in_with_code(waiting.ticket, phone.code(), **HERE)


async def test_guesses_are_counted_by_person_wherever_they_come_from(access: Access, phone: Phone, hall: Hall):
    for number in range(5):
        ticket = (await half_way(access)).ticket
        with pytest.raises(NotAllowed):
            await access.sign_in_with_code(ticket, "000000", address=f"10.0.1.{number}", agent="x")
    with pytest.raises(TooMany):
        await finished(access, phone.code())
    with pytest.raises(TooMany):
        await access.step_up(phone.caller, PASSWORD, phone.code())
    hall.clock.advance(901)
    assert await finished(access, phone.code())


async def test_turning_it_off_brings_back_the_password_alone(access: Access, phone: Phone):
    await access.proving.authenticators.disable(OWNER.id)
    assert isinstance(await access.sign_in("owner", PASSWORD, **HERE), SignedIn)
    assert (await access.proving.of(OWNER.id)).recovery_codes == 0
    with pytest.raises(NotFound):
        await access.proving.authenticators.disable(OWNER.id)


async def test_a_reset_leaves_the_password_and_ends_sessions_and_what_is_half_way(access: Access, phone: Phone):
    waiting = await half_way(access)
    await access.proving.reset(OWNER.id)
    assert phone.caller.is_live is not None
    assert not await phone.caller.is_live()
    with pytest.raises(NotAllowed):
        await access.sign_in_with_code(waiting.ticket, phone.paper[0], **HERE)
    assert isinstance(await access.sign_in("owner", PASSWORD, **HERE), SignedIn)


async def test_there_is_one_app_and_setting_it_up_needs_a_proof(access: Access, phone: Phone, hall: Hall):
    with pytest.raises(Conflict):
        await access.proving.begin_authenticator(phone.caller)
    signed = await finished(access, phone.code())
    hall.clock.advance(301)
    stale = await access.by_cookie(signed.cookie, address="10.0.0.7")
    for refused in (
        access.proving.begin_authenticator(stale),
        access.proving.waiting_authenticator(stale),
        access.proving.confirm_authenticator(stale, "000000"),
        access.proving.renew_recovery_codes(stale),
    ):
        with pytest.raises(NeedsProof):
            await refused


async def test_the_store_holds_neither_secret_nor_codes(access: Access, phone: Phone, hall: Hall):
    with hall.storage.database.read() as connection:
        rows = str(
            [connection.execute(sa.text(f"SELECT * FROM {t}")).all() for t in ("authenticators", "recovery_codes")]
        )
    assert "owner" in rows
    for secret in (phone.secret, phone.secret.replace(" ", ""), *phone.paper, phone.paper[0].replace("-", "")):
        assert secret not in rows


async def test_with_another_key_the_app_is_no_use_and_recovery_codes_still_are(access: Access, phone: Phone):
    access.proving.authenticators._seal = Seal(bytes(31) + b"\1")
    with pytest.raises(NeedsPerson):
        await finished(access, phone.code())
    assert await finished(access, phone.paper[0])


def test_what_is_sealed_opens_for_the_same_person_only():
    seal = Seal(bytes(32))
    sealed = seal.close(b"secret", about="owner")
    assert sealed != seal.close(b"secret", about="owner")
    assert seal.open(sealed, about="owner") == b"secret"
    for wrong in (sealed[:-8] + "AAAAAAA=", "", "%", sealed[::-1]):
        with pytest.raises(NeedsPerson):
            seal.open(wrong, about="owner")
    with pytest.raises(NeedsPerson):
        seal.open(sealed, about="person-1")


def test_a_mark_belongs_to_one_thing_and_one_key():
    mark = Seal(bytes(32)).mark("a")
    assert mark == Seal(bytes(32)).mark("a")
    assert mark not in {Seal(bytes(32)).mark("b"), Seal(bytes(31) + b"\1").mark("a")}
