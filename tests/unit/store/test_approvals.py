from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from steward.model.approval import ApprovalState
from steward.model.errors import Conflict
from steward.model.risk import Strength
from steward.store import approvals
from steward.store.database import Connection, Database
from tests.databases import NOW
from tests.unit.store import cases

OPEN = (ApprovalState.PENDING, ApprovalState.APPROVED)


def decide(connection: Connection, to: ApprovalState = ApprovalState.APPROVED, **changes: object) -> bool:
    given = {"by": "owner", "strength": Strength.STEP_UP, "channel": "cli", "at": NOW, "reason": ""} | changes
    return approvals.decide(connection, "apr-1", to=to, **given)


def state(database: Database) -> ApprovalState:
    with database.read() as connection:
        return approvals.get(connection, "apr-1").state


def test_an_approval_comes_back_as_it_was(database: Database):
    with database.write() as connection:
        asked = cases.propose(connection, reason="a\0b")
    with database.read() as connection:
        assert approvals.get(connection, asked.id) == asked
        assert approvals.get(connection, "apr-9") is None


def test_a_decision_keeps_who_how_and_when(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        assert decide(connection, ApprovalState.REJECTED, reason="not now")
        decided = approvals.get(connection, "apr-1")
    assert decided.state is ApprovalState.REJECTED
    assert (decided.decided_by, decided.decided_strength, decided.decided_channel) == ("owner", Strength.STEP_UP, "cli")
    assert (decided.decided_at, decided.reason) == (NOW, "not now")


def test_the_first_answer_wins(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        assert decide(connection, ApprovalState.REJECTED)
        assert not decide(connection, ApprovalState.APPROVED)
        assert not decide(connection, ApprovalState.REJECTED)
    assert state(database) is ApprovalState.REJECTED


def test_a_yes_at_the_moment_of_expiry_comes_too_late_and_a_no_does_not(database: Database):
    with database.write() as connection:
        asked = cases.propose(connection)
        assert not decide(connection, ApprovalState.APPROVED, at=asked.expires)
        assert decide(connection, ApprovalState.REJECTED, at=asked.expires)


def test_a_decision_is_a_yes_or_a_no(database: Database):
    with database.write() as connection:
        cases.propose(connection)
    with database.write() as connection, pytest.raises(ValueError, match="approves or rejects"):
        decide(connection, ApprovalState.CONSUMED)
    assert state(database) is ApprovalState.PENDING


def test_only_an_approved_one_that_is_in_time_can_be_consumed(database: Database):
    with database.write() as connection:
        asked = cases.propose(connection)
        assert not approvals.consume(connection, "apr-1", at=NOW)
        assert decide(connection)
        assert not approvals.consume(connection, "apr-1", at=asked.expires)
        assert approvals.consume(connection, "apr-1", at=asked.expires - timedelta(microseconds=1))
        assert not approvals.consume(connection, "apr-1", at=NOW)
        assert not approvals.lapse(connection, "apr-1", to=ApprovalState.STALE, frm=OPEN, reason="", at=NOW)
    assert state(database) is ApprovalState.CONSUMED


def test_of_many_who_consume_at_once_exactly_one_wins(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        decide(connection)
    start, won = threading.Barrier(24), []

    def consume():
        start.wait()
        with database.write() as connection:
            won.append(approvals.consume(connection, "apr-1", at=NOW))

    threads = [threading.Thread(target=consume) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 24
    assert sum(won) == 1


def test_of_many_who_answer_at_once_the_stored_answer_is_the_winners(database: Database):
    with database.write() as connection:
        cases.propose(connection)
    start, won = threading.Barrier(16), []

    def answer(number: int):
        start.wait()
        to = ApprovalState.APPROVED if number % 2 else ApprovalState.REJECTED
        with database.write() as connection:
            if decide(connection, to, by=f"p{number}"):
                won.append((to, f"p{number}"))

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        stored = approvals.get(connection, "apr-1")
    assert won == [(stored.state, stored.decided_by)]


def test_a_consumption_that_is_rolled_back_can_be_done_again(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        decide(connection)

    def block(connection: Connection):
        assert approvals.consume(connection, "apr-1", at=NOW)
        raise KeyError

    with pytest.raises(KeyError), database.write() as connection:
        block(connection)
    assert state(database) is ApprovalState.APPROVED
    with database.write() as connection:
        assert approvals.consume(connection, "apr-1", at=NOW)


def test_one_that_lapses_says_why_and_keeps_the_persons_decision(database: Database):
    later = NOW + timedelta(minutes=5)
    with database.write() as connection:
        cases.propose(connection)
        decide(connection)
        pending = (ApprovalState.PENDING,)
        assert not approvals.lapse(connection, "apr-1", to=ApprovalState.STALE, frm=pending, reason="x", at=later)
        assert approvals.lapse(connection, "apr-1", to=ApprovalState.STALE, frm=OPEN, reason="it changed", at=later)
        lapsed = approvals.get(connection, "apr-1")
    assert (lapsed.state, lapsed.reason) == (ApprovalState.STALE, "it changed")
    assert (lapsed.decided_by, lapsed.decided_at) == ("owner", NOW)


def test_one_nobody_answered_lapses_at_its_time(database: Database):
    with database.write() as connection:
        asked = cases.propose(connection)
        assert approvals.lapse(
            connection, "apr-1", to=ApprovalState.EXPIRED, frm=OPEN, reason="time passed", at=asked.expires
        )
        lapsed = approvals.get(connection, "apr-1")
    assert (lapsed.state, lapsed.decided_by, lapsed.decided_at) == (ApprovalState.EXPIRED, None, asked.expires)


def test_an_ended_one_does_not_lapse_whatever_the_caller_says(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        decide(connection, ApprovalState.REJECTED)
        every = tuple(ApprovalState)
        assert not approvals.lapse(connection, "apr-1", to=ApprovalState.EXPIRED, frm=every, reason="", at=NOW)


def test_a_code_belongs_to_one_open_approval_and_is_free_again_afterwards(database: Database):
    with database.write() as connection:
        cases.propose(connection, 1, code="CODE")
        assert approvals.by_code(connection, "CODE").id == "apr-1"
        assert approvals.by_code(connection, "NONE") is None
    with pytest.raises(Conflict), database.write() as connection:
        cases.propose(connection, 2, code="CODE")
    with database.write() as connection:
        decide(connection, ApprovalState.REJECTED)
        assert approvals.by_code(connection, "CODE") is None
        cases.propose(connection, 2, code="CODE")
        assert approvals.by_code(connection, "CODE").id == "apr-2"


def test_a_listing_is_newest_first_by_state_and_bounded(database: Database):
    with database.write() as connection:
        for number in range(1, 6):
            cases.propose(connection, number, created=NOW + timedelta(seconds=number))
        decide(connection, ApprovalState.REJECTED)
        listed = [found.id for found in approvals.listing(connection, states=OPEN, limit=3)]
        everything = approvals.listing(connection)
    assert listed == ["apr-5", "apr-4", "apr-3"]
    assert len(everything) == 5


def test_the_newest_no_to_the_same_wish_is_found(database: Database):
    with database.write() as connection:
        wish = cases.propose(connection).intent_hash
        assert approvals.last_rejected(connection, wish, since=NOW - cases.HOUR) is None
        decide(connection, ApprovalState.REJECTED)
        assert approvals.last_rejected(connection, wish, since=NOW - cases.HOUR).id == "apr-1"
        assert approvals.last_rejected(connection, wish, since=NOW + timedelta(seconds=1)) is None
        assert approvals.last_rejected(connection, "other", since=NOW - cases.HOUR) is None


def test_the_approval_of_a_plan_is_found(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        assert approvals.of_plan(connection, "plan-1").id == "apr-1"
        assert approvals.of_plan(connection, "plan-2") is None


def test_a_code_that_was_answered_is_found_with_its_newest_answer(database: Database):
    with database.write() as connection:
        cases.propose(connection)
        assert approvals.answered_code(connection, "AAA1") is None
        assert decide(connection, ApprovalState.REJECTED)
        assert approvals.answered_code(connection, "AAA1").id == "apr-1"
        cases.propose(connection, number=2, code="AAA1", created=NOW + timedelta(hours=1))
        assert approvals.lapse(connection, "apr-2", to=ApprovalState.STALE, frm=OPEN, reason="", at=NOW)
        assert approvals.answered_code(connection, "AAA1").id == "apr-2"
        assert approvals.answered_code(connection, "ZZZZ") is None


def test_what_waits_is_counted_for_each_requester_until_it_expires(database: Database):
    with database.write() as connection:
        for number, requester in enumerate(("a", "a", "b", "b"), start=1):
            asked = cases.propose(connection, number=number, requester=requester)
        assert decide(connection, ApprovalState.APPROVED)
        assert approvals.count_waiting(connection, NOW) == {"a": 1, "b": 2}
        assert approvals.count_waiting(connection, asked.expires) == {}
