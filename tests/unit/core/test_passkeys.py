"""Passkeys: what counts as an answer, to which question, of whom, how often."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from steward.core.access import Access, SignedIn
from steward.core.passkeys import Copied
from steward.core.routes import Caller
from steward.model.access import Role
from steward.model.errors import Conflict, InvalidInput, NeedsProof, NotAllowed, NotFound, TooMany
from steward.model.proof import relying_party
from steward.model.risk import Strength
from steward.store import audit as audit_table
from tests.passkey import PRESENT, SoftwarePasskey
from tests.unit.core.hall import OWNER, Hall

PASSWORD = "correct horse"
HERE = {"address": "10.0.0.7", "agent": "Browser 1"}
ABOUT = "/a/K7QM/approve"
PARTY = relying_party("http://localhost:8787")
assert PARTY is not None


@pytest.fixture
async def access(hall: Hall) -> Access:
    await hall.owner.set(PASSWORD)
    return hall.access


@pytest.fixture
async def caller(access: Access) -> Caller:
    return (await access.sign_in("owner", PASSWORD, **HERE)).caller


async def added(access: Access, caller: Caller, key: SoftwarePasskey, name: str = "phone") -> SoftwarePasskey:
    asked = await access.proving.ask_for_new_passkey(caller, PARTY)
    await access.proving.add_passkey(caller, key.create(asked.options), name, PARTY)
    return key


async def signed_in(access: Access, key: SoftwarePasskey) -> SignedIn:
    asked = await access.proving.ask_for_passkey(PARTY, address="10.0.0.8")
    return await access.sign_in_with_passkey(key.get(asked.options), asked.ticket, PARTY, **HERE)


async def proven(access: Access, caller: Caller, key: SoftwarePasskey, about: str = ABOUT) -> SignedIn:
    asked = await access.proving.ask_to_prove(caller, ABOUT, PARTY)
    return await access.step_up_with_passkey(caller, key.get(asked.options), about, PARTY)


async def invited(access: Access, name: str = "anna") -> Caller:
    code = await access.people.invite(OWNER.id, Role.OPERATOR)
    return (await access.accept(code, name=name, password="battery staple", **HERE)).caller


async def test_a_passkey_signs_in_without_a_name(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    signed = await signed_in(access, key)
    assert signed.caller.known.id == OWNER.id
    assert signed.caller.known.strength is Strength.STEP_UP
    [kept] = await access.proving.passkeys.listing(OWNER.id)
    assert (kept.name, kept.host, kept.last_used is None) == ("phone", "localhost", False)


async def test_a_passkey_proves_one_request_as_strongly_as_can_be_and_serves_five_minutes(
    access: Access, caller: Caller, hall: Hall
):
    key = await added(access, caller, SoftwarePasskey())
    hall.clock.advance(301)
    signed = await proven(access, caller, key)
    assert signed.caller.known.strength is Strength.PASSKEY
    assert signed.caller.credential == caller.credential
    again = await access.by_cookie(signed.cookie, address="10.0.0.7")
    assert again.known.strength is Strength.STEP_UP
    hall.clock.advance(301)
    later = await access.by_cookie(signed.cookie, address="10.0.0.7")
    assert later.known.strength is Strength.SESSION


async def test_adding_one_needs_a_proof_of_the_last_five_minutes(access: Access, hall: Hall):
    signed = await access.sign_in("owner", PASSWORD, **HERE)
    asked = await access.proving.ask_for_new_passkey(signed.caller, PARTY)
    hall.clock.advance(301)
    stale = await access.by_cookie(signed.cookie, address="10.0.0.7")
    with pytest.raises(NeedsProof):
        await access.proving.ask_for_new_passkey(stale, PARTY)
    with pytest.raises(NeedsProof):
        await access.proving.add_passkey(stale, SoftwarePasskey().create(asked.options), "x", PARTY)
    assert await access.proving.passkeys.listing(OWNER.id) == ()


async def test_a_challenge_is_answered_once(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    asked = await access.proving.ask_for_passkey(PARTY, address="10.0.0.8")
    answer = key.get(asked.options)
    await access.sign_in_with_passkey(answer, asked.ticket, PARTY, **HERE)
    with pytest.raises(NotAllowed, match="came before"):
        await access.sign_in_with_passkey(answer, asked.ticket, PARTY, **HERE)


async def test_a_wrong_answer_uses_the_challenge_up(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    asked = await access.proving.ask_for_passkey(PARTY, address="10.0.0.8")
    thief = SoftwarePasskey(id=key.id, handle=key.handle, uses=7)
    with pytest.raises(NotAllowed, match="not accepted"):
        await access.sign_in_with_passkey(thief.get(asked.options), asked.ticket, PARTY, **HERE)
    with pytest.raises(NotAllowed, match="came before"):
        await access.sign_in_with_passkey(key.get(asked.options), asked.ticket, PARTY, **HERE)


async def test_a_challenge_is_void_after_five_minutes(access: Access, caller: Caller, hall: Hall):
    key = await added(access, caller, SoftwarePasskey())
    asked = await access.proving.ask_for_passkey(PARTY, address="10.0.0.8")
    hall.clock.advance(300)
    with pytest.raises(NotAllowed, match="too late"):
        await access.sign_in_with_passkey(key.get(asked.options), asked.ticket, PARTY, **HERE)


async def test_an_answer_belongs_to_the_browser_that_asked(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    asked = await access.proving.ask_for_passkey(PARTY, address="10.0.0.8")
    other = await access.proving.ask_for_passkey(PARTY, address="10.0.0.9")
    with pytest.raises(NotAllowed, match="another question"):
        await access.sign_in_with_passkey(key.get(asked.options), other.ticket, PARTY, **HERE)


async def test_a_proof_for_one_thing_proves_no_other(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    with pytest.raises(NotAllowed, match="another question"):
        await proven(access, caller, key, about="/a/ZZZZ/approve")
    elsewhere = (await access.sign_in("owner", PASSWORD, **HERE)).caller
    asked = await access.proving.ask_to_prove(caller, ABOUT, PARTY)
    with pytest.raises(NotAllowed, match="another question"):
        await access.step_up_with_passkey(elsewhere, key.get(asked.options), ABOUT, PARTY)


async def test_a_sign_in_is_no_proof_and_a_proof_no_sign_in(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    asked = await access.proving.ask_for_passkey(PARTY, address="10.0.0.8")
    with pytest.raises(NotAllowed, match="another question"):
        await access.step_up_with_passkey(caller, key.get(asked.options), "", PARTY)
    asked = await access.proving.ask_to_prove(caller, ABOUT, PARTY)
    with pytest.raises(NotAllowed, match="another question"):
        await access.sign_in_with_passkey(key.get(asked.options), "", PARTY, **HERE)


async def test_nobody_proves_who_they_are_with_somebody_elses_passkey(access: Access, caller: Caller):
    owners = await added(access, caller, SoftwarePasskey())
    anna = await invited(access)
    with pytest.raises(NotFound):
        await access.proving.ask_to_prove(anna, ABOUT, PARTY)
    await added(access, anna, SoftwarePasskey())
    with pytest.raises(NotAllowed, match="somebody else's"):
        await proven(access, anna, owners)


async def test_a_passkey_that_tells_another_persons_handle_is_refused(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    key.handle = "c29tZWJvZHkgZWxzZQ"
    with pytest.raises(NotAllowed, match="somebody else's"):
        await signed_in(access, key)


@pytest.mark.parametrize(
    "wrong",
    [{"origin": "http://localhost:9999"}, {"origin": "https://evil.example"}, {"host": "evil.example"}, {"flags": 0}],
    ids=["another port", "another site", "another party", "nobody there"],
)
async def test_an_answer_made_elsewhere_or_by_nobody_is_refused(access: Access, caller: Caller, wrong: dict):
    key = await added(access, caller, SoftwarePasskey())
    for name, value in wrong.items():
        setattr(key, name, value)
    with pytest.raises(NotAllowed, match="not accepted"):
        await signed_in(access, key)
    asked = await access.proving.ask_for_new_passkey(caller, PARTY)
    with pytest.raises(NotAllowed, match="not accepted"):
        await access.proving.add_passkey(caller, SoftwarePasskey(**wrong).create(asked.options), "x", PARTY)


async def test_a_device_that_did_not_check_its_owner_is_refused(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    key.flags = PRESENT
    with pytest.raises(NotAllowed, match="not accepted"):
        await signed_in(access, key)
    asked = await access.proving.ask_for_new_passkey(caller, PARTY)
    with pytest.raises(NotAllowed, match="not accepted"):
        await access.proving.add_passkey(caller, SoftwarePasskey(flags=PRESENT).create(asked.options), "x", PARTY)


@pytest.mark.parametrize("behind", [0, 1, 5])
async def test_a_copy_that_counts_fewer_uses_is_refused_and_written_down(
    access: Access, caller: Caller, hall: Hall, behind: int
):
    key = await added(access, caller, SoftwarePasskey(uses=10))
    await signed_in(access, key)
    copy = replace(key, uses=key.uses - 1 - behind)
    with pytest.raises(Copied):
        await signed_in(access, copy)
    assert (await signed_in(access, key)).caller.known.id == OWNER.id
    with hall.storage.database.read() as connection:
        kinds = [row.kind for row in audit_table.rows(connection)]
    assert kinds.count("access.passkey_copied") == 1


async def test_a_copy_is_only_spoken_of_when_the_signature_is_right(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey(uses=10))
    with pytest.raises(NotAllowed) as refused:
        await signed_in(access, SoftwarePasskey(id=key.id, handle=key.handle, uses=0))
    assert not isinstance(refused.value, Copied)


async def test_a_device_that_does_not_count_is_fine(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey(step=0))
    assert [(await signed_in(access, key)).caller.known.id for _ in range(2)] == [OWNER.id] * 2


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "nothing", "[" * 50_000, '{"id": 1}', '"' + "x" * 70_000 + '"', json.dumps({"response": None})],
    ids=range(8),
)
async def test_an_answer_that_cannot_be_read_is_a_no(access: Access, caller: Caller, answer: str):
    with pytest.raises(NotAllowed, match="cannot be read"):
        await access.sign_in_with_passkey(answer, "", PARTY, **HERE)
    with pytest.raises(NotAllowed, match="cannot be read"):
        await access.proving.add_passkey(caller, answer, "x", PARTY)


async def test_answers_with_one_letter_changed_are_refused(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    for field in ("clientDataJSON", "authenticatorData", "signature"):
        asked = await access.proving.ask_for_passkey(PARTY, address=f"10.1.0.{len(field)}")
        answer = json.loads(key.get(asked.options))
        text = answer["response"][field]
        answer["response"][field] = text[:9] + ("A" if text[9] != "A" else "B") + text[10:]
        with pytest.raises(NotAllowed):
            await access.sign_in_with_passkey(json.dumps(answer), asked.ticket, PARTY, **HERE)


async def test_a_passkey_is_renamed_and_removed_by_its_owner_only(access: Access, caller: Caller):
    key, anna = await added(access, caller, SoftwarePasskey()), await invited(access)
    passkeys = access.proving.passkeys
    [kept] = await passkeys.listing(OWNER.id)
    for refused in (passkeys.remove(anna.known.id, kept.id), passkeys.rename(anna.known.id, kept.id, "mine")):
        with pytest.raises(NotFound):
            await refused
    assert (await passkeys.rename(OWNER.id, kept.id, " laptop ")).name == "laptop"
    assert [each.name for each in await passkeys.listing(OWNER.id)] == ["laptop"]
    await passkeys.remove(OWNER.id, kept.id)
    with pytest.raises(NotAllowed, match="not known"):
        await signed_in(access, key)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\u202eb", "a\nb"])
async def test_a_name_that_cannot_be_shown_is_refused(access: Access, caller: Caller, name: str):
    asked = await access.proving.ask_for_new_passkey(caller, PARTY)
    with pytest.raises(InvalidInput):
        await access.proving.add_passkey(caller, SoftwarePasskey().create(asked.options), name, PARTY)


async def test_one_device_is_added_once(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    asked = await access.proving.ask_for_new_passkey(caller, PARTY)
    assert json.loads(asked.options)["excludeCredentials"]
    assert json.loads(asked.options)["user"]["id"] == key.handle
    with pytest.raises(Conflict):
        await access.proving.add_passkey(caller, key.create(asked.options), "again", PARTY)


async def test_whoever_is_shut_out_stays_out(access: Access, hall: Hall):
    anna = await invited(access)
    key = await added(access, anna, SoftwarePasskey())
    await access.people.disable("anna")
    with pytest.raises(NotAllowed):
        await signed_in(access, key)


async def test_after_a_reset_no_passkey_is_accepted(access: Access, caller: Caller):
    key = await added(access, caller, SoftwarePasskey())
    await access.proving.reset(OWNER.id)
    with pytest.raises(NotAllowed, match="not known"):
        await signed_in(access, key)


async def test_wrong_answers_and_questions_are_counted(access: Access, caller: Caller, hall: Hall):
    for _ in range(20):
        with pytest.raises(NotAllowed):
            await access.sign_in_with_passkey("", "", PARTY, **HERE)
    with pytest.raises(TooMany):
        await access.sign_in_with_passkey("", "", PARTY, **HERE)
    for _ in range(30):
        await access.proving.ask_for_passkey(PARTY, address="10.0.0.9")
    with pytest.raises(TooMany):
        await access.proving.ask_for_passkey(PARTY, address="10.0.0.9")
    hall.clock.advance(timedelta(minutes=5).total_seconds())
    assert await access.proving.ask_for_passkey(PARTY, address="10.0.0.9")


async def test_the_store_keeps_no_challenge_and_no_ticket(access: Access, hall: Hall):
    asked = await access.proving.ask_for_passkey(PARTY, address="10.0.0.9")
    with hall.storage.database.read() as connection:
        rows = str(connection.execute(sa.text("SELECT * FROM challenges")).all())
    assert "sign_in" in rows
    assert asked.ticket not in rows
    assert json.loads(asked.options)["challenge"] not in rows
