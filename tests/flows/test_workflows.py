"""Workflows by their commands: kept, listed, checked, planned, run, and changed while a run is on its way."""

from __future__ import annotations

from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.errors import InvalidFile, InvalidInput, NeedsProof, NotFound, StewardError
from steward.model.run import RunState
from steward.model.secret import Secret
from tests.flows.house import OWNER, SOMEBODY, House

MAKE = f"""\
kind: Workflow
name: make-files
title: Make some files
goal: the files are there
inputs:
  names: {{type: list, says: which files}}
  more: {{type: boolean, default: false}}
steps:
  - id: make
    command: file.make
    on: {LOCAL_NAME}
    forEach: inputs.names
    with: {{name: "${{item}}"}}
  - id: last
    command: file.make
    on: {LOCAL_NAME}
    when: inputs.more
    needs: [make]
    with: {{name: last}}
"""


async def said(house: House, name: str, /, **given: Any) -> dict[str, Any]:
    return (await house.do(name, **given)).result


async def test_a_workflow_is_kept_listed_planned_run_and_found_with_its_run(house: House):
    saved = await said(house, "workflow.save", what="make-files", text=MAKE)
    assert saved["file"] == "workflows/make-files.yaml"
    line = next(one for one in (await said(house, "workflow.ls"))["workflows"] if one["name"] == "make-files")
    assert (line["title"], line["inputs"], line["steps"], line["last"]) == (
        "Make some files",
        ["names*", "more"],
        2,
        None,
    )
    planned = await said(house, "workflow.plan", what="make-files", input=["names=one,two", "more=true"])
    assert [step["id"] for step in planned["plan"]["steps"]] == ["make.one", "make.two", "last"]
    assert planned["approval"] is None
    assert not house.has("one")
    card = await said(house, "workflow.run", what="make-files", inputs={"names": ["one", "two"]})
    assert "`last` is left out: not `inputs.more`" in card["shown"]
    await house.approve(card)
    receipt = await house.ended(card["run"])
    assert receipt.run.state is RunState.VERIFIED
    assert house.has("one")
    assert house.has("two")
    assert not house.has("last")
    page = await said(house, "workflow.show", name="make-files")
    assert [(run["run"], run["state"]) for run in page["runs"]] == [(card["run"], "verified")]
    assert [node["id"] for node in page["graph"]] == ["make", "last"]
    assert [version["commit"] for version in page["versions"]] == [saved["commit"]]


async def test_a_plan_that_waits_is_not_changed_by_an_edit_of_its_workflow(house: House):
    await house.do("workflow.save", what="make-files", text=MAKE)
    card = await said(house, "workflow.run", what="make-files", input=["names=old"])
    await house.do("workflow.save", what="make-files", text=MAKE.replace('"${item}"', "\"${item + '-new'}\""))
    await house.approve(card)
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED
    assert house.has("old")
    assert not house.has("old-new")
    page = await said(house, "workflow.show", name="make-files")
    assert len(page["versions"]) == 2
    again = await said(house, "workflow.plan", what="make-files", input=["names=old"])
    assert again["plan"]["steps"][0]["command"]["input"]["name"] == "old-new"
    assert again["plan"]["course"]["source_hash"] != card["plan"]["course"]["source_hash"]


async def test_a_check_tells_every_problem_and_changes_nothing(house: House):
    broken = MAKE.replace("file.make", "file.mak", 1).replace("inputs.more", "inputs.mor")
    found = await house.do("workflow.check", what="make.yaml", text=broken)
    assert found.exit_code == 2
    assert [(one["line"], one["next_step"]) for one in found.result["problems"]] == [
        (10, "did you mean `file.make`?"),
        (17, "did you mean `inputs.more`?"),
    ]
    assert (await house.do("workflow.check", what="make.yaml", text=MAKE)).exit_code == 0
    with pytest.raises(InvalidFile):
        await house.do("workflow.save", what="make.yaml", text=broken)
    assert "make-files" not in house.steward.workspace.workflows.names()


async def test_keeping_a_workflow_needs_the_owner(house: House):
    with pytest.raises(NeedsProof):
        await house.do("workflow.save", SOMEBODY, what="make.yaml", text=MAKE)


async def test_no_secret_is_kept_in_a_workflow(house: House):
    house.steward.secrets.put("gateway", Secret("correct-horse-battery"))
    with pytest.raises(InvalidInput, match="the workflow would contain the value of"):
        await house.do("workflow.save", what="m.yaml", text=MAKE.replace("which files", "correct-horse-battery"))


@pytest.mark.parametrize(
    ("name", "given", "error"),
    [
        ("workflow.run", {"what": "make-file"}, NotFound),
        ("workflow.run", {"what": "make-files"}, InvalidInput),
        ("workflow.run", {"what": "make-files", "input": ["names"]}, InvalidInput),
        ("workflow.run", {"what": "make-files", "input": ["names=a", "names=b"]}, InvalidInput),
        ("workflow.plan", {"what": "make-files", "input": ["nams=a"]}, InvalidInput),
        ("workflow.show", {"name": "../inventory"}, NotFound),
        ("workflow.save", {"what": "make-files"}, InvalidInput),
        ("workflow.save", {"what": "other-name", "text": MAKE}, InvalidInput),
    ],
)
async def test_what_does_not_fit_is_refused_with_a_next_step(
    house: House, name: str, given: dict[str, Any], error: type[StewardError]
):
    await house.do("workflow.save", what="make-files", text=MAKE)
    with pytest.raises(error) as refused:
        await house.do(name, OWNER, **given)
    assert refused.value.next_step


async def test_a_workflow_of_ones_own_stands_before_a_shipped_one(house: House):
    shipped = [one for one in (await said(house, "workflow.ls"))["workflows"] if one["is_shipped"]]
    assert shipped
    assert [one["problem"] for one in shipped if one["problem"]] == []
    name = shipped[0]["name"]
    await house.do("workflow.save", what=name, text=MAKE.replace("name: make-files", f"name: {name}"))
    page = await said(house, "workflow.show", name=name)
    assert (page["is_shipped"], page["title"]) == (False, "Make some files")
