"""The catalogue: everything declared once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.catalogue import Catalogue, CommandSpec, manifest
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput, NotFound
from steward.model.risk import Risk, Strength
from steward.testing.know_how import OPERATIONS, PutInput


@record
class Input:
    """Look at something.

    More about it.
    """

    run: str
    """Run to look at."""
    least: Strength = Strength.NONE
    """Some choice."""
    tags: tuple[str, ...] = ()
    """Some list."""
    most: int | None = None
    """Some number."""


async def handler(desk, given):
    return given


SPEC = CommandSpec(
    name="runs.look",
    right=Right.READ,
    input=Input,
    output=Input,
    handler=handler,
    risk=Risk.READ,
    examples=(Example(line="runs look a", does="A"), Example(line="runs look b", does="B")),
    live={"run": "run"},
    secret_fields=frozenset({"run"}),
)
CATALOGUE = Catalogue(commands=(SPEC,), operations=OPERATIONS)


def test_names_are_commands_and_operations_sorted():
    assert CATALOGUE.names() == ("runs.look", "setting.drop", "setting.put")


@pytest.mark.parametrize(("name", "near"), [("setting.pt", "`setting.put`"), ("run.look", "`runs.look`")])
def test_a_misspelled_name_gets_its_neighbor(name: str, near: str):
    with pytest.raises(NotFound) as refused:
        CATALOGUE.find(name)
    assert near in refused.value.next_step


def test_a_name_without_neighbors_is_sent_to_help():
    with pytest.raises(NotFound) as refused:
        CATALOGUE.find("zzzzzz")
    assert "--help" in refused.value.next_step


def test_input_is_typed_or_every_field_that_does_not_fit_is_named():
    given = {"machine": "m1", "name": "a", "value": "b"}
    assert CATALOGUE.parse("setting.put", given) == PutInput(machine="m1", name="a", value="b")
    with pytest.raises(InvalidInput) as refused:
        CATALOGUE.parse("setting.put", {"machine": "m1", "nam": "a", "value": 3})
    assert all(word in refused.value.why for word in ("nam", "did you mean `name`", "value", "is required"))


@pytest.mark.parametrize("given", [{"run": "\ud800"}, {"run": "a", "most": 2**60}, {"run": "a", "most": float("nan")}])
def test_what_no_fingerprint_could_bind_is_no_input(given):
    with pytest.raises(InvalidInput, match="cannot be written exactly"):
        CATALOGUE.parse("runs.look", given)


def test_the_manifest_tells_a_way_in_all_it_needs():
    look, drop, put = manifest(CATALOGUE)
    assert (look["summary"], look["description"], look["effect"]) == ("Look at something.", "More about it.", "query")
    fields = {field["name"]: field for field in look["fields"]}
    assert (fields["run"]["positional"], fields["run"]["live"], fields["run"]["secret"]) == (True, "run", True)
    assert (fields["least"]["kind"], fields["least"]["choices"]) == ("choice", [s.value for s in Strength])
    assert (fields["tags"]["kind"], fields["most"]["kind"], fields["most"]["required"]) == ("list", "integer", False)
    assert (drop["risk"], put["effect"], put["undo"]) == ("destructive", "operation", "part of the plan")


def test_what_changes_steward_is_a_control():
    entry = manifest(Catalogue(commands=(replace(SPEC, risk=Risk.RISKY),), operations=()))[0]
    assert entry["effect"] == "control"
