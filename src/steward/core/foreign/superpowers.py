"""Workflows of claude-superpowers: `workflows/*.yaml`, steps one after the other, each of a type.

shell          an operation where the catalogue has one that does exactly this, else by hand
approval_gate  a question
http           `http.request` for a plain GET, else by hand
skill          by hand: there are none here
claude_prompt  by hand: there are none here
"""

from __future__ import annotations

import re
from typing import Any

from steward.core.foreign.imported import Findings
from steward.core.foreign.shell_lines import Typed
from steward.core.foreign.steps import Draft, Origin
from steward.lib.yaml_loose import Node

_FIELDS = frozenset({"name", "description", "steps", "rollback", "notify_profile"})
_STEP_FIELDS = frozenset({"name", "type", "command", "args", "on_failure", "timeout", "condition", "prompt", "message"})
_YES_OR_NO = re.compile(r"\s*[\[(][yY]/[nN][\])]\s*:?\s*$")
_FAILURES = {"abort": "keep", "continue": "continue", "rollback": "undo", "": "keep"}
_MOST_SECONDS = 86_400
HTTP = "http.request"
"""Operation that asks an address."""


def is_workflow(root: Node) -> bool:
    """Tell whether a document has this form: `steps`, each with a `type` or a `name`, and no `kind` of another tool."""
    steps = root.list("steps")
    known = any(step.string("type") in _TYPES for step in steps)
    return bool(steps) and known and root.string("kind") is None


def read_workflow(root: Node, file: str, findings: Findings) -> None:
    """Take over one workflow."""
    name = root.string("name") or "imported"
    draft = Draft(
        file=file, line=root.line, name=name, title=_title(root, findings), findings=findings, on_failure="keep"
    )
    _fields(root, file, f"workflow {name}", _FIELDS, findings)
    for profile in root.several("notify_profile"):
        why = "who is told is set for all of Steward, not in a workflow"
        findings.unmapped(file, profile.line, f"notify_profile {profile.text}".rstrip(), why)
    before = ""
    for number, step in enumerate(root.list("steps"), start=1):
        before = _step(draft, step, number, before) or before
    for number, step in enumerate(root.several("rollback"), start=1):
        called = step.string("name") or str(number)
        why = "Steward puts back each step in its own way; what else must happen then is a workflow of its own"
        findings.unmapped(file, step.line, f"rollback step {called}", why)
    draft.finish()


def _title(root: Node, findings: Findings) -> str:
    return findings.shown(root.string("description") or "")


def _fields(node: Node, file: str, owner: str, known: frozenset[str], findings: Findings) -> None:
    """Tell every field that nobody reads."""
    for name in node.mapping:
        if name not in known:
            findings.unmapped(file, node.line_of(name), f"field {name} of {owner}", "Steward does not know it")


def _step(draft: Draft, step: Node, number: int, before: str) -> str:
    """Take over one step; return the key by which the next one needs it."""
    called = step.string("name") or f"step-{number}"
    key = f"{number}-{called}" if called in draft.ends or called[:1].isdigit() else called
    origin = Origin(key=key, line=step.line, what=f"step {called}", needs=(before,) if before else ())
    condition = step.string("condition") or ""
    if condition not in {"", "always", "previous.ok"}:
        why = "it runs only when the step before failed" if condition == "previous.failed" else f"it has `{condition}`"
        draft.left_out(origin, f"{why}; a condition like this has no place here")
        return key
    _fields(step, draft.file, origin.what, _STEP_FIELDS, draft.findings)
    reader = _TYPES.get(step.string("type") or "")
    if reader is None:
        kind = step.string("type") or "none"
        draft.by_hand(origin, f"`{kind}` is no type of step", todo=step.string("command") or "")
    else:
        reader(draft, step, origin)
    return key


def _failure(draft: Draft, step: Node, origin: Origin) -> dict[str, Any]:
    """Return what becomes of the run when a step fails, where it is not what the workflow says."""
    said = step.string("on_failure") or ""
    found = _FAILURES.get(said)
    line = step.line_of("on_failure")
    if found is None:
        draft.findings.unmapped(draft.file, line, f"on_failure {said} of {origin.what}", "no such word is known")
    if found == "continue":
        why = "what comes after it needs it and is skipped when it fails; take it out of `needs` where that is wrong"
        draft.findings.unmapped(draft.file, line, f"on_failure continue of {origin.what}", why)
    return {"onFailure": found} if found not in {None, "keep"} else {}


def _shell(draft: Draft, step: Node, origin: Origin) -> None:
    line, failure = step.string("command") or "", _failure(draft, step, origin)
    if step.map("args"):
        draft.by_hand(origin, "it is given variables of the environment, which no operation takes", todo=line)
        return
    timeout = step.string("timeout") or ""
    seconds = int(timeout) if timeout.isascii() and timeout.isdigit() and len(timeout) < 6 else 0
    within = {"timeout": seconds} if 0 < seconds <= _MOST_SECONDS else {}
    if timeout and not within:
        what = f"timeout {timeout} of {origin.what}"
        draft.findings.unmapped(draft.file, step.line_of("timeout"), what, f"at most {_MOST_SECONDS} seconds")
    draft.shell(origin, line, **within, **failure)


def _gate(draft: Draft, step: Node, origin: Origin) -> None:
    said = step.string("args", "prompt") or step.string("prompt") or step.string("message") or step.string("command")
    text = (
        _YES_OR_NO.sub("", draft.findings.shown(said or "", 1000)) or f"Go on with {draft.findings.shown(draft.name)}?"
    )
    draft.asked(origin, text, **_failure(draft, step, origin))
    for name in step.map("args"):
        if name != "prompt":
            what = f"args.{name} of {origin.what}"
            draft.findings.unmapped(draft.file, step.line_of("args"), what, "a question has no such field")


def _http(draft: Draft, step: Node, origin: Origin) -> None:
    url, args = step.string("command") or "", step.map("args")
    method = (step.string("args", "method") or "POST").upper()
    is_plain = (
        method == "GET" and set(args) <= {"method"} and url.startswith(("http://", "https://")) and "$" not in url
    )
    if is_plain and HTTP in draft.findings.known.operations:
        draft.commands(
            origin, (Typed(command=HTTP, input={"method": "GET", "url": url}),), **_failure(draft, step, origin)
        )
        return
    why = "it sends a body, headers or another method than GET" if not is_plain else f"there is no `{HTTP}` here"
    draft.by_hand(origin, why, todo=f"{method} {url}", **_failure(draft, step, origin))


def _skill(draft: Draft, step: Node, origin: Origin) -> None:
    name = step.string("command") or step.string("skill") or ""
    draft.by_hand(origin, "skills do not exist here", todo=f"skill {name}", **_failure(draft, step, origin))


def _prompt(draft: Draft, step: Node, origin: Origin) -> None:
    text = step.string("command") or step.string("prompt") or ""
    draft.by_hand(origin, "steps for a language model do not exist here", todo=text, **_failure(draft, step, origin))


_TYPES = {
    "shell": _shell,
    "approval_gate": _gate,
    "approval-gate": _gate,
    "http": _http,
    "skill": _skill,
    "claude_prompt": _prompt,
    "claude-prompt": _prompt,
}
