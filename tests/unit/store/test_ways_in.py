"""What the API and the webhooks keep: a delivery is new once, an answer is found by its caller and key only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from steward.store import answers, deliveries
from steward.store.answers import Kept
from steward.store.database import Database
from tests.databases import NOW

LATER = NOW + timedelta(minutes=1)
KEPT = Kept(request="r-1", at=NOW, body={"status": 202, "result": {"text": "a\0b"}})


def test_a_delivery_is_new_once_for_each_hook(database: Database):
    with database.write() as connection:
        assert deliveries.take(connection, "ci", "d-1", at=NOW)
        assert not deliveries.take(connection, "ci", "d-1", at=LATER)
        assert deliveries.take(connection, "git", "d-1", at=LATER)


def test_the_last_delivery_of_each_hook_is_told_and_old_ones_are_forgotten(database: Database):
    with database.write() as connection:
        for digest, at in (("d-1", NOW), ("d-2", LATER)):
            deliveries.take(connection, "ci", digest, at=at)
        assert deliveries.last(connection) == {"ci": LATER}
        assert deliveries.prune(connection, before=LATER) == 1
        assert deliveries.last(connection) == {"ci": LATER}


def test_an_answer_is_found_by_its_caller_and_key_only(database: Database):
    with database.write() as connection:
        answers.put(connection, "token-1", "k", replace(KEPT, body=None))
        answers.put(connection, "token-1", "k", KEPT)
        assert answers.get(connection, "token-1", "k") == KEPT
        assert answers.get(connection, "token-2", "k") is None
        assert answers.get(connection, "token-1", "K") is None
        assert (answers.count(connection, "token-1"), answers.count(connection, "token-2")) == (1, 0)


def test_an_answer_can_be_dropped_and_is_forgotten_with_age(database: Database):
    with database.write() as connection:
        for key in ("a", "b"):
            answers.put(connection, "token-1", key, KEPT)
        answers.drop(connection, "token-1", "a")
        assert answers.get(connection, "token-1", "a") is None
        assert answers.prune(connection, before=NOW) == 0
        assert answers.prune(connection, before=LATER) == 1
