"""At the end only what the last change left is asked: a service stopped and started again must run, not rest."""

from __future__ import annotations

from steward.core.last_proofs import last_proofs
from steward.testing.stage import Core, step, wish


async def test_the_last_step_that_changes_a_thing_proves_it_and_other_things_stay(core: Core):
    steps = (step("stop", name="x"), step("other", name="y"), step("start", name="x", needs=("stop",)))
    stop, other, start = (await core.propose(wish(*steps))).plan.steps

    proofs = last_proofs([(stop, other), (start,)], lambda one: one.verify)

    assert proofs == [*other.verify, *start.verify]


async def test_steps_side_by_side_all_prove_what_they_changed(core: Core):
    one, two = (await core.propose(wish(step("one", name="x"), step("two", name="x")))).plan.steps

    assert last_proofs([(one, two)], lambda each: each.verify) == [*one.verify, *two.verify]


async def test_put_back_in_reverse_what_was_changed_first_has_the_last_word(core: Core):
    first, second = (await core.propose(wish(step("a", name="x"), step("b", name="x", needs=("a",))))).plan.steps

    assert last_proofs([(second,), (first,)], lambda one: one.undo.verify) == list(first.undo.verify)
