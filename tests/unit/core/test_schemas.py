from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema_rs
import pytest

from steward.core.schemas import schemas
from steward.core.workflow_schema import workflow_fields
from steward.lib.yaml import load

LIBRARY = resources.files("steward").joinpath("library")


def test_the_shipped_schemas_are_the_generated_ones():
    shipped = {place.name: place.read_text("utf-8") for place in LIBRARY.joinpath("schemas").iterdir()}
    assert shipped == schemas(), "run `make docs`"


@pytest.mark.parametrize("name", ["default.yaml", "careful.yaml", "people-only.yaml"])
def test_every_policy_of_the_library_fits_its_schema(name: str):
    text = LIBRARY.joinpath("policies", name).read_text("utf-8")
    jsonschema_rs.validator_for(json.loads(schemas()["policy.json"])).validate(load(text).value)
    assert text.startswith("# yaml-language-server: $schema=schemas/policy.json\n")


@pytest.mark.parametrize(
    ("file", "value", "is_good"),
    [
        ("inventory.json", {"machines": [{"id": "m-1", "name": "nas", "address": "10.0.0.1"}]}, True),
        ("inventory.json", {"machines": [{"id": "m-1", "name": "nas", "adress": "10.0.0.1"}]}, False),
        ("inventory.json", {"machines": [{"id": "m-1", "name": "nas", "autonomy": "all"}]}, False),
        ("policy.json", {"rules": [{"name": "a", "when": {}, "then": "ask"}]}, True),
        ("policy.json", {"rules": [{"name": "a", "when": {"comand": "x"}, "then": "ask"}]}, False),
        ("policy.json", {"rules": [], "approvers": {"read": "chat"}}, False),
        ("policy.json", {}, False),
    ],
)
def test_editors_see_what_fits(file: str, value: Any, *, is_good: bool):
    assert jsonschema_rs.validator_for(json.loads(schemas()[file])).is_valid(value) is is_good


def test_every_field_is_described():
    for text in schemas().values():
        document = json.loads(text)
        for shape in (document, *document["$defs"].values()):
            for field in shape.get("properties", {}).values():
                assert field.get("description") or "$ref" in field


def test_the_editor_on_the_page_lists_every_field_of_the_schema_with_what_stands_within():
    told = workflow_fields()
    step = {field["name"]: field for field in told["step"]}
    document = json.loads(schemas()["workflow.json"])
    assert set(step) == set(document["$defs"]["Step"]["properties"])
    assert {field["name"] for field in told["file"]} == set(document["properties"])
    assert "batch" in step["on"]["within"]
    assert step["needs"]["within"] == []
