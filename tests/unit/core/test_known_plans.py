"""Plans are put together once, and only so many are kept."""

from __future__ import annotations

from steward.core.known_plans import KnownPlans
from steward.model.approval import fingerprint
from steward.model.ids import PlanId
from steward.store import plans
from steward.store.database import Database
from tests.unit.store import cases


def keep(database: Database, *numbers: int) -> None:
    with database.write() as connection:
        for number in numbers:
            plan = cases.plan(f"plan-{number}")
            plans.insert(connection, plan, fingerprint=fingerprint(plan), shown="shown")


def test_a_plan_that_was_asked_for_is_not_put_together_again(sqlite_database: Database) -> None:
    keep(sqlite_database, 1, 2)
    known = KnownPlans()
    with sqlite_database.read() as connection:
        first = known.get(connection, PlanId("plan-1"))
        assert first == plans.get(connection, PlanId("plan-1"))
        assert known.get(connection, PlanId("plan-1")) is first
        assert known.get(connection, PlanId("plan-2")) == plans.get(connection, PlanId("plan-2"))


def test_a_plan_that_is_not_there_yet_is_found_once_it_is(sqlite_database: Database) -> None:
    known = KnownPlans()
    with sqlite_database.read() as connection:
        assert known.get(connection, PlanId("plan-1")) is None
    keep(sqlite_database, 1)
    with sqlite_database.read() as connection:
        assert known.get(connection, PlanId("plan-1")) is not None


def test_the_plan_that_was_not_asked_for_longest_is_let_go_of(sqlite_database: Database) -> None:
    keep(sqlite_database, 1, 2, 3)
    known = KnownPlans(most=2)
    with sqlite_database.read() as connection:
        one = known.get(connection, PlanId("plan-1"))
        two = known.get(connection, PlanId("plan-2"))
        assert known.get(connection, PlanId("plan-1")) is one
        known.get(connection, PlanId("plan-3"))
        assert known.get(connection, PlanId("plan-1")) is one
        again = known.get(connection, PlanId("plan-2"))
        assert again == two
        assert again is not two
