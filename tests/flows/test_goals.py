"""A goal is run without a model: it proposes what it allows, within its budget, and tells the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from steward.app.plugins import KnowHow
from steward.app.start import LOCAL_NAME
from steward.model.command import Command
from steward.model.errors import InvalidInput
from steward.model.measure import Measure
from steward.model.trigger import OccurrenceState
from steward.store import approvals, occurrences
from tests.flows import house as houses
from tests.flows.house import OWNER, House
from tests.flows.test_remedies import with_cure

GOAL = """---
gather: [folder]
allow: [{allow}]
budget: {{plans: {plans}}}
success: ['[WANTED_FILE]']
---
# The wanted file is there
"""


def with_goal(folder: Path) -> KnowHow:
    known = with_cure(folder)
    fact = next(fact for fact in known.facts if fact.name == "folder")
    measure = Measure(
        name="WANTED_FILE",
        summary="Whether the wanted file is there.",
        fact=fact,
        take=lambda files, _argument, _at: "wanted" in files.files,
        example="[WANTED_FILE]",
    )
    return replace(known, measures=(measure,))


@pytest.fixture(autouse=True)
def cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the house know a check, its cure and a measure."""
    monkeypatch.setattr(houses, "know_how", with_goal)


def write(house: House, *, allow: str = "file.make", plans: int = 5) -> None:
    folder = house.steward.settings.workspace / "goals"
    folder.mkdir(exist_ok=True)
    (folder / "wanted.md").write_text(GOAL.format(allow=allow, plans=plans))


async def waiting(house: House) -> int:
    counted = await house.steward.storage.read(approvals.count_waiting, house.steward.clock.now())
    return sum(counted.values())


async def test_a_goal_proposes_the_fix_it_allows_and_says_that_no_model_took_part(house: House) -> None:
    write(house)
    report = (await house.do("goal.run", name="wanted")).result
    assert [each["title"] for each in report["proposed"]] == ["the wanted file is missing"]
    assert report["proposed"][0]["code"]
    assert (report["is_met"], report["left"]) == (False, [])
    assert report["no_model"].startswith("No model took part")
    assert [(proof["holds"], proof["line"]) for proof in report["success"]] == [(False, "[WANTED_FILE]")]
    assert await waiting(house) == 1


@pytest.mark.parametrize(
    ("fields", "why"), [({"allow": "file.lose"}, "does not allow file.make"), ({"plans": 0}, "budget")]
)
async def test_what_is_not_allowed_or_beyond_the_budget_is_left_with_the_reason(
    house: House, fields: dict[str, object], why: str
) -> None:
    write(house, **fields)
    report = (await house.do("goal.run", name="wanted")).result
    assert report["proposed"] == []
    assert why in report["left"][0]["why"]
    assert await waiting(house) == 0


async def test_a_dry_run_asks_nobody(house: House) -> None:
    write(house)
    command = Command(name="goal.run", input={"name": "wanted"})
    report = (await house.steward.dispatch(OWNER, command, is_dry_run=True)).result
    assert len(report["proposed"]) == 1
    assert await waiting(house) == 0


async def test_a_goal_that_is_met_says_so(house: House) -> None:
    write(house)
    (house.files / "wanted").touch()
    answer = await house.do("goal.run", name="wanted")
    assert (answer.exit_code, answer.result["is_met"], answer.result["proposed"]) == (0, True, [])


async def test_a_trigger_starts_a_goal_as_itself(house: House) -> None:
    write(house)
    folder = house.steward.settings.workspace / "triggers"
    folder.mkdir()
    (folder / "often.yaml").write_text("kind: schedule\nschedule: {every: 15m}\nstarts: {goal: wanted}\n")
    await house.steward.scheduler.tick()
    house.clock.pass_time(timedelta(minutes=15))
    await house.steward.scheduler.tick()
    await house.steward.scheduler.settled()
    rows = await house.steward.storage.read(occurrences.listing, trigger="often")
    assert [row.state for row in rows] == [OccurrenceState.FAILED], "it is not met yet, and that is no success"
    assert "1 plan proposed" in rows[0].reason
    assert "No model took part" in rows[0].reason
    assert await waiting(house) == 1
    (house.files / "wanted").touch()
    house.clock.pass_time(timedelta(minutes=15))
    await house.steward.scheduler.tick()
    await house.steward.scheduler.settled()
    rows = await house.steward.storage.read(occurrences.listing, trigger="often")
    assert [row.state for row in rows] == [OccurrenceState.ENDED, OccurrenceState.FAILED]


async def test_a_goal_is_run_on_no_machine_it_is_not_about_whoever_names_it(house: House) -> None:
    inventory = house.steward.settings.workspace / "inventory.yaml"
    entry = "  - {id: m-nas, name: nas, transport: none, address: '127.1', port: 9, autonomy: watch}\n"
    inventory.write_text(inventory.read_text() + entry)
    folder = house.steward.settings.workspace / "goals"
    folder.mkdir()
    text = GOAL.format(allow="file.make", plans=5).replace("---\n", "---\nmachines: [nas]\n", 1)
    (folder / "wanted.md").write_text(text)
    with pytest.raises(InvalidInput, match=f"not about {LOCAL_NAME}"):
        await house.do("goal.run", name="wanted", machine=LOCAL_NAME)
    assert await waiting(house) == 0
