"""Graphs of tasks: a ResourceGraphDefinition whose resources are steps with a `type` and `dependencies`.

kro itself does not read this form; people use it to write down what a homelab needs, hands and shops included.

    external-task, or waitForHuman   a question with part, cost and links: nothing in it proves that it was done
    commands, validation_commands    operations where the catalogue has them, else by hand
    type approval, human, wait       a question, a pause
    everything else                  by hand: models, Kubernetes, git, tickets, monitoring
"""

from __future__ import annotations

from collections.abc import Iterator

from steward.core.foreign.imported import Drawing, Edge, Findings
from steward.core.foreign.kro import tell_rest
from steward.core.foreign.kro_schema import all_paths
from steward.core.foreign.order import circle, ordered
from steward.core.foreign.saying import words
from steward.core.foreign.shell_lines import typed
from steward.core.foreign.steps import Draft, Origin
from steward.core.workflow_files import MOST_STEPS
from steward.lib.span import span_of
from steward.lib.yaml_loose import Node

_HUMAN = frozenset({"external-task", "human-task", "manual-task", "manual", "human", "physical", "physical-task"})
_APPROVAL = frozenset({"approval", "approval-gate", "approval_gate", "human-approval"})
_LINES = ("commands", "validation_commands", "command", "script")
_PLACES = ("host", "hosts", "machine", "node", "server", "target")
_SPANS = ("seconds", "duration", "wait")
_LONGEST_WAIT = 366 * 86_400
_ORDER = frozenset({"name", "id", "type", "dependencies", "dependsOn", "waitForHuman"})
_REASONS = (
    (
        ("ai-", "ai_", "llm", "prompt", "agent", "skill"),
        "steps for a language model, agents and skills do not exist here",
    ),
    (("kubernetes", "k8s", "ingress", "helm"), "Steward does not run what belongs to Kubernetes"),
    (("git", "documentation", "auto-doc"), "Steward writes its own pages and does not commit to other repositories"),
    (("monitor", "alert"), "monitoring of others is not set up by a workflow"),
    (("http", "webhook"), "the request is not written out"),
    (("parallel", "loop"), "steps inside steps are not read; write them out side by side"),
)


def is_tasks(root: Node) -> bool:
    """Tell whether the resources of a graph are tasks and no objects of Kubernetes."""
    resources = root.list("spec", "resources")
    return any(each.string("type") is not None for each in resources) and not any(
        each.at("template") is not None or each.at("externalRef") is not None for each in resources
    )


def read_tasks(root: Node, file: str, findings: Findings) -> None:
    """Take over one graph of tasks."""
    name = root.string("metadata", "name") or "imported"
    resources = list(root.list("spec", "resources"))
    keys = [_key(each, number) for number, each in enumerate(resources, start=1)]
    nodes: dict[str, Node] = {}
    for key, each in zip(keys, resources, strict=True):
        nodes.setdefault(key, each)
    needs = {key: _needs(each) for key, each in nodes.items()}
    _check(resources, keys, needs, file, findings)
    tell_rest(root, file, findings)
    for path in sorted(all_paths(root.at("spec", "schema", "spec"))):
        findings.unmapped(file, root.line_of("spec"), f"input {path}", "steps of a graph of tasks take no inputs here")
    draft = Draft(file=file, line=root.line, name=name, findings=findings)
    order = ordered({key: [each for each in needs[key] if each in needs] for key in needs})
    for key in order:
        origin = Origin(key=key, line=nodes[key].line, what=f"step {key}", needs=tuple(needs[key]))
        _task(draft, nodes[key], origin)
    edges = tuple(Edge(before=each, after=key) for key in order for each in needs[key] if each in needs)
    shown = tuple(findings.shown(key) for key in order)
    findings.drawings.append(Drawing(file=file, line=root.line, name=findings.shown(name), nodes=shown, edges=edges))
    draft.finish()


def _key(node: Node, number: int) -> str:
    return node.string("name") or node.string("id") or f"step-{number}"


def _needs(node: Node) -> list[str]:
    listed = [*node.several("dependencies"), *node.several("dependsOn")]
    named = [name for each in listed for name in (each.mapping or filter(None, [each.scalar]))]
    return list(dict.fromkeys(named))


def _check(resources: list[Node], keys: list[str], needs: dict[str, list[str]], file: str, findings: Findings) -> None:
    seen: set[str] = set()
    for node, key in zip(resources, keys, strict=True):
        if key in seen:
            findings.mistake(file, node.line, f"`{key}` is there twice; the first one counts", "give each its own name")
            findings.unmapped(file, node.line, f"step {key}", "its name is given twice, and only one of them counts")
        seen.add(key)
        for each in _needs(node):
            if each not in needs:
                line = node.line_of("dependencies")
                findings.mistake(
                    file, line, f"`{key}` depends on `{each}`, which is not there", "name a step of the graph"
                )
    if found := circle({key: [each for each in needs[key] if each in needs] for key in needs}):
        line = resources[keys.index(found[0])].line
        findings.mistake(file, line, f"these wait for each other: {' -> '.join(found)}", "take one dependency out")


def _task(draft: Draft, node: Node, origin: Origin) -> None:
    kind = (node.string("type") or "").lower()
    wait = node.at("waitForHuman")
    details = "; ".join(_details(node))
    lines = [line for name in _LINES for line in _texts(node.at(name))]
    if kind in _APPROVAL:
        draft.asked(origin, f"{draft.findings.shown(details, 1000) or origin.key}")
    elif kind in _HUMAN or (wait is not None and wait.is_true):
        draft.asked(origin, draft.findings.shown(f"Is this done? {details or origin.key}", 1000))
        why = "a `physical` step is proven by a readable line, which the source has not; write `physical` with `proof`"
        draft.findings.unmapped(draft.file, origin.line, f"proof of {origin.what}", why)
    elif kind == "wait" and (seconds := _seconds(node)):
        draft.waits(origin, seconds)
        draft.findings.unread(node, origin.what, {*_ORDER, *_SPANS}, draft.file, "a wait has no such field")
    elif lines and (place := next((name for name in _PLACES if not node.says_nothing(name)), "")):
        why = f"`{place}` says where it is done; write `ssh HOST '...'` into the line to have it done there"
        draft.by_hand(origin, why, todo=details)
    elif lines:
        _commands(draft, node, origin, lines, details)
    else:
        draft.by_hand(origin, _why(kind, node), todo=details or words(node) or origin.key)


def _commands(draft: Draft, node: Node, origin: Origin, lines: list[str], details: str) -> None:
    """Take over a step of several lines as a whole or not at all: half of one would be another step."""
    if len(lines) > MOST_STEPS:
        draft.by_hand(origin, f"it has {len(lines)} lines, and a workflow has {MOST_STEPS} steps at most", todo=details)
        return
    found = [typed(line, draft.findings.known) for line in lines]
    unknown = [(line, each) for line, each in zip(lines, found, strict=True) if isinstance(each, str)]
    if unknown:
        line, why = unknown[0]
        draft.by_hand(origin, f"`{draft.findings.shown(line, 80)}`: {why}", todo=details)
        return
    draft.commands(origin, [one for each in found if not isinstance(each, str) for one in each])
    draft.findings.unread(node, origin.what, {*_ORDER, *_LINES}, draft.file)


def _seconds(node: Node) -> int:
    said = _span(node)
    span = span_of(f"{said}s" if said.isdigit() else said)
    seconds = int(span.total_seconds()) if span is not None else 0
    return seconds if seconds <= _LONGEST_WAIT else 0


def _span(node: Node) -> str:
    return next((said for name in _SPANS if (said := node.string(name))), "")


def _why(kind: str, node: Node) -> str:
    if kind == "wait":
        return f"`{_span(node)}` is no span like `90m` of a year at most"
    reason = next((why for starts, why in _REASONS if any(start in kind for start in starts)), "")
    return f"`{kind or 'no type'}`: {reason or 'no step here does this'}"


def _texts(node: Node | None) -> list[str]:
    return [each.text for each in node.scalars() if not each.is_null] if node is not None else []


def _details(node: Node) -> Iterator[str]:
    """Yield what a step says beside its order, each field as `name: value`."""
    for name, value in node.mapping.items():
        if name not in _ORDER:
            yield f"{name}: {words(value)}"
