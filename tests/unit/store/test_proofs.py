"""Challenges, passkeys and codes in the store: what serves once serves once, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.errors import StewardError
from steward.model.ids import PasskeyId, PrincipalId
from steward.model.proof import Passkey
from steward.store import authenticators, challenges, passkeys
from steward.store.authenticators import Authenticator
from steward.store.challenges import Challenge, Purpose
from steward.store.database import Database
from steward.store.passkeys import Credential
from tests.databases import NOW

ANNA, OWNER = PrincipalId("person-1"), PrincipalId("owner")
LATER = NOW + timedelta(minutes=5)
CHALLENGE = Challenge(digest="d-1", purpose=Purpose.STEP_UP, bound="session-1", about="/a/\u202e", expires=LATER)
KEY = Credential(
    passkey=Passkey(id=PasskeyId("passkey-1"), person=ANNA, name="phone \u202e\0", host="localhost", created=NOW),
    credential="c-1",
    handle="h-1",
    public_key="p-1",
    uses=3,
)
APP = Authenticator(person=ANNA, sealed="s-1", created=NOW)


def test_a_challenge_is_taken_once_and_not_when_it_is_void(database: Database):
    with database.write() as connection:
        challenges.put(connection, CHALLENGE, now=NOW)
        assert challenges.get(connection, "d-1", now=NOW) == CHALLENGE
        assert challenges.use(connection, "d-1", now=LATER) is None
        assert challenges.use(connection, "d-1", now=NOW) == CHALLENGE
        assert challenges.use(connection, "d-1", now=NOW) is None


def test_a_new_challenge_replaces_the_one_before_of_the_same_browser_and_purpose_and_sweeps_what_is_void(
    database: Database,
):
    with database.write() as connection:
        for digest, changed in (("d-1", {}), ("d-2", {"purpose": Purpose.REGISTER}), ("d-3", {"bound": "session-2"})):
            challenges.put(connection, replace(CHALLENGE, digest=digest, **changed), now=NOW)
        challenges.put(connection, replace(CHALLENGE, digest="d-4"), now=NOW)
        left = [digest for digest in ("d-1", "d-2", "d-3", "d-4") if challenges.get(connection, digest, now=NOW)]
        assert left == ["d-2", "d-3", "d-4"]
        newest = replace(CHALLENGE, digest="d-5", person=ANNA, bound="session-3", expires=LATER + timedelta(minutes=5))
        challenges.put(connection, newest, now=LATER)
        assert challenges.get(connection, "d-2", now=NOW) is None
        challenges.forget_of(connection, ANNA)
        assert challenges.get(connection, "d-5", now=LATER) is None


def test_a_passkey_comes_back_as_it_was_and_its_uses_are_counted_from_what_was_seen(database: Database):
    with database.write() as connection:
        passkeys.insert(connection, KEY)
        assert passkeys.by_credential(connection, "c-1") == KEY
        assert not passkeys.use(connection, KEY.passkey.id, before=2, uses=4, at=LATER)
        assert passkeys.use(connection, KEY.passkey.id, before=3, uses=4, at=LATER)
        [used] = passkeys.of_person(connection, ANNA)
        assert (used.uses, used.passkey.last_used) == (4, LATER)


def test_a_passkey_is_changed_and_removed_for_its_person_only(database: Database):
    with database.write() as connection:
        passkeys.insert(connection, KEY)
        assert not passkeys.rename(connection, replace(KEY.passkey, person=OWNER, name="mine"))
        assert passkeys.rename(connection, replace(KEY.passkey, name="laptop"))
        assert [each.passkey.name for each in passkeys.of_person(connection, ANNA)] == ["laptop"]
        assert not passkeys.remove(connection, KEY.passkey.id, person=OWNER)
        assert passkeys.remove(connection, KEY.passkey.id, person=ANNA)
        assert passkeys.remove_of(connection, ANNA) == 0


def test_a_step_is_taken_once_and_never_backwards_and_not_for_another_secret(database: Database):
    with database.write() as connection:
        authenticators.put(connection, APP)
        assert authenticators.get(connection, ANNA) == APP
        assert authenticators.take(connection, APP, step=7)
        assert not authenticators.take(connection, APP, step=7)
        assert not authenticators.take(connection, APP, step=6)
        assert not authenticators.take(connection, replace(APP, sealed="s-0"), step=8)
        assert authenticators.take(connection, APP, step=8)


def test_an_app_is_confirmed_once_and_only_an_unconfirmed_one_is_begun_anew(database: Database):
    with database.write() as connection:
        authenticators.put(connection, APP)
        authenticators.put(connection, replace(APP, sealed="s-2"))
        assert authenticators.confirm(connection, ANNA, at=LATER)
        assert not authenticators.confirm(connection, ANNA, at=LATER)
        assert not authenticators.confirm(connection, OWNER, at=LATER)
    with pytest.raises(StewardError), database.write() as connection:
        authenticators.put(connection, replace(APP, sealed="s-3"))
    with database.write() as connection:
        kept = authenticators.get(connection, ANNA)
        assert kept is not None
        assert (kept.sealed, kept.confirmed) == ("s-2", LATER)
        assert authenticators.remove(connection, ANNA)
        assert not authenticators.remove(connection, ANNA)


def test_a_recovery_code_is_used_once_by_its_person_and_replaced_all_together(database: Database):
    with database.write() as connection:
        authenticators.set_codes(connection, ANNA, ["a", "b"])
        assert not authenticators.use_code(connection, OWNER, "a")
        assert authenticators.use_code(connection, ANNA, "a")
        assert not authenticators.use_code(connection, ANNA, "a")
        authenticators.set_codes(connection, ANNA, ["c", "d", "e"])
        assert authenticators.count_codes(connection, ANNA) == 3
        assert not authenticators.use_code(connection, ANNA, "b")
