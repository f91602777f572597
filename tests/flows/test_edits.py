"""The owner's secret is not bypassed by editing a text file: what loosens waits for a step-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.errors import Conflict, Denied, NeedsPerson, NeedsProof, Stale
from steward.model.run import RunState
from tests.flows.house import SOMEBODY, House

RULE = "rules:\n  - name: nothing here\n    when: {command: 'file.*'}\n    then: deny\n"


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def inventory_of(house: House) -> Path:
    return house.settings.workspace / "inventory.yaml"


def policy_of(house: House) -> Path:
    return house.settings.workspace / "policy.yaml"


async def findings_of(house: House) -> list[dict[str, object]]:
    await house.daemon.look()
    found = (await house.do("status", SOMEBODY)).result["findings"]
    return [finding for finding in found if finding["check"] == "edited_by_hand"]


async def test_a_machine_promoted_in_an_editor_stays_where_it_was_until_the_owner_says_so(house: House) -> None:
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    edited(inventory_of(house), "autonomy: watch", "autonomy: ask")
    with pytest.raises(Denied, match="watch only"):
        await house.ask("one")
    (finding,) = await findings_of(house)
    command = f"steward machines promote {LOCAL_NAME} --to ask"
    assert finding["title"] == (
        f"inventory.yaml was edited by hand: {LOCAL_NAME} would be promoted to ask; run `{command}` to accept"
    )
    with pytest.raises(NeedsProof):
        await house.do("machines.promote", SOMEBODY, machine=LOCAL_NAME, to="ask")
    await house.do("machines.promote", machine=LOCAL_NAME, to="ask")
    assert await findings_of(house) == []
    assert (await house.ask("one"))["approval"]


async def test_a_machine_lowered_in_an_editor_stays_low_when_the_edit_is_taken_back(house: House) -> None:
    edited(inventory_of(house), "autonomy: ask", "autonomy: watch")
    with pytest.raises(Denied, match="watch only"):
        await house.ask("one")
    await house.daemon.look()
    edited(inventory_of(house), "autonomy: watch", "autonomy: ask")
    with pytest.raises(Denied, match="watch only"):
        await house.ask("one")
    assert len(await findings_of(house)) == 1


async def test_a_key_and_a_new_machine_in_an_editor_pin_nothing(house: House) -> None:
    key = "SHA256:" + "A" * 43
    inventory = inventory_of(house)
    entry = f"  - {{id: m-x, name: evil, address: 127.0.0.1, autonomy: granted, host_key: '{key}'}}\n"
    inventory.write_text(inventory.read_text().rstrip() + "\n" + entry)
    cards = (await house.do("machines.ls", SOMEBODY)).result["machines"]
    evil = next(card["machine"] for card in cards if card["machine"]["name"] == "evil")
    assert (evil["host_key"], evil["autonomy"]) == ("", "watch")
    problems = (await house.do("policy.check", SOMEBODY)).result["problems"]
    assert any(f"the host key {key} would be pinned for evil" in problem for problem in problems)
    assert any("evil would be promoted to granted" in problem for problem in problems)


async def test_a_rule_removed_in_an_editor_still_speaks_until_the_policy_is_accepted(house: House) -> None:
    policy = policy_of(house)
    edited(policy, "rules: []\n", RULE)
    await house.daemon.look()
    edited(policy, RULE, "rules: []\n")
    with pytest.raises(Denied, match="nothing here"):
        await house.ask("one")
    problems = (await house.do("status", SOMEBODY)).result["problems"]
    assert any("the rule `nothing here` would be gone" in problem for problem in problems)
    version = (await house.do("policy.check", SOMEBODY)).result["version"]
    assert any(f"steward policy accept {version}" in problem for problem in problems)
    with pytest.raises(NeedsProof):
        await house.do("policy.accept", SOMEBODY, version=version)
    edited(policy, "mutations_per_day: 60", "mutations_per_day: 61")
    with pytest.raises(Conflict, match="is not version"):
        await house.do("policy.accept", version=version)
    version = (await house.do("policy.check", SOMEBODY)).result["version"]
    await house.do("policy.accept", version=version)
    assert (await house.do("status", SOMEBODY)).result["problems"] == []
    assert (await house.ask("one"))["approval"]


async def test_a_raised_limit_is_not_in_force_and_a_lowered_one_is(house: House) -> None:
    edited(policy_of(house), "mutations_per_day: 60", "mutations_per_day: 9999")
    assert house.steward.policy.rules().limits.mutations_per_day == 60
    edited(policy_of(house), "mutations_per_day: 9999", "mutations_per_day: 1")
    assert house.steward.policy.rules().limits.mutations_per_day == 1


async def test_an_edit_that_loosens_survives_no_restart_and_no_commit(house: House) -> None:
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    edited(inventory_of(house), "autonomy: watch", "autonomy: granted")
    await house.close()
    await house.open()
    with pytest.raises(Denied, match="watch only"):
        await house.ask("one")


async def test_what_was_accepted_and_what_was_tightened_is_in_the_audit(house: House) -> None:
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    edited(inventory_of(house), "autonomy: granted", "autonomy: watch")
    await house.daemon.look()
    rows = [row for row in house.steward.audit.export() if '"kind":"inventory.' in row]
    assert ["begun" in rows[0], "granted" in rows[-2], "tightened" in rows[-1]] == [True, True, True], rows
    assert house.steward.audit.verify().problems == ()


async def test_a_quarantine_is_in_force_and_audited_even_when_the_text_cannot_be_written(house: House) -> None:
    workspace = house.steward.workspace
    machine = workspace.require(LOCAL_NAME)
    edited(inventory_of(house), "machines:", "# an edit in progress\nmachines:")
    with pytest.raises(Conflict, match="not committed"):
        workspace.quarantine(machine.id, "its key changed")
    assert workspace.require(LOCAL_NAME).quarantined == "its key changed"
    assert any("machine.quarantined" in row and "its key changed" in row for row in house.steward.audit.export())
    with pytest.raises(NeedsPerson, match="its key changed"):
        await house.ask("one")


async def test_a_machine_whose_user_was_changed_by_hand_is_watched_until_it_is_promoted_again(house: House) -> None:
    card = await house.ask("one")
    edited(inventory_of(house), f"name: {LOCAL_NAME}", f"name: {LOCAL_NAME}\n    user: root")
    with pytest.raises(Stale, match="changed its name, address, user"):
        await house.approve(card)
    assert (await house.receipt(card["run"])).run.state is RunState.STALE
    await house.do("machines.promote", machine=LOCAL_NAME, to="ask")
    assert (await house.ask("one"))["approval"]


async def test_a_broken_table_of_the_shell_gate_is_told_with_its_line(house: House) -> None:
    folder = policy_of(house).parent / "tools"
    folder.mkdir()
    (folder / "mine.yaml").write_text("backup-tool:\n  efect: read\n")
    (problem,) = (await house.do("policy.check", SOMEBODY)).result["problems"]
    assert problem.startswith("tools/mine.yaml:2:")
    assert "efect" in problem
    (folder / "mine.yaml").write_text("backup-tool: {effect: read, operands: any}\n")
    assert (await house.do("policy.check", SOMEBODY)).result["problems"] == []
