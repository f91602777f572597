"""Runs: found again, told how far they are, told as a document, and what did not end well planned anew."""

from __future__ import annotations

from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.command import Command
from steward.model.errors import Conflict, Denied, InvalidInput, NotFound
from steward.model.machine import Autonomy
from steward.model.run import RunState
from tests.flows.house import OWNER, SOMEBODY, House
from tests.web.runs_lab import chain, half_failed, make_unknown, planned, run_of, shell


async def listed(house: House, **given: Any) -> list[dict[str, Any]]:
    return (await house.do("runs.ls", **given)).result["runs"]


async def progress(house: House, run: str) -> dict[str, Any]:
    return (await house.do("runs.progress", run=run)).result


async def test_the_list_is_narrowed_by_state_machine_text_command_and_time(house: House):
    good = await run_of(house, await house.ask("good"))
    back = await run_of(house, await house.ask("promised", command="file.promise"))
    open_one = (await house.ask("waits"))["run"]
    assert [run["id"] for run in await listed(house)] == [open_one, back, good]
    assert [run["id"] for run in await listed(house, state="trouble")] == [back]
    assert [run["id"] for run in await listed(house, state="open")] == [open_one]
    assert [run["id"] for run in await listed(house, text="GOOD")] == [good]
    assert [run["id"] for run in await listed(house, command="file.promise")] == [back]
    assert len(await listed(house, machine=LOCAL_NAME, since="1h")) == 3
    with pytest.raises(NotFound):
        await listed(house, machine="elsewhere")
    with pytest.raises(InvalidInput):
        await listed(house, state="done")
    with pytest.raises(InvalidInput):
        await listed(house, since="yesterday")


async def test_a_page_leads_to_the_next_and_the_last_to_none(house: House):
    asked = [(await house.ask(f"file-{number}"))["run"] for number in range(5)]
    first = (await house.do("runs.ls", limit=3)).result
    second = (await house.do("runs.ls", limit=3, before=first["more"])).result
    assert [run["id"] for page in (first, second) for run in page["runs"]] == asked[::-1]
    assert second["more"] == ""
    with pytest.raises(NotFound):
        await house.do("runs.ls", before="run-gone")


async def test_a_line_says_who_asked_who_said_yes_and_whether_it_can_be_put_back(house: House):
    await run_of(house, await house.ask("good"))
    refused = await house.ask("refused")
    await house.do("approvals.reject", code=refused["approval"]["code"], reason="no")
    await house.ask("waits")
    seen = [(run["asked_by"], run["allowed_by"], run["undo"]) for run in await listed(house)]
    assert seen == [("uid-1000", "", "open"), ("uid-1000", "", "nothing"), ("uid-1000", "owner", "ready")]
    assert (await house.do("runs.ls")).result["decided"] == 2


async def test_a_run_that_only_a_grant_allowed_says_so(house: House):
    await house.do("grants.add", command="file.make", machine=[LOCAL_NAME])
    machine = house.steward.workspace.require(LOCAL_NAME)
    house.steward.workspace.change_machine(machine.id, OWNER, autonomy=Autonomy.GRANTED)
    run = (await house.ask("granted"))["run"]
    await house.ended(run)
    assert [line["allowed_by"] for line in await listed(house)] == ["grant"]


async def test_progress_tells_each_step_and_what_to_do_next(house: House):
    run = await half_failed(house)
    told = await progress(house, run)
    assert [step["state"] for step in told["steps"]] == ["done", "failed", "skipped"]
    assert (told["done"], told["total"], told["next"]) == (2, 3, "retry")
    assert (told["can_retry"], told["retry_from"], told["undo"]) == (True, "second", "lost")
    assert told["usual_seconds"] is None
    assert told["likely_end"] is None


async def test_a_run_of_another_workflow_is_no_past_of_this_one(house: House):
    def made(name: str, file: str) -> str:
        return (
            f"kind: Workflow\nname: {name}\ntitle: Make {file}\ngoal: it is there\nsteps:\n"
            f"  - {{id: make, command: file.make, on: {LOCAL_NAME}, with: {{name: {file}}}, onFailure: continue}}\n"
        )

    runs = []
    for name, file in (("one", "a"), ("other", "b"), ("one", "c")):
        card = (await house.do("plan", OWNER, what=f"{name}.yaml", text=made(name, file))).result
        runs.append(await run_of(house, card))
    assert [run["id"] for run in (await progress(house, runs[2]))["past"]] == [runs[0]]


async def test_past_runs_of_the_same_commands_tell_how_long_it_takes(house: House):
    past = [await run_of(house, await house.ask(f"file-{number}")) for number in range(2)]
    await run_of(house, await shell(house, "true"))
    told = await progress(house, (await house.ask("next"))["run"])
    assert [run["id"] for run in told["past"]] == past[::-1]
    assert told["usual_seconds"] > 0
    assert told["next"] == "decide"
    assert {step["state"] for step in told["steps"]} == {"waiting"}


async def test_what_was_put_back_is_told_so_step_by_step(house: House):
    told = await progress(house, await run_of(house, await house.ask("promised", command="file.promise")))
    assert [(step["state"], step["is_back"]) for step in told["steps"]] == [("rolled_back", True)]
    assert told["undo"] == "done"


async def test_retry_plans_only_the_rest_anew_and_waits_for_a_yes_of_its_own(house: House):
    run = await half_failed(house)
    (house.files / "key").write_text("the cause is gone")
    card = (await house.do("runs.retry", SOMEBODY, run=run)).result
    assert [step["id"] for step in card["plan"]["steps"]] == ["second", "third"]
    assert [step["needs"] for step in card["plan"]["steps"]] == [[], ["second"]]
    assert card["plan"]["title"] == "Retry: Put three things in order"
    assert card["approval"]["state"] == "pending"
    assert card["run"] != run
    old = (await house.receipt(run)).plan
    keys = {step.action.key for step in old.steps}
    assert not keys & {step["action"]["key"] for step in card["plan"]["steps"]}
    assert not house.has("third")
    again = await house.receipt(await run_of(house, card))
    assert again.run.state is RunState.VERIFIED
    assert house.has("third")
    assert (await house.receipt(run)).run.state is RunState.FAILED


async def test_what_was_rolled_back_is_retried_from_its_first_step_by_a_fresh_look(house: House):
    run = await run_of(house, await house.ask("promised", command="file.promise"))
    card = (await house.do("runs.retry", run=run)).result
    assert [step["id"] for step in card["plan"]["steps"]] == ["step-1"]
    assert card["plan"]["steps"][0]["preconditions"]
    (house.files / "promised").touch()  # the world moved on: what is checked before no longer holds
    assert (await house.receipt(await run_of(house, card))).run.state is RunState.STALE


async def test_a_dry_retry_keeps_nothing(house: House):
    run = await half_failed(house)
    before = len(await listed(house))
    dry = await house.steward.dispatch(OWNER, Command(name="runs.retry", input={"run": run}), is_dry_run=True)
    assert dry.result["approval"] is None
    assert len(await listed(house)) == before


async def test_a_retry_that_was_refused_is_not_asked_again_the_same_day(house: House):
    run = await half_failed(house)
    card = (await house.do("runs.retry", run=run)).result
    await house.do("approvals.reject", code=card["approval"]["code"], reason="not now")
    with pytest.raises(Denied):
        await house.do("runs.retry", run=run)


async def test_what_ended_well_goes_on_or_is_not_known_is_not_retried(house: House):
    good = await run_of(house, await house.ask("good"))
    with pytest.raises(Conflict, match="ended well"):
        await house.do("runs.retry", run=good)
    with pytest.raises(Conflict, match="has not ended"):
        await house.do("runs.retry", run=(await house.ask("waits"))["run"])
    lost = await run_of(house, await house.ask("lost"))
    await make_unknown(house, lost)
    with pytest.raises(Conflict, match="nobody knows"):
        await house.do("runs.retry", run=lost)
    unproven = await run_of(house, await shell(house, "true"))
    with pytest.raises(Conflict, match="every step"):
        await house.do("runs.retry", run=unproven)


async def test_an_undo_is_not_retried_as_what_it_undoes(house: House):
    good = await run_of(house, await house.ask("good"))
    card = (await house.do("undo", run=good)).result
    (house.files / "good").unlink()
    (house.files / "good").mkdir()  # `rm -f` fails on a folder
    undo = await run_of(house, card)
    assert (await house.receipt(undo)).run.state is not RunState.VERIFIED
    with pytest.raises(Conflict, match="is an undo"):
        await house.do("runs.retry", run=undo)


async def test_what_another_run_put_back_is_told_so(house: House):
    good = await run_of(house, await house.ask("good"))
    await run_of(house, (await house.do("undo", run=good)).result)
    told = await progress(house, good)
    assert told["undo"] == "done"
    assert not told["can_retry"]


async def test_the_story_is_the_text_of_the_workspace_with_secrets_masked(house: House):
    run = await run_of(house, await planned(house, chain(("one", "file.make", {"name": "hunter2-hunter2"}))))
    house.steward.redactor.add("db", "hunter2-hunter2")
    story = (await house.do("runs.story", run=run)).result
    assert story["name"] == f"{run}.md"
    assert story["text"].startswith("# Put three things in order\n")
    assert "**verified**" in story["text"]
    assert "hunter2" not in story["text"]
