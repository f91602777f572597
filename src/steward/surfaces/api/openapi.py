"""The description of the API: OpenAPI 3.1, made from the catalogue, with the schemas of its records as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from steward.core.catalogue import AnySpec, Catalogue, CommandSpec, right_of
from steward.core.readiness import Ready
from steward.core.wishes import PlanCard
from steward.lib.codec import schema
from steward.model.access import Right
from steward.model.operation import AnyOperation
from steward.model.risk import Risk, Strength
from steward.surfaces.api.answering import proposes
from steward.surfaces.api.examples import examples_of
from steward.surfaces.api.given import DRY_RUN, fits_query, hints_of
from steward.surfaces.api.problem import PROBLEM
from steward.surfaces.api.stream import NDJSON, SSE

Shape = dict[str, Any]

_BASE = "/api/v1"
_JSON = "application/json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFUSALS = {
    "401": "Nobody knows who calls.",
    "403": "The caller may not, or has to prove who they are (`needs`), or policy says no.",
    "404": "There is no such thing.",
    "409": "Somebody else was first, or the world changed.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The input does not fit; nothing was changed.",
    "429": "Too many tries lately; wait as long as `Retry-After` says.",
    "503": "Nothing is wrong with the request; the same may work later.",
}
_ABOUT = """\
Every command of Steward as one path. `POST` takes the input as a JSON object in which unknown fields are refused; \
commands that only look answer `GET` with the same fields in the query, too.

An operation changes nothing by itself: it answers 202 with a plan that waits for a person, and the run to follow. \
`?dry_run=true` shows what would happen and keeps nothing. A proposal takes an `Idempotency-Key`: the same request \
with the same key within a day gets the same answer.

A token carries the rights read, propose and brake at most. What decides or governs is for signed-in people who gave \
their password within five minutes, and answers 403 to every token.\
"""


def path_of(name: str) -> str:
    """Return the path of a command: `/api/v1/unit/restart`."""
    return f"{_BASE}/{name.replace('.', '/')}"


def document(catalogue: Catalogue, *, version: str, base: str = "") -> Shape:
    """Describe the whole API; `base` is the path below which a proxy serves it."""
    components = _Components()
    paths = {path_of(name): _path(catalogue.find(name), components) for name in catalogue.names()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Steward",
            "summary": "An operator for a homelab that proposes, waits for a yes, acts, proves and records.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "version": version,
        },
        "jsonSchemaDialect": _DIALECT,
        "servers": [{"url": base or "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(name) for name in catalogue.names())],
        "paths": paths | _watching(components),
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`stw_...`, from `steward tokens mint`."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-steward",
                    "description": "A signed-in browser of the same origin, with `X-CSRF-Token`; over plain HTTP on "
                    "loopback the cookie is `steward`.",
                },
            },
            "parameters": {"dry_run": _DRY_RUN, "idempotency_key": _IDEMPOTENCY_KEY},
            "responses": {f"Problem{status}": _refusal(says) for status, says in _REFUSALS.items()},
            "schemas": {"Problem": PROBLEM, **dict(sorted(components.schemas.items()))},
        },
    }


class _Components:
    """Schemas that several paths share; two of the same name that differ get numbers."""

    def __init__(self) -> None:
        self.schemas: dict[str, Shape] = {}

    def of(self, kind: type[Any]) -> Shape:
        """Return a reference to the schema of a record."""
        shape = self.inlined(kind)
        return {"$ref": f"#/components/schemas/{self._add(kind.__name__, shape)}"}

    def inlined(self, kind: type[Any]) -> Shape:
        """Return the schema of a record itself, its parts shared."""
        shape = schema(kind)
        parts: dict[str, Shape] = shape.pop("$defs", {})
        names: dict[str, str] = {}
        for name, part in parts.items():
            names[name] = self._add(name, _pointed(part, {}))
        return _pointed(shape, names)

    def _add(self, name: str, shape: Shape) -> str:
        number, free = 1, name
        while self.schemas.get(free, shape) != shape:
            number += 1
            free = f"{name}{number}"
        self.schemas[free] = shape
        return free


def _pointed(shape: Shape, names: Mapping[str, str]) -> Shape:
    """Return a schema whose references lead to the shared ones."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list):
            return [turned(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, str) and value.startswith("#/$defs/"):
            name = value.removeprefix("#/$defs/")
            return f"#/components/schemas/{names.get(name, name)}"
        return value

    return turned(shape)


def _path(entry: AnySpec | AnyOperation, components: _Components) -> Shape:
    methods: Shape = {"post": _post(entry, components)}
    if isinstance(entry, CommandSpec) and takes_get(entry):
        methods = {"get": _get(entry, components), **methods}
    return methods


def takes_get(entry: AnySpec) -> bool:
    """Tell whether a command only looks and its input fits a query."""
    return entry.risk is Risk.READ and entry.right in {Right.GLANCE, Right.READ} and fits_query(hints_of(entry.input))


def _post(entry: AnySpec | AnyOperation, components: _Components) -> Shape:
    shape = components.inlined(entry.input)
    body: Shape = {"schema": shape}
    if shown := examples_of(entry):
        body["examples"] = shown
    takes_key = [{"$ref": "#/components/parameters/idempotency_key"}] if proposes(entry) else []
    return _operation(
        entry,
        components,
        operationId=entry.name,
        parameters=[{"$ref": "#/components/parameters/dry_run"}, *takes_key],
        requestBody={"required": bool(shape.get("required")), "content": {_JSON: body}},
    )


def _get(entry: AnySpec, components: _Components) -> Shape:
    shape, shown = components.inlined(entry.input), list(examples_of(entry).values())
    required = shape.get("required", [])
    parameters: list[Shape] = []
    for name, field in shape.get("properties", {}).items():
        examples = {
            f"example-{number}": {"summary": one["summary"], "value": one["value"][name]}
            for number, one in enumerate(shown, 1)
            if name in one["value"]
        }
        parameter = {"name": name, "in": "query", "required": name in required, "schema": _without_null(field)}
        described = {"description": field["description"]} if "description" in field else {}
        parameters.append({**parameter, **described, **({"examples": examples} if examples else {})})
    return _operation(entry, components, operationId=f"{entry.name}.get", parameters=parameters)


def _without_null(field: Shape) -> Shape:
    """Return the schema of a value that a query can hold: there nothing is written for nothing."""
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) != 1:
        return field
    return {key: value for key, value in field.items() if key not in {"anyOf", "default"}} | options[0]


def _operation(entry: AnySpec | AnyOperation, components: _Components, **more: Any) -> Shape:
    text = " ".join((entry.input.__doc__ or "").split("\n\n")[0].split())
    details = (entry.input.__doc__ or "").partition("\n\n")[2]
    proof = entry.proof if isinstance(entry, CommandSpec) else Strength.NONE
    told: Shape = {
        "tags": [_tag(entry.name)],
        "summary": text,
        "x-steward-right": right_of(entry).value,
        "x-steward-risk": entry.risk.value,
    }
    if details.strip():
        told["description"] = " ".join(details.split())
    if proof is not Strength.NONE:
        told["x-steward-proof"] = proof.value
    if isinstance(entry, CommandSpec) and entry.undo:
        told["x-steward-undo"] = entry.undo
    return {**told, **more, "responses": _responses(entry, components, is_get="requestBody" not in more)}


def _responses(entry: AnySpec | AnyOperation, components: _Components, *, is_get: bool) -> Shape:
    output = entry.output if isinstance(entry, CommandSpec) else PlanCard
    result = components.of(output)
    refusals = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in _REFUSALS}
    if isinstance(entry, CommandSpec) and entry.streams:
        says = "Each event as it comes, then the result."
        content = {kind: {"schema": {"type": "string"}} for kind in (NDJSON, SSE)}
        return {"200": {"description": says, "content": content, "headers": {}}, **refusals}
    if proposes(entry):
        preview = _answer("What would happen; nothing was kept and nobody was asked.", result)
        asked = _answer("A plan that waits for a person, or that a grant allowed.", result)
        location = {"description": "Where to follow the run.", "schema": {"type": "string"}}
        asked["headers"]["Location"] = location
        return {"200": preview, "202": asked, **refusals}
    if is_get or entry.risk is Risk.READ:
        return {"200": _answer("The answer.", result), **refusals}
    either = {"anyOf": [result, _PREVIEW]}
    return {"200": _answer("Done; or with `dry_run`, what would be done.", either), **refusals}


def _answer(says: str, shape: Shape) -> Shape:
    code = {"description": "How the terminal would leave.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    return {"description": says, "headers": {"X-Steward-Exit-Code": code}, "content": {_JSON: {"schema": shape}}}


def _refusal(says: str) -> Shape:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {"description": says, "content": {"application/problem+json": {"schema": reference}}}


def _tag(name: str) -> str:
    return name.partition(".")[0]


def _watching(components: _Components) -> Shape:
    """Describe what is there for machines that watch or deliver."""
    ready = {_JSON: {"schema": components.of(Ready)}}
    plain = {_JSON: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}}
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "/healthz": {"get": _watch("health.live", "Say that the process answers.", {"200": ("It does.", plain)})},
        "/readyz": {
            "get": _watch(
                "health.ready",
                "Say whether Steward can do its work, part by part.",
                {"200": ("It can.", ready), "503": ("It cannot; the parts say why.", ready)},
            )
        },
        "/version": {"get": _watch("health.version", "Say which version this is.", {"200": ("It.", plain)})},
        "/metrics": {
            "get": _watch(
                "health.metrics",
                "Tell figures in the text format of Prometheus.",
                {"200": ("Figures.", text)},
                right="read",
            )
        },
        "/hooks/{name}": {"post": _hook(plain)},
    }


def _watch(name: str, summary: str, answers: Mapping[str, tuple[str, Shape]], *, right: str = "public") -> Shape:
    refusals: Iterable[str] = ("401", "403", "429") if right != "public" else ("429",)
    return {
        "operationId": name,
        "tags": ["health"],
        "summary": summary,
        "x-steward-right": right,
        **({"security": []} if right == "public" else {}),
        "responses": {
            **{status: {"description": says, "content": content} for status, (says, content) in answers.items()},
            **{status: {"$ref": f"#/components/responses/Problem{status}"} for status in refusals},
        },
    }


def _hook(accepted: Shape) -> Shape:
    return {
        "operationId": "hooks.deliver",
        "tags": ["hooks"],
        "summary": "Deliver to a webhook of `hooks.yaml`, signed as it says there.",
        "x-steward-right": "signed",
        "security": [],
        "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {"*/*": {"schema": {}}}},
        "responses": {
            "202": {"description": "Taken, or known already.", "content": accepted},
            **{s: {"$ref": f"#/components/responses/Problem{s}"} for s in ("401", "413", "429", "503")},
        },
    }


_DRY_RUN: Shape = {
    "name": DRY_RUN,
    "in": "query",
    "description": "Show what would happen; keep nothing and ask nobody.",
    "schema": {"type": "boolean", "default": False},
}
_IDEMPOTENCY_KEY: Shape = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A key of your own: the same request with it within a day gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
_PREVIEW: Shape = {
    "type": "object",
    "title": "Preview",
    "properties": {"preview": {"type": "string", "description": "What would be done."}},
    "required": ["preview"],
    "additionalProperties": False,
}


def written(catalogue: Catalogue, *, version: str) -> str:
    """Return the description as the file of the reference."""
    return json.dumps(document(catalogue, version=version), indent=1, ensure_ascii=False) + "\n"
