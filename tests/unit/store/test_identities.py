"""Links and tries, on both databases: an account is one person, and a try is taken once by its own browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.errors import Conflict
from steward.model.identity import Link, Purpose
from steward.model.ids import PrincipalId
from steward.store import identities
from steward.store.database import Database
from steward.store.identities import Flow
from tests.databases import NOW

LINK = Link(issuer="https://id.example", subject="s-1", person=PrincipalId("person-1"), created=NOW, name="A\0\u202e")
FLOW = Flow(
    digest="d-1",
    browser="b-1",
    purpose=Purpose.JOIN,
    redirect="https://home.example/oidc/callback",
    created=NOW,
    expires=NOW + timedelta(minutes=10),
    next="/a\u202e",
    invitation="i-1",
    name="anna",
)


def test_a_link_comes_back_as_it_was_and_an_account_is_one_person(database: Database):
    with database.write() as connection:
        identities.insert(connection, LINK)
        identities.insert(connection, replace(LINK, issuer="https://other.example"))
        assert identities.get(connection, LINK.issuer, LINK.subject) == LINK
        assert identities.get(connection, LINK.issuer, "s-2") is None
        assert len(identities.of_person(connection, LINK.person)) == 2
    with pytest.raises(Conflict), database.write() as connection:
        identities.insert(connection, replace(LINK, person=PrincipalId("person-2")))


def test_only_its_own_link_is_taken_away(database: Database):
    with database.write() as connection:
        identities.insert(connection, LINK)
        assert not identities.remove(connection, replace(LINK, person=PrincipalId("person-2")))
        identities.set_lapsed(connection, LINK, NOW)
        assert identities.of_person(connection, LINK.person) == (replace(LINK, lapsed=NOW),)
        assert identities.remove(connection, LINK)
        assert not identities.remove(connection, LINK)


def test_a_try_is_taken_once_in_time_and_by_its_browser(database: Database):
    with database.write() as connection:
        identities.begin(connection, FLOW)
        assert identities.take(connection, "d-1", browser="b-2", now=NOW) is None
        assert identities.take(connection, "d-1", browser="b-1", now=FLOW.expires) is None
        assert identities.take(connection, "d-1", browser="b-1", now=NOW) == FLOW
        assert identities.take(connection, "d-1", browser="b-1", now=NOW) is None


def test_whoever_took_too_long_is_forgotten(database: Database):
    with database.write() as connection:
        identities.begin(connection, FLOW)
        identities.begin(connection, replace(FLOW, digest="d-2", created=FLOW.expires, expires=FLOW.expires))
        assert identities.take(connection, "d-1", browser="b-1", now=NOW) is None
