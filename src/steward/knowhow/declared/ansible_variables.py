"""Fill in variables of Ansible as far as the files themselves say them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from steward.knowhow.declared.reader import YAML_ENDINGS, Sources
from steward.lib.detect.names import Weight, judge
from steward.lib.yaml_loose import Node

_EXPRESSION = re.compile(r"\{\{[-\s]*(?P<name>[A-Za-z_][\w.]*)(?P<filters>[^{}]*)\}\}")
_DEFAULT = re.compile(r"\|\s*(?:default|d)\(\s*(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|(?P<number>[\w.]+))")
_HARMLESS = re.compile(r"^(?:\s*\|\s*(?:string|int|trim|lower|quote|bool|default\([^)]*\)|d\([^)]*\)))*\s*$")
_DEEPEST = 8
_MOST = 20_000


class Variables:
    """Variables with their values; later scopes win."""

    def __init__(self, *scopes: Mapping[str, Node]) -> None:
        self._scopes = scopes[::-1]

    def also(self, scope: Mapping[str, Node]) -> Variables:
        """Return the same with one more scope that wins."""
        return Variables(*self._scopes[::-1], scope) if scope else self

    def find(self, name: str) -> Node | None:
        """Return the value of `name` or `name.key.key`."""
        first, *rest = name.split(".")
        found = next((scope[first] for scope in self._scopes if first in scope), None)
        return found.at(*rest) if found is not None and rest else found

    def fill(self, text: str) -> str:
        """Return a text with known variables filled in; others stay as they are written."""
        for _ in range(_DEEPEST):
            if "{{" not in text or len(text) > _MOST:
                break
            filled = _EXPRESSION.sub(self._value, text)
            if filled == text:
                break
            text = filled
        return text

    def _value(self, match: re.Match[str]) -> str:
        """Return what stands for an expression; a secret stays as it is written."""
        named = judge(match["name"].rpartition(".")[2])
        if named is not None and named.weight >= Weight.LIKELY:
            return match.group()
        found = self.find(match["name"])
        value = found.scalar if found is not None else None
        if value is not None and _HARMLESS.match(match["filters"].strip(" -")):
            return value
        default = _DEFAULT.search(match["filters"])
        if found is None and default and _HARMLESS.match(match["filters"].strip(" -")):
            return default["one"] or default["two"] or default["number"] or ""
        return match.group()


def of_role(sources: Sources, role: str) -> tuple[Mapping[str, Node], Mapping[str, Node]]:
    """Return defaults and variables of a role, given its folder."""
    return _merged(sources, f"{role}/defaults"), _merged(sources, f"{role}/vars")


def shared(sources: Sources) -> Mapping[str, Node]:
    """Return variables of groups; one that groups give differently is left out, unless `all` gives it."""
    values: dict[str, list[Node]] = {}
    everybody: dict[str, Node] = {}
    for path in sources.paths:
        parts = path.split("/")
        if "group_vars" not in parts[:-1] or not path.endswith(YAML_ENDINGS):
            continue
        group = parts[parts.index("group_vars") + 1].partition(".")[0]
        for name, node in _top(sources, path):
            values.setdefault(name, []).append(node)
            if group == "all":
                everybody[name] = node
    sure = {name: nodes[0] for name, nodes in values.items() if len({node.text for node in nodes}) == 1}
    return {**sure, **everybody}


def _merged(sources: Sources, folder: str) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    for path in (*sources.within(folder), *sources.within(f"{folder}/main")):
        if path.endswith(YAML_ENDINGS):
            found.update(_top(sources, path))
    return found


def _top(sources: Sources, path: str) -> Iterator[tuple[str, Node]]:
    for document in sources.yaml(path).documents:
        yield from document.mapping.items()
