"""Resume, fork and asking again by their commands, with real programs on Steward's own machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from steward.app.start import LOCAL_NAME
from steward.model.run import RunState
from tests.flows.house import SOMEBODY, House

HEAD = "kind: Workflow\nname: leader\ntitle: Follow the leader\ngoal: it is followed\nonFailure: keep\n"
LEADER = (
    HEAD
    + f"""steps:
  - id: find
    command: shell.run
    on: {LOCAL_NAME}
    with: {{script: "echo third", reason: "see who leads"}}
    outputs: {{who: {{pattern: "^([a-z]+)"}}}}
  - id: follow
    needs: [find]
    command: file.make
    on: {LOCAL_NAME}
    with: {{name: "${{steps.find.outputs.who}}"}}
    among: {{name: [first, second]}}
"""
)


def failing(flag: Path) -> str:
    return (
        HEAD
        + f"""inputs: {{name: {{type: text, default: second}}}}
steps:
  - {{id: begin, command: file.make, on: {LOCAL_NAME}, with: {{name: first}}}}
  - id: try
    needs: [begin]
    command: shell.run
    on: {LOCAL_NAME}
    with: {{script: "test -e {flag}", reason: "fails at first"}}
    onFailure: keep
  - {{id: end, command: file.make, on: {LOCAL_NAME}, needs: [try], with: {{name: "${{inputs.name}}"}}}}
"""
    )


async def said(house: House, name: str, /, *args: Any, **given: Any) -> dict[str, Any]:
    return (await house.do(name, *args, **given)).result


async def run_of(house: House, text: str) -> str:
    await house.do("workflow.save", what="leader", text=text)
    card = await said(house, "workflow.run", what="leader")
    await house.approve(card)
    return (await house.ended(card["run"])).run.id


async def test_a_run_that_failed_goes_on_where_it_failed_and_both_tell_of_each_other(house: House, tmp_path: Path):
    flag = tmp_path / "flag"
    run = await run_of(house, failing(flag))
    told = await said(house, "runs.progress", run=run)
    assert (told["state"], told["resume_from"], told["can_fork"], told["next"]) == ("failed", "try", True, "retry")
    flag.touch()
    card = await said(house, "runs.resume", SOMEBODY, run=run)
    assert [step["id"] for step in card["plan"]["steps"]] == ["try", "end"]
    await house.approve(card)
    receipt = await house.ended(card["run"])
    assert receipt.run.state is RunState.VERIFIED
    assert house.has("second")
    assert [each.id for each in receipt.plan.course.resumed.carried] == ["begin"]
    old = await said(house, "runs.show", run=run)
    assert [each["successor"] for each in old["gone_on"]] == [card["run"]]
    assert (await said(house, "runs.progress", run=run))["gone_on"] == [card["run"]]


async def test_a_fork_takes_another_input_and_leaves_what_stands(house: House, tmp_path: Path):
    flag = tmp_path / "flag"
    run = await run_of(house, failing(flag))
    flag.touch()
    card = await said(house, "runs.fork", run=run, step="try", input=["name=third"])
    assert f"Fork of {run}" in card["shown"]
    await house.approve(card)
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED
    assert house.has("third")
    assert not house.has("second")


async def test_the_daemon_asks_again_with_the_value_that_came_up_and_a_yes_goes_on(house: House):
    run = await run_of(house, LEADER)
    assert (await said(house, "runs.show", run=run))["run"]["state"] == "stale"
    for _ in range(2):
        await house.daemon.sweep()
    gone = await said(house, "runs.progress", run=run)
    (successor,) = gone["gone_on"]
    receipt = await said(house, "runs.show", run=successor)
    assert receipt["plan"]["requester"]["id"] == "owner"
    assert receipt["plan"]["taint"] == "outside"
    card = await said(house, "approvals.show", code=receipt["approval"]["code"])
    assert '"third", as a machine said' in card["shown"]
    await house.approve(card)
    assert (await house.ended(successor)).run.state is RunState.VERIFIED
    assert house.has("third")
