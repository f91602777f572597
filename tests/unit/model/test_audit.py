from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.lib.canonical import canonical
from steward.model.audit import (
    CHECKPOINT_ROWS,
    GENESIS,
    MOST_PROBLEMS,
    Actor,
    AuditHead,
    AuditRow,
    Checkpoint,
    ProblemKind,
    actors_of,
    checkpoint_message,
    is_checkpoint_due,
    row_hash,
    sealed,
    storable,
    unanchored,
    verify_chain,
)
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ACTOR = Actor(id="owner", kind=PrincipalKind.PERSON, strength=Strength.STEP_UP, channel="cli")
BLANK = AuditRow(
    seq=0,
    previous="",
    wall=NOW,
    monotonic=1.5,
    boot="boot-1",
    actors=(ACTOR,),
    kind="run.intended",
    subject="run-1",
    fingerprint="f",
    payload='{"a":1}',
    hash="",
)
EMPTY = AuditHead(seq=0, hash=GENESIS)


def grown(blanks: list[AuditRow], head: AuditHead = EMPTY) -> tuple[list[AuditRow], AuditHead]:
    rows = []
    for blank in blanks:
        rows.append(sealed(blank, head))
        head = AuditHead(seq=rows[-1].seq, hash=rows[-1].hash)
    return rows, head


def signed(row: AuditRow, signature: str = "ours") -> Checkpoint:
    return Checkpoint(seq=row.seq, hash=row.hash, at=NOW, public_key="k", signature=signature)


def is_ours(checkpoint: Checkpoint) -> bool:
    return checkpoint.signature == "ours"


def kinds(rows, head, checkpoints=()) -> set[ProblemKind]:
    return {problem.kind for problem in verify_chain(rows, head, checkpoints, is_ours)}


@pytest.fixture
def chain() -> tuple[list[AuditRow], AuditHead]:
    return grown([replace(BLANK, subject=f"run-{number}") for number in range(1, 11)])


def test_a_whole_chain_has_no_problem(chain):
    rows, head = chain
    assert [row.seq for row in rows] == list(range(1, 11))
    assert verify_chain(rows, head, [signed(rows[3]), signed(rows[9])], is_ours) == ()
    assert verify_chain([], EMPTY, (), is_ours) == ()


OTHER = {
    "seq": 99,
    "previous": "1" * 64,
    "wall": NOW + timedelta(microseconds=1),
    "monotonic": 1.5000000000000002,
    "boot": "boot-2",
    "actors": (replace(ACTOR, strength=Strength.PASSKEY),),
    "kind": "run.intended ",
    "subject": "run-11",
    "fingerprint": "",
    "payload": '{"a":2}',
    "hash": "2" * 64,
}


@pytest.mark.parametrize("field", [field.name for field in fields(AuditRow)])
def test_an_edit_of_any_field_is_found(chain, field: str):
    rows, head = chain
    rows[4] = replace(rows[4], **{field: OTHER[field]})
    assert ProblemKind.EDITED in kinds(rows, head)


@pytest.mark.parametrize("change", [{"id": "me"}, {"kind": None}, {"strength": Strength.NONE}, {"channel": ""}])
def test_an_edit_of_any_actor_is_found(chain, change: dict[str, object]):
    rows, head = chain
    rows[4] = replace(rows[4], actors=(replace(ACTOR, **change),))
    assert kinds(rows, head) == {ProblemKind.EDITED}


@pytest.mark.parametrize("value", [None, b"x", 1])
def test_a_value_of_another_type_is_an_edit_and_no_crash(chain, value: object):
    rows, head = chain
    rows[4] = replace(rows[4], payload=value)
    assert kinds(rows, head) == {ProblemKind.EDITED}


def test_a_text_moved_from_one_field_to_the_next_is_an_edit():
    row = replace(BLANK, kind="ab", subject="c")
    assert row_hash(row) != row_hash(replace(row, kind="a", subject="bc"))
    assert row_hash(row) != row_hash(replace(row, kind="abc", subject=""))


def test_a_deletion_is_found(chain):
    rows, head = chain
    assert kinds(rows[:4] + rows[5:], head) == {ProblemKind.MISSING, ProblemKind.UNCHAINED}
    assert kinds(rows[1:], head) == {ProblemKind.MISSING, ProblemKind.UNCHAINED}


def test_a_deletion_with_new_numbers_is_found(chain):
    rows, head = chain
    renumbered = [*rows[:4], *(replace(row, seq=row.seq - 1) for row in rows[5:])]
    assert ProblemKind.EDITED in kinds(renumbered, head)


def test_an_insertion_is_found(chain):
    rows, head = chain
    strange = replace(rows[4], subject="never happened")
    strange = replace(strange, hash=row_hash(strange))
    assert kinds([*rows[:5], strange, *rows[5:]], head) >= {ProblemKind.REPEATED, ProblemKind.UNCHAINED}


def test_a_changed_order_is_found(chain):
    rows, head = chain
    rows[4], rows[5] = rows[5], rows[4]
    assert kinds(rows, head) >= {ProblemKind.MISSING, ProblemKind.REPEATED, ProblemKind.UNCHAINED}
    rows[4], rows[5] = replace(rows[4], seq=5), replace(rows[5], seq=6)
    assert kinds(rows, head) >= {ProblemKind.EDITED, ProblemKind.UNCHAINED}


def test_a_cut_end_is_found(chain):
    rows, head = chain
    assert kinds(rows[:7], head) == {ProblemKind.TRUNCATED}
    assert kinds([], head) == {ProblemKind.TRUNCATED}


def test_a_cut_end_with_a_fitting_head_is_found_by_a_checkpoint(chain):
    rows, _ = chain
    fitting = AuditHead(seq=7, hash=rows[6].hash)
    assert kinds(rows[:7], fitting, [signed(rows[7])]) == {ProblemKind.TRUNCATED}
    assert kinds(rows[:7], fitting, [signed(rows[6])]) == set(), "what was never signed is guarded by the chain alone"


def test_a_chain_written_anew_is_found_by_a_checkpoint(chain):
    rows, _ = chain
    anew, head = grown([replace(BLANK, subject="a lie"), *(replace(row, hash="") for row in rows[1:])])
    assert kinds(anew, head) == set()
    assert kinds(anew, head, [signed(rows[9])]) == {ProblemKind.REWRITTEN}


def test_a_row_after_the_head_and_a_head_that_differs_are_found(chain):
    rows, head = chain
    assert kinds(rows, AuditHead(seq=9, hash=rows[8].hash)) == {ProblemKind.OVERGROWN}
    assert kinds(rows, replace(head, hash="3" * 64)) == {ProblemKind.REWRITTEN}


def test_a_checkpoint_of_a_strange_key_is_found_and_proves_nothing(chain):
    rows, head = chain
    assert kinds(rows, head, [signed(rows[2], "theirs")]) == {ProblemKind.FORGED}
    assert kinds(rows, head, [replace(signed(rows[2], "theirs"), seq=50)]) == {ProblemKind.FORGED}


def test_a_checkpoint_the_anchor_does_not_know_is_told(chain):
    rows, _ = chain
    assert unanchored([signed(rows[1])], [signed(rows[1]), signed(rows[2])]) == ()
    (problem,) = unanchored([signed(rows[1])], [])
    assert (problem.kind, problem.seq) == (ProblemKind.UNANCHORED, 2)


def test_the_telling_of_problems_is_bounded(chain):
    rows, head = chain
    assert len(verify_chain((replace(rows[0]) for _ in range(10**6)), head, (), is_ours)) == MOST_PROBLEMS


def test_a_problem_is_told_in_words(chain):
    rows, head = chain
    (problem,) = verify_chain(rows[:7], head, (), is_ours)
    assert problem.seq == 8
    assert problem.says.startswith("row 8 was there and is not")


TEXTS = st.text(max_size=8)
ROWS = st.lists(
    st.builds(
        replace,
        st.just(BLANK),
        boot=TEXTS,
        kind=TEXTS,
        subject=TEXTS,
        payload=TEXTS,
        monotonic=st.floats(allow_nan=False),
        actors=st.lists(st.builds(Actor, id=TEXTS, channel=TEXTS), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=8,
)


@given(blanks=ROWS, data=st.data())
def test_any_history_is_whole_and_any_other_sequence_of_its_rows_is_not(blanks: list[AuditRow], data: st.DataObject):
    rows, head = grown(blanks)
    checkpoints = [signed(row) for row in rows[1::3]]
    assert verify_chain(rows, head, checkpoints, is_ours) == ()
    other = data.draw(st.lists(st.sampled_from(rows), max_size=len(rows) + 2))
    assert (verify_chain(other, head, checkpoints, is_ours) == ()) is (other == rows)


@given(blanks=ROWS, data=st.data())
def test_any_chain_written_anew_is_found_up_to_the_newest_checkpoint(blanks: list[AuditRow], data: st.DataObject):
    rows, _ = grown(blanks)
    at = data.draw(st.integers(0, len(rows) - 1))
    mark = data.draw(st.integers(0, len(rows) - 1))
    lie = replace(blanks[at], subject=blanks[at].subject + "!")
    anew, head = grown([*blanks[:at], lie, *blanks[at + 1 :]])
    assert bool(verify_chain(anew, head, [signed(rows[mark])], is_ours)) is (at <= mark)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON)
def test_any_payload_has_canonical_bytes_and_plain_ones_stay_as_they_are(value):
    assert storable(storable(value)) == storable(value)
    canonical(storable(value)).decode()


def test_a_plain_payload_stays_as_it_is():
    plain = {"text": "grüß \0", "n": 3, "x": 1.5, "yes": True, "none": None, "list": [1, "a"]}
    assert storable(plain) == plain
    assert storable({"big": 2**60, "nan": float("nan"), "half": "\ud800"}) == {
        "big": str(2**60),
        "nan": "nan",
        "half": "\\ud800",
    }


def test_the_chain_of_actors_begins_with_whoever_is_acted_for():
    agent = Principal(id="agent-1", kind=PrincipalKind.AGENT, name="A", channel="mcp", on_behalf_of="owner")
    assert [actor.id for actor in actors_of(agent)] == ["owner", "agent-1"]
    assert actors_of(replace(agent, on_behalf_of=None)) == (
        Actor(id="agent-1", kind=PrincipalKind.AGENT, strength=Strength.NONE, channel="mcp"),
    )


def test_a_signature_covers_number_hash_and_time():
    messages = {
        checkpoint_message(1, "a", NOW),
        checkpoint_message(2, "a", NOW),
        checkpoint_message(1, "b", NOW),
        checkpoint_message(1, "a", NOW + timedelta(seconds=1)),
    }
    assert len(messages) == 4


@pytest.mark.parametrize(
    ("seq", "seconds", "is_due"),
    [
        (10, 0, False),
        (10, 6000, False),
        (11, 0, False),
        (11, 599, False),
        (11, 600, True),
        (11, -1, True),
        (10 + CHECKPOINT_ROWS - 1, 1, False),
        (10 + CHECKPOINT_ROWS, 1, True),
    ],
)
def test_a_checkpoint_is_due_after_many_rows_or_some_minutes(seq: int, seconds: int, is_due: bool):
    newest = Checkpoint(seq=10, hash="x", at=NOW, public_key="", signature="")
    assert is_checkpoint_due(AuditHead(seq=seq, hash="y"), newest, NOW + timedelta(seconds=seconds)) is is_due


def test_the_first_checkpoint_is_due_with_the_first_row():
    assert not is_checkpoint_due(EMPTY, None, NOW)
    assert is_checkpoint_due(AuditHead(seq=1, hash="y"), None, NOW)
