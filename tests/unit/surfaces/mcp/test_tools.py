"""Every command of the catalogue against what an agent is offered: nothing that decides or governs, honest hints."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from mcp_types import Tool

from steward.app.commands import catalogue_of
from steward.app.plugins import load_know_how
from steward.core.catalogue import CommandSpec
from steward.model.access import TOKEN_RIGHTS, Right
from steward.model.operation import Operation
from steward.model.risk import Risk, Strength
from steward.surfaces.mcp.tools import Offer, offers, refusal, tool_name

CATALOGUE = catalogue_of(load_know_how())
OFFERS = offers(CATALOGUE)
HINTS = "read_only_hint", "destructive_hint", "idempotent_hint", "open_world_hint"
NEVER = (
    "approvals.approve",
    "approvals.reject",
    "apply",
    "resume",
    "runs.settle",
    "runs.cancel",
    "machines.add",
    "machines.confirm",
    "machines.promote",
    "machines.remove",
    "machines.take_over",
    "policy.accept",
    "owner.password",
    "secrets.set",
    "secrets.remove",
)


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_a_tool_only_ever_looks_proposes_or_brakes(name: str) -> None:
    entry = CATALOGUE.find(name)
    offer = OFFERS.get(tool_name(name))
    if offer is None:
        refused = refusal(CATALOGUE, tool_name(name))
        assert refused is not None
        assert refused.why
        return
    assert offer.command == name
    assert offer.right in TOKEN_RIGHTS
    if isinstance(entry, CommandSpec):
        assert entry.right is offer.right
        assert entry.proof is Strength.NONE
        assert not entry.secret_fields
        assert not entry.streams
        assert (entry.risk is Risk.READ) is (offer.right is not Right.BRAKE)
    else:
        assert isinstance(entry, Operation)
        assert (offer.right, offer.is_proposal) == (Right.PROPOSE, True)


@pytest.mark.parametrize("name", NEVER)
def test_what_decides_or_governs_is_no_tool(name: str) -> None:
    assert name in CATALOGUE.names(), "this test names a command that is gone"
    assert tool_name(name) not in OFFERS


def test_an_agent_may_brake_and_may_not_lift_a_brake() -> None:
    assert {name for name, offer in OFFERS.items() if offer.right is Right.BRAKE} == {
        "pause",
        "freeze",
        "stop",
        "trigger_pause",
    }


def test_no_two_commands_are_one_tool() -> None:
    assert len({tool_name(name) for name in CATALOGUE.names()}) == len(CATALOGUE.names())


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
def test_a_tool_says_what_it_takes_what_it_gives_and_what_may_come_of_it(offer: Offer) -> None:
    tool = Tool.model_validate(offer.tool.model_dump(by_alias=True))
    assert tool.description
    assert tool.title
    assert tool.input_schema["type"] == "object"
    assert tool.input_schema["additionalProperties"] is False
    for shape in (tool.input_schema, tool.output_schema):
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **(shape or {})})
        assert '"title": "' not in json.dumps(shape)
    hints = tool.annotations
    assert hints is not None
    assert all(getattr(hints, name) is not None for name in HINTS)
    assert hints.read_only_hint is (offer.right in {Right.READ, Right.GLANCE})
    assert hints.destructive_hint is (tool.name == "stop")
    assert hints.idempotent_hint is (offer.right is not Right.PROPOSE)
    if offer.right is Right.PROPOSE:
        assert "only proposes" in tool.description
        assert "a person decides" in tool.description
        assert "runs_wait" in tool.description


def test_the_list_is_always_in_the_same_order() -> None:
    assert list(OFFERS) == sorted(OFFERS)
    assert list(offers(CATALOGUE)) == list(OFFERS)


def test_what_is_no_command_at_all_is_not_explained() -> None:
    assert refusal(CATALOGUE, "make_coffee") is None
