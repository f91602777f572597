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
from steward.core.foreign.saying import words
from steward.core.foreign.shell_lines import Typed
from steward.core.foreign.steps import Draft, Origin
from steward.lib.yaml_loose import Node

_FIELDS = frozenset({"name", "description", "steps", "rollback", "notify_profile"})
_STEP_FIELDS = frozenset({"name", "type", "args", "on_failure", "timeout", "condition"})
_SAID_IN = {
    "approval_gate": ("prompt", "message", "command"),
    "approval-gate": ("prompt", "message", "command"),
    "skill": ("command", "skill"),
    "claude_prompt": ("command", "prompt"),
    "claude-prompt": ("command", "prompt"),
}
_YES_OR_NO = re.compile(r"\s*[\[(][yY]/[nN][\])]\s*:?\s*$")
_FAILURES = {"abort": "keep", "continue": "continue", "rollback": "undo", "": "keep"}
_MOST_SECONDS = 86_400
_ARG_READ = {"approval_gate": "prompt", "approval-gate": "prompt", "http": "method"}
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
    findings.unread(root, f"workflow {name}", _FIELDS, file)
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
    return findings.shown(" ".join(words(root.at("description")).split()))


def _step(draft: Draft, step: Node, number: int, before: str) -> str:
    """Take over one step; return the key by which the next one needs it."""
    called = words(step.at("name")) or f"step-{number}"
    key = f"{number}-{called}" if called in draft.ends or called[:1].isdigit() else called
    condition = words(step.at("condition"))
    origin = Origin(
        key=key,
        line=step.line,
        what=f"step {called}",
        needs=(before,) if before else (),
        only_if_ok=condition == "previous.ok",
    )
    if condition not in {"", "always", "previous.ok"}:
        why = "it runs only when the step before failed" if condition == "previous.failed" else f"it has `{condition}`"
        draft.left_out(origin, f"{why}; a condition like this has no place here")
        return key
    kind = step.string("type") or ""
    reader = _TYPES.get(kind)
    if reader is None:
        why = f"`{kind or 'none'}` is no type of step"
        draft.by_hand(
            origin, why, todo=words(step.at("command") if step.mapping else step), **_fate(draft, step, origin)
        )
    else:
        reader(draft, step, origin)
    _args_stay(draft, step, origin, _ARG_READ.get(kind, ""))
    draft.findings.unread(step, origin.what, {*_STEP_FIELDS, _said_in(kind, step)}, draft.file)
    return key


def _said_in(kind: str, step: Node) -> str:
    """Return the field in which a step of this type says what it does."""
    return next((name for name in _SAID_IN.get(kind, ()) if not step.says_nothing(name)), "command")


def _args_stay(draft: Draft, step: Node, origin: Origin, read: str) -> None:
    """Tell what a step is given that nobody reads; it is not copied, for it may hold a key."""
    why = "it is not copied, for what a step is given may be a secret; it stays in the source"
    args = step.at("args")
    told = [f"args.{name}" for name in args.mapping if name != read] if args is not None else []
    for what in told or (["args"] if words(args) and not step.map("args") else []):
        draft.findings.unmapped(draft.file, step.line_of("args"), f"{what} of {origin.what}", why)


def _failure(draft: Draft, step: Node, origin: Origin) -> dict[str, Any]:
    """Return what becomes of the run when a step fails, where it is not what the workflow says."""
    said = words(step.at("on_failure"))
    found = _FAILURES.get(said)
    if found is None:
        what = f"on_failure {said} of {origin.what}"
        draft.findings.unmapped(draft.file, step.line_of("on_failure"), what, "no such word is known")
    return {"onFailure": found} if found not in {None, "keep"} else {}


def _fate(draft: Draft, step: Node, origin: Origin) -> dict[str, Any]:
    """Return how long a step may take and what becomes of the run when it fails."""
    timeout = words(step.at("timeout"))
    seconds = int(timeout) if timeout.isascii() and timeout.isdigit() and len(timeout) < 6 else 0
    within = {"timeout": seconds} if 0 < seconds <= _MOST_SECONDS else {}
    if timeout and not within:
        why = f"it is no whole number of seconds from 1 to {_MOST_SECONDS}; the command's own deadline holds"
        draft.findings.unmapped(draft.file, step.line_of("timeout"), f"timeout {timeout} of {origin.what}", why)
    return {**within, **_failure(draft, step, origin)}


def _shell(draft: Draft, step: Node, origin: Origin) -> None:
    line, fate = step.string("command"), _fate(draft, step, origin)
    if not step.says_nothing("args"):
        why = "it is given variables of the environment or more words, which no operation takes"
        draft.by_hand(origin, why, todo=words(step.at("command")), **fate)
    elif line is None:
        draft.by_hand(origin, "its `command` is no command line", todo=words(step.at("command")), **fate)
    else:
        draft.shell(origin, line, **fate)


def _gate(draft: Draft, step: Node, origin: Origin) -> None:
    said = step.string("args", "prompt") or step.string(_said_in("approval_gate", step))
    text = (
        _YES_OR_NO.sub("", draft.findings.shown(said or "", 1000)) or f"Go on with {draft.findings.shown(draft.name)}?"
    )
    draft.asked(origin, text, **_fate(draft, step, origin))
    if step.string("args", "prompt") and step.string(other := _said_in("approval_gate", step)):
        draft.findings.unmapped(draft.file, step.line_of(other), f"{other} of {origin.what}", "`args.prompt` is asked")


def _http(draft: Draft, step: Node, origin: Origin) -> None:
    url, args = step.string("command") or "", step.map("args")
    method = (step.string("args", "method") or "POST").upper()
    is_plain = (
        method == "GET"
        and set(args) <= {"method"}
        and not step.list("args")
        and url.startswith(("http://", "https://"))
        and "$" not in url
    )
    if is_plain and HTTP in draft.findings.known.operations:
        draft.commands(
            origin, (Typed(command=HTTP, input={"method": "GET", "url": url}),), **_fate(draft, step, origin)
        )
        return
    why = "it sends a body, headers or another method than GET" if not is_plain else f"there is no `{HTTP}` here"
    draft.by_hand(origin, why, todo=f"{method} {words(step.at('command'))}", **_fate(draft, step, origin))


def _skill(draft: Draft, step: Node, origin: Origin) -> None:
    todo = f"skill {words(step.at(_said_in('skill', step)))}"
    draft.by_hand(origin, "skills do not exist here", todo=todo, **_fate(draft, step, origin))


def _prompt(draft: Draft, step: Node, origin: Origin) -> None:
    todo = words(step.at(_said_in("claude_prompt", step)))
    draft.by_hand(origin, "steps for a language model do not exist here", todo=todo, **_fate(draft, step, origin))


_TYPES = {
    "shell": _shell,
    "approval_gate": _gate,
    "approval-gate": _gate,
    "http": _http,
    "skill": _skill,
    "claude_prompt": _prompt,
    "claude-prompt": _prompt,
}
