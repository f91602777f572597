"""What starts work in claude-superpowers: `cron/jobs.json`, `watchers.yaml`, `triggers.yaml`, as triggers of ours.

    job of type shell       schedule, where its line is an operation or starts a workflow
    watcher move, copy      files, with `moveTo`, `copyTo`
    watcher workflow        files, starting the workflow
    watcher shell           files, where its line is an operation
    trigger with a pattern  hook: Steward reads no chats, a signed delivery starts it instead
    skill, claude, webhook  not mapped

Every trigger is written with `enabled: false`: a person turns each on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from steward.core.foreign.imported import NOT_KNOWN, Findings
from steward.core.foreign.names import dashed
from steward.core.foreign.shell_lines import Typed, typed
from steward.core.foreign.steps import Place, write
from steward.core.schedule_forms import MACROS
from steward.core.trigger_text import parse_trigger
from steward.lib.span import span_of
from steward.lib.yaml_loose import Node

_EVERY = re.compile(r"@?every\s+((?:[0-9]{1,6}[smhd])+)", re.IGNORECASE)
_DAILY = re.compile(r"daily\s+at\s+([0-9]{1,2}):([0-9]{2})", re.IGNORECASE)
_CRON = re.compile(r"[0-9A-Za-z*,/?#-]+(?:\s+[0-9A-Za-z*,/?#-]+){4,5}")
_WEEKDAY_NUMBER = re.compile(r"(?:\S+\s+){4,5}\S*[0-9]\S*")
_WEEKDAYS = "check it: here 0 is Sunday, as in crontab; where APScheduler 3 counts, 0 is Monday; names mean the same"
"""See APScheduler's issue 286."""
_NO_TIME = {"@reboot": "`@reboot` is no time but a start of its computer, and no schedule here says that"}
_EVENTS = {"created": "created", "modified": "changed", "deleted": "gone", "moved": "moved"}
_NONE_HERE = {
    "skill": "skills do not exist here",
    "claude": "jobs for a language model do not exist here",
    "webhook": "Steward sends no requests on a schedule",
}
_LEAST_SECONDS = 60
_JOB_FIELDS = frozenset(["id", "name", "type", "job_type", "schedule", "command", "enabled"])
_WATCHER_FIELDS = frozenset(["name", "path", "action", "events", "enabled"])
_MESSAGE_FIELDS = frozenset(["name", "pattern", "action", "reply", "enabled"])
_UNUSED = "what it starts takes no such field"
_HISTORY = ("created", "created_at", "updated_at", "last_run", "last_status", "next_run", "run_count")


def is_jobs(root: Node) -> bool:
    """Tell whether a document is a list of jobs."""
    found = [job for _, job in _jobs(root)]
    return any(_is_job(job) for job in found)


def _is_job(job: Node) -> bool:
    return bool(job.string("schedule") and _type(job))


def _jobs(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield each job with its name: a mapping by id, a list, or either below `jobs`."""
    inner = root.at("jobs") or root
    for name, job in inner.mapping.items():
        yield job.string("name") or name, job
    for number, job in enumerate(inner.sequence, start=1):
        yield job.string("name") or job.string("id") or f"job-{number}", job


def _type(node: Node) -> str:
    return (node.string("type") or node.string("job_type") or "").lower()


def read_jobs(root: Node, file: str, findings: Findings) -> None:
    """Take over scheduled jobs."""
    _beside(root, ("jobs",), file, findings)
    for name, job in _jobs(root):
        what = f"job {name}"
        if not _is_job(job):
            findings.unmapped(file, job.line, what, "it has no `schedule` or no `type`")
            continue
        schedule = _schedule(job.string("schedule") or "")
        starts = _starts(_type(job), job, findings)
        if isinstance(schedule, str) or isinstance(starts, str):
            why = schedule if isinstance(schedule, str) else str(starts)
            findings.unmapped(file, job.line, what, why)
            continue
        document = {"kind": "schedule", "schedule": schedule, "starts": starts}
        if _trigger(name, document, Place(file=file, line=job.line), findings, what):
            _rest(job, what, file, findings)


def _rest(job: Node, what: str, file: str, findings: Findings) -> None:
    """Tell what of a job that was taken over is not."""
    if history := [name for name in _HISTORY if not job.says_nothing(name)]:
        why = "what it did before stays with what did it"
        findings.unmapped(file, job.line_of(history[0]), f"{', '.join(history)} of {what}", why)
    if _WEEKDAY_NUMBER.fullmatch(job.string("schedule") or ""):
        findings.unmapped(file, job.line_of("schedule"), f"weekday of {what}", _WEEKDAYS)
    for name in job.mapping:
        if job.says_nothing(name) or name in _HISTORY:
            continue
        if name in {"output", "output_channel"}:
            why = "who is told is set for all of Steward"
            findings.unmapped(file, job.line_of(name), f"{name} of {what}", why)
        elif name in {"args", "body", "llm_model", "prompt", "url", "skill"}:
            findings.unmapped(file, job.line_of(name), f"{name} of {what}", _UNUSED)
        elif name not in _JOB_FIELDS:
            findings.unmapped(file, job.line_of(name), f"field {name} of {what}", NOT_KNOWN)


def _schedule(said: str) -> dict[str, str] | str:
    """Return a schedule in our words, or why there is none."""
    text = said.strip()
    if match := _EVERY.fullmatch(text):
        span = span_of(match[1])
        seconds = int(span.total_seconds()) if span is not None else 0
        if seconds < _LEAST_SECONDS or seconds % 60 or seconds > 366 * 86_400:
            return f"`{text}` is no span of whole minutes"
        return {"every": _span(seconds)}
    if match := _DAILY.fullmatch(text):
        hour, minute = int(match[1]), int(match[2])
        return {"dailyAt": f"{hour:02}:{minute:02}"} if hour < 24 and minute < 60 else f"`{text}` is no time of the day"
    if text.lower() in MACROS:
        return {"cron": text.lower()}
    if _CRON.fullmatch(text):
        return {"cron": " ".join(text.split())}
    return _NO_TIME.get(text.lower(), f"the schedule `{text}` is of no known form")


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds // 60}m"


def _read_for(action: str, node: Node) -> str:
    """Return the field that says what an action does; another one that could say it counts for nothing."""
    other = {"workflow": "workflow", "move": "destination", "copy": "destination"}.get(action, "command")
    return "command" if node.string("command") is not None else other


def _starts(kind: str, node: Node, findings: Findings) -> dict[str, Any] | str:
    """Return what is started in our words, or why there is nothing."""
    if kind == "workflow":
        return {"workflow": dashed(node.string(_read_for(kind, node)) or "", "workflow")}
    if kind not in {"shell", ""}:
        return _NONE_HERE.get(kind, f"`{kind}` is no kind of work that is known here")
    found = typed(node.string("command") or "", findings.known)
    if isinstance(found, str):
        return found
    if len(found) != 1:
        return "it is several operations; make a workflow of them and let a trigger start that"
    return _one(found[0], findings)


def _one(found: Typed, findings: Findings) -> dict[str, Any] | str:
    if found.workflow:
        return {"workflow": dashed(found.workflow, "workflow")}
    machine = found.machine or findings.known.machine
    if not machine:
        return f"it is `{found.command}`, but on which machine is not said; import it again with `--machine NAME`"
    return {"command": found.command, "with": {"machine": machine, **found.input}}


def _trigger(name: str, document: Mapping[str, Any], place: Place, findings: Findings, what: str) -> bool:
    wanted = dashed(name, "imported")
    taken = {file.path for file in findings.files}
    number, chosen = 1, wanted
    while f"triggers/{chosen}.yaml" in taken:
        number += 1
        chosen = f"{wanted[:36]}-{number}"
    path = f"triggers/{chosen}.yaml"
    whole: dict[str, Any] = {**document, "says": findings.shown(f"Taken over from {place.file}"), "enabled": False}
    words = findings.known.trigger_words

    def check(text: str) -> None:
        if words is not None:
            parse_trigger(text, file=path, words=words)

    if not write(findings, path, whole, place, check):
        findings.unmapped(place.file, place.line, what, "no trigger came of it")
        return False
    started = cast("dict[str, Any]", whole.get("starts") or {})
    began = started.get("workflow") or started.get("command") or "what it moves or copies"
    findings.mapped(place.file, place.line, what, f"trigger {chosen} ({whole['kind']}): {began}")
    return True


def is_watchers(root: Node) -> bool:
    """Tell whether a document is a list of rules on files."""
    rules = _rules(root, "watchers", "rules")
    return any(_is_watcher(rule) for rule in rules)


def _is_watcher(rule: Node) -> bool:
    return bool(rule.string("path") and rule.string("action"))


def _beside(root: Node, lists: tuple[str, ...], file: str, findings: Findings) -> None:
    """Tell what a file says beside its list; a mapping without the list is the list itself."""
    if any(root.at(name) is not None for name in lists):
        findings.unread(root, "the file", lists, file)


def _rules(root: Node, *names: str) -> list[Node]:
    for name in names:
        if root.list(name):
            return list(root.list(name))
    return list(root.sequence)


def read_watchers(root: Node, file: str, findings: Findings) -> None:
    """Take over rules on files."""
    _beside(root, ("watchers", "rules"), file, findings)
    for number, rule in enumerate(_rules(root, "watchers", "rules"), start=1):
        name = rule.string("name") or f"watcher-{number}"
        if not _is_watcher(rule):
            findings.unmapped(file, rule.line, f"watcher {name}", "it has no `path` or no `action`")
            continue
        document = _watched(rule, findings)
        if isinstance(document, str):
            findings.unmapped(file, rule.line, f"watcher {name}", document)
            continue
        if _trigger(name, document, Place(file=file, line=rule.line), findings, f"watcher {name}"):
            read = {*_WATCHER_FIELDS, _read_for((rule.string("action") or "").lower(), rule)}
            findings.unread(rule, f"watcher {name}", read, file, _UNUSED)


def _watched(rule: Node, findings: Findings) -> dict[str, Any] | str:
    folder, pattern = _place(rule.string("path") or "")
    is_deep, pattern = pattern.startswith("**/"), pattern.removeprefix("**/")
    if not folder.startswith("/"):
        return "the folder must be an absolute path; `~` is the home of whoever ran it"
    if "/" in pattern or "**" in pattern:  # a `*` of ours goes through folders, theirs does not
        return "names of folders are no patterns here; watch each folder by itself"
    said = [each.text for each in rule.several("events")] or ["created"]
    if strange := next((each for each in said if each not in _EVENTS), ""):
        return f"`{strange}` is no event of files that is known here"
    action = (rule.string("action") or "").lower()
    target = rule.string(_read_for(action, rule)) or ""
    document: dict[str, Any] = {"kind": "files", "folder": folder, "patterns": [pattern]}
    document["events"] = list(dict.fromkeys(_EVENTS[each] for each in said))
    document["recursive"] = is_deep
    if action in {"move", "copy"}:
        if not target.startswith("/") or "$" in target:
            return "the folder it goes to must be an absolute path"
        return {**document, f"{action}To": target.rstrip("/") or "/"}
    starts = _starts(action, rule, findings)
    return starts if isinstance(starts, str) else {**document, "starts": starts}


def _place(path: str) -> tuple[str, str]:
    """Return the folder that is watched, and the names in it that count."""
    parts = path.rstrip("/").split("/")
    cut = next((place for place, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts))
    return "/".join(parts[:cut]) or "/", "/".join(parts[cut:]) or "*"


def is_triggers(root: Node) -> bool:
    """Tell whether a document is a list of patterns of messages."""
    rules = _rules(root, "triggers")
    return any(_is_message(rule) for rule in rules)


def _is_message(rule: Node) -> bool:
    return bool(rule.string("pattern") and (rule.string("command") or rule.string("workflow")))


def read_triggers(root: Node, file: str, findings: Findings) -> None:
    """Take over what messages start."""
    _beside(root, ("triggers",), file, findings)
    for number, rule in enumerate(_rules(root, "triggers"), start=1):
        pattern = rule.string("pattern") or ""
        what = f"trigger {pattern or number}"
        if not _is_message(rule):
            findings.unmapped(file, rule.line, what, "it has no `pattern` or no `command`")
            continue
        usual = "workflow" if rule.string("command") is None else "shell"
        action = (rule.string("action") or usual).lower()
        starts = _starts(action, rule, findings)
        if isinstance(starts, str):
            findings.unmapped(file, rule.line, what, starts)
            continue
        name = dashed(rule.string("name") or pattern, f"message-{number}")
        if _trigger(name, {"kind": "hook", "starts": starts}, Place(file=file, line=rule.line), findings, what):
            why = "Steward reads no chats; a signed delivery to the hook of the trigger's name starts it instead"
            findings.unmapped(file, rule.line_of("pattern"), f"pattern {pattern}", why)
            findings.unread(rule, what, {*_MESSAGE_FIELDS, _read_for(action, rule)}, file, _UNUSED)
            if rule.at("reply") is not None:
                findings.unmapped(file, rule.line_of("reply"), f"reply of {what}", "the run tells how it ended")
