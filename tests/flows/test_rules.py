"""The owner's rules and brakes stand above every wish."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.errors import Denied, NeedsProof, StewardError
from steward.model.principal import PrincipalKind
from steward.model.run import RunState
from tests.flows.house import OWNER, SOMEBODY, House, as_kind

RULE = """\
rules:
  - name: nothing here
    when: {command: "file.*"}
    then: deny
    reason: the folder is full
"""


def policy_of(house: House) -> Path:
    return house.settings.workspace / "policy.yaml"


async def test_a_rule_that_denies_is_named_and_nothing_is_kept(house: House) -> None:
    policy = policy_of(house)
    policy.write_text(policy.read_text().replace("rules: []\n", RULE))
    for actor in (SOMEBODY, OWNER, as_kind(PrincipalKind.AGENT)):
        with pytest.raises(Denied, match=r"nothing here.*the folder is full"):
            await house.ask("one", actor=actor)
    explained = await house.do(
        "policy.explain", SOMEBODY, command="file make", given=f'{{"machine": "{LOCAL_NAME}", "name": "one"}}'
    )
    assert explained.result["decision"]["verdict"] == "deny"
    assert explained.result["decision"]["reasons"][0]["rule"] == "nothing here"
    assert (await house.do("runs.ls", SOMEBODY)).result["runs"] == []
    assert (await house.do("approvals.ls", SOMEBODY, everything=True)).result["approvals"] == []


async def test_a_rule_made_after_the_yes_still_stands_above_it(house: House) -> None:
    card = await house.ask("one")
    policy = policy_of(house)
    policy.write_text(policy.read_text().replace("rules: []\n", RULE))
    with pytest.raises(StewardError):
        await house.approve(card)
    assert (await house.receipt(card["run"])).run.state is RunState.STALE
    assert not house.has("one")


async def test_a_watched_machine_is_not_changed(house: House) -> None:
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    with pytest.raises(Denied, match="watch only"):
        await house.ask("one")


async def test_a_machine_that_is_watched_again_voids_the_yes(house: House) -> None:
    card = await house.ask("one")
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    with pytest.raises(StewardError, match="watch only"):
        await house.approve(card)
    assert (await house.receipt(card["run"])).run.state is RunState.STALE


@pytest.mark.parametrize("brake", ["freeze", "stop"])
async def test_a_brake_is_put_on_by_anyone_and_lifted_by_a_person(house: House, brake: str) -> None:
    await house.do(brake, as_kind(PrincipalKind.AGENT))
    with pytest.raises(Denied, match=f"{brake} is on"):
        await house.ask("one", actor=OWNER)
    assert (await house.do("status", SOMEBODY)).result["brake"]["brake"] == brake
    for actor, refusal in ((as_kind(PrincipalKind.AGENT), Denied), (SOMEBODY, NeedsProof)):
        with pytest.raises(refusal):
            await house.do("resume", actor)
    await house.close()
    await house.open()
    with pytest.raises(Denied, match=f"{brake} is on"):
        await house.ask("one", actor=OWNER)
    await house.do("resume")
    assert (await house.ask("one"))["approval"]


async def test_the_stop_flag_alone_stops(house: House) -> None:
    card = await house.ask("one")
    house.settings.stop_flag.touch()
    with pytest.raises(StewardError, match="stop is on"):
        await house.approve(card)
    await house.daemon.sweep()
    assert not house.has("one")
    await house.do("resume")
    assert not house.settings.stop_flag.exists()
    await house.daemon.sweep()
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


async def test_under_pause_only_people_start_work(house: House) -> None:
    await house.do("pause", SOMEBODY, minutes=30)
    with pytest.raises(Denied, match="pause is on"):
        await house.ask("one", actor=as_kind(PrincipalKind.SCHEDULE))
    card = await house.ask("two")
    await house.approve(card)
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED
