"""The graph as the script draws it: what the command `map` told, with addresses and words in the reader's language."""

from __future__ import annotations

from urllib.parse import urlencode

from steward.surfaces.web.addresses import thing_address
from steward.surfaces.web.site import Data
from steward.surfaces.web.texts import Texts


def picture_of(told: Data, texts: Texts, *, touched: str = "") -> Data:
    """Return nodes and edges; `touched` is the id of what the page is about."""
    nodes = [
        {
            "id": node["id"],
            "name": node["name"],
            "kind": node["kind"],
            "kind_says": texts(f"thing.{node['kind']}"),
            "tone": node["tone"],
            "state": _state(node, texts),
            "machine": node["machine"],
            "address": _address(node, is_condensed=told["is_condensed"]),
            "is_touched": node["id"] == touched,
        }
        for node in told["nodes"]
    ]
    return {"nodes": nodes, "edges": told["edges"]}


def _state(node: Data, texts: Texts) -> str:
    says = texts(f"status.{node['tone']}")
    return f"{says} · {texts('fleet.services.count', count=node['stands_for'])}" if node["stands_for"] else says


def _address(node: Data, *, is_condensed: bool) -> str:
    """Return where a node leads: a machine that stands for its services opens its own map."""
    if is_condensed and node["stands_for"]:
        return f"/fleet?{urlencode({'view': 'map', 'name': node['name']})}"
    if node["stands_for"]:
        return f"/fleet?{urlencode({'view': 'services', 'machine': node['machine']})}"
    return thing_address(node["kind"], node["machine"], node["name"])
