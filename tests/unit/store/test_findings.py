from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.store import findings
from steward.store.database import Connection, Database
from steward.store.findings import FindingDelta
from tests.databases import NOW
from tests.unit.store import cases

CHECKS = ("failed_units", "full_filesystems")


def look(connection: Connection, *seen, minutes: int = 0, checked=CHECKS, machine="mch-1") -> FindingDelta:
    at = NOW + timedelta(minutes=minutes)
    return findings.observe(connection, machine=machine, checked=checked, findings=seen, at=at)


def test_a_finding_is_opened_kept_and_closed(database: Database):
    with database.write() as connection:
        first = look(connection, cases.finding(used=91))
        again = look(connection, cases.finding(used=95), minutes=1)
        kept = findings.still_open(connection)
        gone = look(connection, minutes=2)
        closed = findings.closed_at(connection, "fnd-1")
    assert [found.id for found in first.opened] == ["fnd-1"]
    assert first.opened[0] == replace(cases.finding(used=91), since=NOW)
    assert again == FindingDelta(opened=(), closed=())
    assert kept == (replace(cases.finding(used=95), since=NOW),)
    assert [found.id for found in gone.closed] == ["fnd-1"]
    assert closed == NOW + timedelta(minutes=2)


def test_what_was_not_looked_at_stays_open(database: Database):
    with database.write() as connection:
        look(connection, cases.finding())
        assert look(connection, minutes=1, checked=("full_filesystems",)) == FindingDelta(opened=(), closed=())
        assert look(connection, minutes=2, checked=()) == FindingDelta(opened=(), closed=())
        assert len(findings.still_open(connection)) == 1
        assert findings.closed_at(connection, "fnd-1") is None


def test_another_machine_closes_nothing_here(database: Database):
    with database.write() as connection:
        look(connection, cases.finding())
        look(connection, machine="mch-2")
        assert len(findings.still_open(connection, machine="mch-1")) == 1
        assert findings.still_open(connection, machine="mch-2") == ()


def test_a_finding_that_comes_back_is_opened_anew(database: Database):
    with database.write() as connection:
        look(connection, cases.finding())
        look(connection, minutes=1)
        back = look(connection, cases.finding(), minutes=2)
        assert findings.get(connection, "fnd-1").since == NOW + timedelta(minutes=2)
        assert findings.closed_at(connection, "fnd-1") is None
        assert findings.get(connection, "fnd-9") is None
    assert [found.since for found in back.opened] == [NOW + timedelta(minutes=2)]


LOOKS = st.lists(
    st.tuples(st.sets(st.sampled_from(CHECKS)), st.sets(st.sampled_from([f"{c}/{n}" for c in CHECKS for n in "123"]))),
    max_size=12,
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=LOOKS)
def test_after_any_looks_exactly_what_a_model_of_them_says_is_open(sqlite_database: Database, looks):
    model: dict[str, int] = {}
    with sqlite_database.write() as connection:
        look(connection, minutes=-1)
        for minute, (checked, names) in enumerate(looks):
            seen = {name for name in names if name.split("/")[0] in checked}
            delta = look(
                connection, *(cases.finding(n, n.split("/")[0]) for n in seen), minutes=minute, checked=checked
            )
            gone = {name for name in model if name.split("/")[0] in checked and name not in seen}
            assert {found.id for found in delta.opened} == seen - set(model)
            assert {found.id for found in delta.closed} == gone
            model = {n: m for n, m in model.items() if n not in gone} | {n: minute for n in seen if n not in model}
            opened = {found.id: found.since for found in findings.still_open(connection)}
            assert opened == {name: NOW + timedelta(minutes=since) for name, since in model.items()}
