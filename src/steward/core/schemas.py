"""JSON Schemas of the files people write, for editors that complete and check while typing."""

from __future__ import annotations

import json
from typing import Any

from steward.core.policy import PolicyFile
from steward.core.workflow_schema import workflow_schema
from steward.lib.codec import schema
from steward.model.hook import HookFile
from steward.model.outside import OutsideRules
from steward.model.registered import RepositoryList
from steward.model.telemetry import TelemetryFile
from steward.model.tool_form import Form
from steward.model.workspace import Inventory

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the text of every schema by file name, as it lies in `library/schemas` and in each workspace."""
    return {
        "hooks.json": _written("Steward webhooks", HookFile),
        "inventory.json": _written("Steward inventory", Inventory),
        "outside.json": _written("Steward's look from outside", OutsideRules),
        "policy.json": _written("Steward policy", PolicyFile),
        "telemetry.json": _written("Steward telemetry", TelemetryFile),
        "repositories.json": _written("Steward repositories", RepositoryList),
        "tools.json": _tables(),
        "workflow.json": _text({"$schema": _DIALECT, **workflow_schema()}),
    }


def _written(title: str, kind: type[Any]) -> str:
    document = {"$schema": _DIALECT, **schema(kind), "title": title}
    return _text(document)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _tables() -> str:
    """Describe a file of tables: names of programs, each with one form, several, or `inert`."""
    form = {"$ref": "#/$defs/Form"}
    document = {
        "$schema": _DIALECT,
        "$defs": schema(Form)["$defs"],
        "title": "Steward tables of programs",
        "description": "What is known of programs: names, separated by blanks, and how they are used.",
        "type": "object",
        "additionalProperties": {"anyOf": [form, {"type": "array", "items": form}, {"const": "inert"}]},
    }
    return _text(document)
