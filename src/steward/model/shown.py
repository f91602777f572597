"""The one renderer of a plan: what a person is shown is what is hashed is what runs.

The text is the same for the same plan, byte for byte. It is rendered without fingerprint and without its own
hash. Every word is written out, nothing is expanded later, and no invisible character passes.
"""

from __future__ import annotations

from steward.lib.shell import join
from steward.lib.text import plural, size, visible_line
from steward.model.plan import Plan, PlannedAction, PlanStep
from steward.model.shown_course import shown_course, shown_flow

SHELL_COMMAND = "shell.run"


def render(plan: Plan) -> str:
    """Write a plan as a person reads it before deciding."""
    names = {target.machine: target.name for target in plan.targets}
    lines = [
        visible_line(plan.title),
        "",
        f"Why        {visible_line(plan.goal)}",
        f"Risk       {plan.risk.value}",
        f"Reaches    {_reach(plan)}",
        f"Asked by   {plan.requester.kind.value} {visible_line(f'{plan.requester.id} via {plan.requester.channel}')}",
        f"Expires    {plan.expires:%Y-%m-%d %H:%M} UTC",
        "",
        "What changes",
    ]
    for number, step in enumerate(plan.steps, start=1):
        lines += _step(number, step, names[step.machine], has_course=plan.course is not None)
    lines += [] if plan.steps else ["  - nothing: people are asked, and it waits for them"]
    if plan.course is not None:
        lines += shown_course(plan.course, names)
    lines += ["", "Checked before", *_bullets(_probes(plan, "before"))]
    lines += ["", "Proof after", *_bullets(_probes(plan, "after"))]
    lines += ["", "Undo", *_undo(plan)]
    lines += ["", f"If nothing is done: {visible_line(plan.if_nothing)}"]
    return "\n".join(lines) + "\n"


def _reach(plan: Plan) -> str:
    if not plan.targets:
        return "no machine"
    machines = ", ".join(f"{visible_line(t.name)} ({visible_line(t.address) or 'this machine'})" for t in plan.targets)
    parts = [machines]
    if plan.blast.services:
        parts.append(plural(plan.blast.services, "service"))
    if plan.blast.bytes:
        parts.append(f"{size(plan.blast.bytes)} removed")
    downtime = sum(step.downtime_seconds for step in plan.steps)
    parts.append(f"up to {downtime} s of interruption" if downtime else "no interruption")
    return "; ".join(parts)


def _step(number: int, step: PlanStep, machine: str, *, has_course: bool) -> list[str]:
    after = f" (after {visible_line(', '.join(step.needs))})" if step.needs else ""
    called = f"{visible_line(step.id)}: " if step.flow or has_course else ""
    lines = [f"  {number}. {called}{visible_line(step.says)} on {visible_line(machine)}{after}  [{step.risk.value}]"]
    lines += [f"     - {visible_line(effect)}" for effect in step.effects]
    lines += _action(step.action)
    lines += [f"     - {line}" for line in (shown_flow(step.flow) if step.flow else ())]
    return lines


def _action(action: PlannedAction) -> list[str]:
    lines = [f"     $ {visible_line(join(action.argv))}"]
    for variable in action.environment:
        value = f"secret://{variable.secret.name}" if variable.secret else variable.value
        lines.append(f"       with {visible_line(variable.name)}={visible_line(value)}")
    for file in action.files:
        what = f"writes {file.destination} ({file.mode} {file.owner}, sha256 {file.content_hash})"
        lines.append(f"       {visible_line(what)}")
    if action.stdin_hash:
        lines.append(f"       reads input with sha256 {visible_line(action.stdin_hash)}")
    return lines


def _probes(plan: Plan, when: str) -> list[str]:
    chosen = [probe for step in plan.steps for probe in (step.preconditions if when == "before" else step.verify)]
    return list(dict.fromkeys(visible_line(probe.says) for probe in chosen))


def _undo(plan: Plan) -> list[str]:
    lines: list[str] = []
    for number, step in enumerate(plan.steps, start=1):
        mark = "" if step.undo.is_possible else "IRREVERSIBLE: "
        lines.append(f"  {number}. {mark}{visible_line(step.undo.says)}")
        for action in step.undo.actions:
            lines += _action(action)
    return lines or ["  - nothing"]


def _bullets(lines: list[str]) -> list[str]:
    return [f"  - {line}" for line in lines] or ["  - nothing"]
