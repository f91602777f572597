from __future__ import annotations

from steward.model.approval import fingerprint
from steward.store import plans
from steward.store.database import Database
from tests.unit.store import cases


def test_a_plan_comes_back_with_the_very_fingerprint_it_was_stored_with(database: Database):
    plan = cases.plan()
    with database.write() as connection:
        plans.insert(connection, plan, fingerprint=fingerprint(plan), shown="Restart \0 nginx")
    with database.read() as connection:
        stored = plans.get(connection, plan.id)
    assert stored.plan == plan
    assert fingerprint(stored.plan) == stored.fingerprint == fingerprint(plan)
    assert stored.shown == "Restart \0 nginx"


def test_a_plan_that_is_not_there_is_absent(database: Database):
    with database.read() as connection:
        assert plans.get(connection, "plan-9") is None
