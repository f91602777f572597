"""Read foreign workflow texts of any known form, told by what they say and not by how they are called.

Markdown is read for its fenced blocks of YAML, with the lines of the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from steward.core.foreign.imported import Findings, Imported, Known
from steward.core.foreign.kro import VERSION, is_graph, read_graph, read_other_version
from steward.core.foreign.superpowers import is_workflow, read_workflow
from steward.core.foreign.superpowers_lists import is_hosts, is_profiles, read_hosts, read_profiles
from steward.core.foreign.superpowers_starts import (
    is_jobs,
    is_triggers,
    is_watchers,
    read_jobs,
    read_triggers,
    read_watchers,
)
from steward.core.foreign.task_steps import is_tasks, read_tasks
from steward.lib.yaml_loose import Node, load_all

MOST_FILES = 500
"""Files of one import."""
MOST_CHARACTERS = 1 << 20
"""Longest file that is read."""
_NO_FORM = "it has no form of workflow that is known here"
_FENCE = re.compile(r"^ {0,12}(`{3,}|~{3,})[ \t]*(?:ya?ml)(?:[ \t{].*)?\r?$", re.IGNORECASE)

Reader = Callable[[Node, str, Findings], None]
_LISTS: tuple[tuple[Callable[[Node], bool], Reader], ...] = (
    (is_workflow, read_workflow),
    (is_watchers, read_watchers),
    (is_triggers, read_triggers),
    (is_hosts, read_hosts),
    (is_jobs, read_jobs),
    (is_profiles, read_profiles),
)


def read(files: Mapping[str, str], known: Known) -> Imported:
    """Take over foreign texts, given by the names of their files."""
    findings = Findings(known=known)
    for number, (file, text) in enumerate(sorted(files.items())):
        if number >= MOST_FILES:
            findings.unmapped(file, 1, "the file", f"only {MOST_FILES} files are read at once")
        elif len(text) > MOST_CHARACTERS:
            findings.unmapped(file, 1, "the file", f"it has more than {MOST_CHARACTERS} characters")
        else:
            _read_file(file, text, findings, is_alone=len(files) == 1)
    return findings.imported()


def _read_file(file: str, text: str, findings: Findings, *, is_alone: bool) -> None:
    is_prose = file.lower().endswith((".md", ".markdown"))
    count, strange = 0, list[Node]()
    for block in _fenced(text) if is_prose else [text]:
        found = load_all(block)
        for mistake in () if is_prose else found.mistakes:  # examples in prose are often cut
            findings.mistake(file, mistake.line, f"this cannot be read: {mistake.what}")
        for doubled in () if is_prose else found.doubled:
            findings.mistake(file, doubled.line, doubled.what)
        for line in () if is_prose else found.odd_keys:
            step = "put it in quotes, also `{{ ... }}` of a template"
            findings.mistake(file, line, "a key that is no text is left out, with what stands under it", step)
        strange += [root for root in found.documents if not _read_document(root, file, findings, is_prose=is_prose)]
        count += len(found.documents)
    if count > len(strange) and not is_prose:
        for root in strange:
            findings.unmapped(file, root.line, "a document", _NO_FORM)
    elif count == len(strange) and (is_alone or not is_prose):  # a folder has pages that are about something else
        findings.unmapped(file, 1, "the file", _NO_FORM)


def _read_document(root: Node, file: str, findings: Findings, *, is_prose: bool) -> bool:
    reader = _reader_of(root)
    if reader is not None:
        reader(root, file, findings)
        return True
    if not is_prose and root.string("kind") == "Workflow":
        findings.unmapped(file, root.line, "the workflow", "it is one of Steward's own: put it into `workflows/`")
        return True
    return False


def _reader_of(root: Node) -> Reader | None:
    if is_graph(root):
        if is_tasks(root):
            return read_tasks
        return read_graph if root.string("apiVersion") == VERSION else read_other_version
    return next((reader for is_form, reader in _LISTS if is_form(root)), None)


def _fenced(text: str) -> list[str]:
    """Return each fenced block of YAML, with empty lines before it so that its lines keep their numbers."""
    blocks: list[str] = []
    lines = text.split("\n")
    start, fence = 0, ""
    for number, line in enumerate([*lines, ""]):
        ends = number == len(lines) or (line.strip().startswith(fence) and not line.strip().strip(fence[:1]))
        if not fence and (begun := _FENCE.match(line)):
            start, fence = number + 1, begun[1]
        elif fence and ends:
            blocks.append("\n" * start + _dedented(lines[start:number]))
            fence = ""
    return blocks[:200]


def _dedented(lines: list[str]) -> str:
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:] for line in lines)
