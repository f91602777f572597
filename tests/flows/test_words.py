"""What a person types by mistake is answered with what to type."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.model.errors import InvalidInput, NotFound
from steward.model.ids import FindingId
from steward.store import findings
from tests.flows.house import SOMEBODY, House
from tests.unit.store import cases


async def test_a_unit_instead_of_a_finding_is_answered_with_the_findings_it_has(house: House) -> None:
    curable = cases.finding()
    manual = replace(curable, id=FindingId("find-2"), check="other", title="it logs errors", fix=None)
    name = curable.resource.name
    await house.steward.storage.write(
        findings.observe, machine=curable.machine, checked=["x"], findings=[curable, manual], at=cases.NOW
    )
    for typed in (name, name.partition(".")[0]):
        with pytest.raises(NotFound, match="is no finding, but something is known") as refused:
            await house.do("plan", SOMEBODY, what=typed)
        assert f"steward plan {curable.id}" in refused.value.next_step
        assert f"steward why {manual.id}   (it logs errors)" in refused.value.next_step
    with pytest.raises(NotFound, match="only what is wrong"):
        await house.do("plan", SOMEBODY, what="nothing-like-it.service")


@pytest.mark.parametrize("minutes", [0, -1, 525_601, 10**12])
async def test_a_pause_of_no_length_is_refused_and_puts_nothing_on(house: House, minutes: int) -> None:
    with pytest.raises(InvalidInput, match=f"cannot last {minutes} minutes"):
        await house.do("pause", SOMEBODY, minutes=minutes)
    assert (await house.do("status", SOMEBODY)).result["brake"]["brake"] == "none"


async def test_explaining_without_input_says_what_is_missing_with_a_line_to_type(house: House) -> None:
    with pytest.raises(InvalidInput, match="depends on its machine, name") as refused:
        await house.do("policy.explain", SOMEBODY, command="file.make")
    assert refused.value.next_step == (
        """steward policy explain file.make --given '{"machine": "this-machine", "name": "..."}'"""
    )


async def test_nobody_can_settle_an_outcome_as_unknown(house: House) -> None:
    with pytest.raises(InvalidInput, match=r"runs\.settle"):
        await house.do("runs.settle", run="run-1", outcome="unknown")
