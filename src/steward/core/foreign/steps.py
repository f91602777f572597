"""The workflow that is made of a foreign one: steps in order, and a question where a person must do a step by hand.

A step that Steward cannot do is not left out of the order: it becomes a question that says what to do by hand, so
that nothing after it begins too early. It is told as not mapped all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from steward.core.foreign.imported import Findings, ProposedFile
from steward.core.foreign.names import Names, dashed
from steward.core.foreign.shell_lines import Typed, typed
from steward.core.foreign.writing import written
from steward.core.workflow_files import MOST_STEPS, read_workflow
from steward.lib.yaml import YamlError
from steward.model.errors import InvalidFile

_MOST_TEXT = 1000
_BEGINS = re.compile(r"\$(?=\{|\(?\s*(?:inputs|steps)\.)|\{(?=\{|\s*(?:inputs|steps)\.)")
"""A sign that begins a value of ours, or what is told as one that is written wrong."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """One step of the source."""

    key: str
    """Name by which other steps of the source mean it."""
    line: int
    """Line it stands in."""
    what: str
    """What it is called when it is told."""
    needs: tuple[str, ...] = ()
    """Steps of the source that come before."""
    only_if_ok: bool = False
    """Whether it is done only where they went well, also where what comes next goes on without them."""


@dataclass(kw_only=True)
class Draft:
    """A workflow being made."""

    file: str
    """File of the source."""
    line: int
    """Line it begins in."""
    name: str
    """Its name in the source."""
    title: str = ""
    """What it does."""
    findings: Findings
    """Where everything is told."""
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """Inputs as they are written."""
    steps: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Steps as they are written."""
    on_failure: str = ""
    """What becomes of the run when a step fails, where it is not the usual."""
    names: Names = field(default_factory=Names)
    """Ids that are taken."""
    ends: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """For each step of the source: the ids that whatever comes after it needs."""
    may_fail: set[str] = field(default_factory=set[str])
    """Ids of steps that may fail: what comes next begins however they ended."""

    def commands(self, origin: Origin, found: Sequence[Typed], **fields: Any) -> None:
        """Add a step for each operation; the last of them stands for the step of the source."""
        if self._is_full(origin, len(found)):
            return
        order = self._order(origin)
        for each in found:
            step: dict[str, Any] = {"id": self.names.free(dashed(origin.key, "step"))}
            if each.workflow:
                step["workflow"] = dashed(each.workflow, "workflow")
            else:
                step |= {"command": each.command, "on": self.machine(each)}
                step |= {"with": dict(each.input)} if each.input else {}
            self._append(step, order, fields if not each.workflow else {})
            if each.workflow:
                self._told(origin, fields, "a step that starts another workflow has no")
            order |= {"needs": [step["id"]], "after": []}
            self.ends[origin.key] = (step["id"],)
        if fields.get("onFailure") == "continue" and not all(each.workflow for each in found):
            self._goes_on(origin)
        became = ", ".join(each.command or f"workflow {dashed(each.workflow, 'workflow')}" for each in found)
        self.findings.mapped(self.file, origin.line, origin.what, became)

    def machine(self, found: Typed) -> str:
        """Return the machine of an operation; where nobody names one, whoever starts the workflow does."""
        named = found.machine or self.findings.known.machine
        if named:
            return named
        self.inputs.setdefault("machine", {"type": "machine", "says": "Machine the steps are done on"})
        return "${ inputs.machine }"

    def asked(self, origin: Origin, text: str, **fields: Any) -> None:
        """Add a question that the source asks too."""
        if self._is_full(origin, 1):
            return
        self._question(origin, text, fields)
        self.findings.mapped(self.file, origin.line, origin.what, "a question")

    def by_hand(self, origin: Origin, why: str, *, todo: str, **fields: Any) -> None:
        """Put a question in place of a step that Steward cannot do, and tell it as not mapped."""
        if self._is_full(origin, 1):
            return
        shown = self.findings.shown(todo, _MOST_TEXT)
        if len(todo) > len(shown) and shown.endswith("..."):
            why = f"the question has the first {_MOST_TEXT} characters of it"
            self.findings.unmapped(self.file, origin.line, f"the end of {origin.what}", why)
        text = f"Steward does not do this step of {self.findings.shown(self.file)}. Do it by hand, then answer yes."
        self._question(origin, f"{text}\n\n    {shown}" if shown else text, fields)
        self.findings.unmapped(
            self.file, origin.line, origin.what, f"{why}. A question to do it by hand stands in its place"
        )

    def waits(self, origin: Origin, seconds: int) -> None:
        """Add a pause."""
        if self._is_full(origin, 1):
            return
        step: dict[str, Any] = {"id": self.names.free(dashed(origin.key, "wait")), "wait": seconds}
        self._append(step, self._order(origin), {})
        self.ends[origin.key] = (step["id"],)
        self.findings.mapped(self.file, origin.line, origin.what, "a wait")

    def left_out(self, origin: Origin, why: str) -> None:
        """Leave a step out: what needed it needs what it needed."""
        self.ends[origin.key] = self.needs(origin.needs)
        self.findings.unmapped(self.file, origin.line, origin.what, f"{why}. It is left out")

    def needs(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the ids that stand for steps of the source."""
        return tuple(dict.fromkeys(found for key in keys for found in self.ends.get(key, ())))

    def shell(self, origin: Origin, line: str, **fields: Any) -> None:
        """Add what a command line stands for, or the question to run it by hand."""
        found = typed(line, self.findings.known)
        if isinstance(found, str):
            self.by_hand(origin, found, todo=line, **fields)
        else:
            self.commands(origin, found, **fields)

    def finish(self) -> str:
        """Write the workflow as a file of the workspace; return its name, empty where nothing came of it."""
        if not self.steps:
            self.findings.unmapped(self.file, self.line, f"workflow {self.name}", "it has no steps")
            return ""
        name = self._free_name()
        document: dict[str, Any] = {"kind": "Workflow", "name": name}
        document |= {"title": self.title} if self.title else {}
        document |= {"inputs": self.inputs} if self.inputs else {}
        document |= {"onFailure": self.on_failure} if self.on_failure else {}
        document["steps"] = self.steps
        return name if self._write(f"workflows/{name}.yaml", document) else ""

    def _free_name(self) -> str:
        taken = {file.path for file in self.findings.files}
        wanted = dashed(self.name, "imported")
        number, name = 1, wanted
        while f"workflows/{name}.yaml" in taken:
            number += 1
            name = f"{wanted[:36]}-{number}"
        if name != wanted:
            what = f"the name {self.name}"
            self.findings.unmapped(self.file, self.line, what, f"another workflow has it; this one is {name}")
        return name

    def _write(self, path: str, document: dict[str, Any]) -> bool:
        """Write it if Steward's own reader reads it."""

        def check(text: str) -> None:
            read_workflow(text, file=path, operations=self.findings.known.operations)

        return write(self.findings, path, document, Place(file=self.file, line=self.line), check)

    def _is_full(self, origin: Origin, more: int) -> bool:
        if len(self.steps) + more <= MOST_STEPS:
            return False
        self.left_out(origin, f"a workflow has {MOST_STEPS} steps at most")
        return True

    def _question(self, origin: Origin, text: str, fields: dict[str, Any]) -> None:
        step_id = self.names.free(dashed(origin.key, "step"))
        step: dict[str, Any] = {"id": step_id, "ask": _literal(text)}
        self._append(step, self._order(origin), {"when": fields.get("when", "")})
        self._told(origin, fields, "what the workflow says holds; a question has no")
        self.ends[origin.key] = (step["id"],)

    def _told(self, origin: Origin, fields: Mapping[str, Any], why: str) -> None:
        """Tell what only a command can have."""
        for ours, name in (("onFailure", "on_failure"), ("timeout", "timeout")):
            if said := fields.get(ours):
                self.findings.unmapped(self.file, origin.line, f"{name} of {origin.what}", f"{why} `{ours}: {said}`")

    def _order(self, origin: Origin) -> dict[str, Any]:
        """Return what a step comes after: what it needs, and what must only have ended."""
        before = self.needs(origin.needs)
        after = [each for each in before if each in self.may_fail]
        order: dict[str, Any] = {"needs": [each for each in before if each not in self.may_fail], "after": after}
        if origin.only_if_ok:
            order["when"] = " && ".join(f'steps["{each}"].ok' for each in after)
        return order

    def _goes_on(self, origin: Origin) -> None:
        """Let what comes next begin also where a step failed, and tell what is not the same."""
        self.may_fail |= set(self.ends[origin.key])
        why = (
            "what comes next begins all the same; but first it is put back where it can be, and where nobody can "
            "tell how it ended, nothing more begins"
        )
        self.findings.unmapped(self.file, origin.line, f"on_failure continue of {origin.what}", why)

    def _append(self, step: dict[str, Any], order: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        for given in (order, fields):
            step |= {name: value for name, value in given.items() if value}
        self.steps.append(step)


def _literal(text: str) -> str:
    """Return a sentence in which nothing is put in its place: expressions of others are not ours."""
    return _BEGINS.sub(lambda found: "${'$'}" if found[0] == "$" else r"${'\x7b'}", text)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something comes from."""

    file: str
    """File."""
    line: int
    """Line, from 1."""


def write(
    findings: Findings, path: str, document: dict[str, Any], place: Place, check: Callable[[str], object]
) -> bool:
    """Write a file of the workspace; what would not read back without a problem is told as not mapped."""
    source = f"{findings.shown(place.file)}:{place.line}"
    try:
        text = written(document, f"Imported from {source}. Read it before you start it.")
        masked = findings.known.masked(text)
        check(masked)
    except YamlError as error:
        findings.unmapped(place.file, place.line, path, f"it cannot be written as a file: {error}")
        return False
    except InvalidFile as error:
        findings.unmapped(place.file, place.line, path, f"what comes of it does not fit: {error}")
        return False
    if masked != text:
        what = f"a secret in {path}"
        findings.unmapped(place.file, place.line, what, "secrets do not go into files; it is masked there")
    findings.files.append(ProposedFile(path=path, text=masked, source=source))
    return True
