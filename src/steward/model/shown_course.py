"""What a plan has beside its steps, as a person reads it before deciding: nothing that is bound is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from steward.lib.text import age, plural, visible_line
from steward.model.flow import Course, OnFailure, StepFlow
from steward.model.hold import AnswerField, Hold, Inquiry, Patience, Task, Wait
from steward.model.ids import MachineId
from steward.model.resumed import Resumed
from steward.model.run import StepEnd

_FAILING = {
    OnFailure.CONTINUE: "when it fails, it alone is put back and the others go on",
    OnFailure.KEEP: "when it fails, nothing more begins and nothing is put back",
}


def shown_course(course: Course, names: Mapping[MachineId, str]) -> list[str]:
    """Write the workflow, its inputs, its holds and what must hold around it."""
    lines = ["", f"Workflow   {visible_line(course.workflow)} (sha256 {course.source_hash[:16]})"]
    lines += [f"  - {visible_line(name)} = {_value(value)}" for name, value in course.inputs.items()]
    lines += [f"  - {visible_line(note)}" for note in course.notes]
    lines += ["  - when it fails, nothing is put back"] if course.on_failure is OnFailure.KEEP else []
    lines += _resumed(course.resumed, names) if course.resumed else []
    if course.holds:
        lines += ["", "Waits"]
        lines += [line for hold in course.holds for line in _hold(hold, names)]
    for title, probes in (("Before anything is done", course.preflight), ("Still so at the end", course.invariants)):
        if probes:
            asked = [
                f"{visible_line(names.get(probe.machine, probe.machine))}: {visible_line(probe.says)}"
                for probe in probes
            ]
            lines += ["", title, *(f"  - {each}" for each in asked)]
    return lines


def _resumed(resumed: Resumed, names: Mapping[MachineId, str]) -> list[str]:
    """Write what is taken over from an earlier run, with every value that came of it."""
    word = "Fork of" if resumed.is_fork else "Goes on from"
    lines = ["", f"{word} {visible_line(resumed.run)}"]
    if not resumed.carried:
        return [*lines, "  - nothing is taken over: everything is done from the beginning"]
    lines += ["  - not done again, and not put back if this run fails:"]
    for each in resumed.carried:
        done = "done" if each.end is StepEnd.OK else each.end.value
        lines.append(
            f"  {visible_line(each.id)}: {visible_line(each.says)}; "
            f"{done} in {visible_line(each.run)} on {each.ended:%Y-%m-%d %H:%M} UTC"
        )
        lines += [
            f"     - {visible_line(name)} = {_value(value)}" for name, value in each.values.items() if value != {}
        ]
        lines += [
            f"     - must still hold, before and at the end: "
            f"{visible_line(names.get(probe.machine, probe.machine))}: {visible_line(probe.says)}"
            for probe in each.proofs
        ]
    return lines


def shown_flow(flow: StepFlow) -> Iterator[str]:
    """Give what a step has beside its effect, a line each."""
    if flow.block and flow.block != flow.lane:
        yield _lane(flow.lane, flow.tolerated)
    if flow.after:
        yield f"begins when these have ended: {visible_line(', '.join(flow.after))}"
    if flow.when:
        yield f"only if {visible_line(flow.when)}"
    for choice in flow.choices:
        among = ", ".join(_value(value) for value in choice.domain)
        asked = f"{visible_line(choice.expression)} is {_value(choice.value)}, one of {among}"
        yield f"only if {asked}; another value is asked anew"
    if flow.retry is not None:
        retry = flow.retry
        yield (
            f"tried again up to {plural(retry.times, 'time')}, after {retry.wait_seconds} s,"
            f" then {retry.factor:g} times longer, {retry.most_seconds} s at most"
        )
    if flow.until is not None:
        yield f"done when {visible_line(flow.until.says)}, within {flow.until.within_seconds} s"
    for output in flow.outputs:
        taken = output.pointer or output.pattern or "everything"
        yield f"takes {visible_line(output.name)} ({output.kind.value}) from its output: {visible_line(taken)}"
    if flow.on_failure in _FAILING:
        yield _FAILING[flow.on_failure]
    if flow.undone_by is not None:
        yield f"put back by {visible_line(flow.undone_by.name)} {_value(flow.undone_by.input)}"


def _hold(hold: Hold, names: Mapping[MachineId, str]) -> Iterator[str]:
    where = f" on {visible_line(names.get(hold.machine, hold.machine))}" if hold.machine else ""
    after = f" (after {visible_line(', '.join(hold.needs))})" if hold.needs else ""
    yield f"  {visible_line(hold.id)}: {visible_line(hold.says)}{where}{after}"
    if hold.lane:
        yield f"     - {_lane(hold.lane, hold.tolerated)}"
    if hold.after:
        yield f"     - begins when these have ended: {visible_line(', '.join(hold.after))}"
    if hold.when:
        yield f"     - only if {visible_line(hold.when)}"
    details: Iterator[str] = iter(())
    if hold.inquiry is not None:
        details = _inquiry(hold.inquiry)
    elif hold.task is not None:
        details = _task(hold.task)
    elif hold.wait is not None:
        details = _wait(hold.wait)
    yield from (f"     - {line}" for line in details)
    yield from (f"     - ends by itself when {visible_line(probe.says)}" for probe in hold.proofs)


def _lane(name: str, tolerated: int) -> str:
    allowed = f"{plural(tolerated, 'failure')} tolerated" if tolerated else "no failure tolerated"
    return f"lane {visible_line(name)}, {allowed}"


def _inquiry(inquiry: Inquiry) -> Iterator[str]:
    yield from (visible_line(line) for line in inquiry.text.strip().splitlines()[1:] if line.strip())
    yield f"answered by: {inquiry.who.value}; {_patience(inquiry.patience)}"
    yield from map(_field, inquiry.fields)


def _field(field: AnswerField) -> str:
    limits = [
        f"{word} {limit:g}" for word, limit in (("at least", field.least), ("at most", field.most)) if limit is not None
    ]
    chosen = [" or ".join(field.choices)] if field.choices else []
    kind = ", ".join([field.kind.value, *chosen, *limits, *([] if field.is_required else ["may be left out"])])
    return visible_line(f"{field.name} ({kind}){f': {field.says}' if field.says else ''}")


def _task(task: Task) -> Iterator[str]:
    yield from (visible_line(line) for line in task.instructions)
    for word, value in (("picture", task.picture), ("part", task.part), ("cost", task.cost), ("link", task.link)):
        if value:
            yield f"{word}: {visible_line(value)}"
    yield _patience(task.patience)


def _wait(wait: Wait) -> Iterator[str]:
    if wait.event:
        about = f" about {wait.subject}" if wait.subject else ""
        yield visible_line(f"event {wait.event}{about}")
    if wait.event or wait.condition:
        yield f"in vain after {_span(wait.longest_seconds)}"


def _patience(patience: Patience) -> str:
    parts = [f"counts as failed after {_span(patience.expires_seconds)}"]
    if patience.remind_seconds:
        parts.append(f"reminded every {_span(patience.remind_seconds)}")
    if patience.escalate_seconds:
        parts.append(f"told to the owner after {_span(patience.escalate_seconds)}")
    return ", ".join(parts)


def _span(seconds: int) -> str:
    return age(timedelta(seconds=seconds))


def _value(value: object) -> str:
    return visible_line(json.dumps(value, ensure_ascii=False))
