"""A kept file between git and machine: how the two differ, and why one cannot be put over the other."""

from __future__ import annotations

import difflib

from steward.knowhow.facts.kept_files import KeptFile, Place, Writer
from steward.knowhow.kept_paths import other_owner, why_never_written, why_no_rights
from steward.lib.text import visible_line
from steward.model.wanted import WantedFile

_LONGEST_LINE = 300
_NOT_REPLACED = {
    Place.LINK: "it is a link",
    Place.OTHER: "it is no ordinary file",
    Place.UNREADABLE: "Steward's user may not read it",
}
_LED = "it, or a folder above it, belongs to another user, who could lead the hand of root elsewhere"


def is_drifted(file: KeptFile, wanted: WantedFile) -> bool:
    """Tell whether something else is in the place of a kept file."""
    return file.place is not Place.FILE or file.sha256 != wanted.sha256


def difference(before: str, after: str, *, names: tuple[str, str]) -> list[str]:
    """Return the lines of a unified diff, each on one visible line."""
    old, new = before.split("\n"), after.split("\n")
    told = [_cut(visible_line(line)) for line in difflib.unified_diff(old, new, *names, lineterm="", n=2)]
    is_as_ended = before.endswith("\n") == after.endswith("\n") or not before
    return told if is_as_ended else [*told, "(one of the two has no newline at its end)"]


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}... ({len(line)} characters)"


def changed_lines(before: str, after: str) -> list[str]:
    """Return only the lines that differ, marked with `-` and `+`."""
    told = difference(before, after, names=("", ""))[2:]
    return [line for line in told if line.startswith(("-", "+"))]


def why_not_put_back(path: str, file: KeptFile, wanted: WantedFile, *, is_root: bool) -> str:
    """Say why Steward cannot put the text of git in this place, or nothing."""
    protected, owner = why_never_written(path), other_owner(file.text or "") or other_owner(wanted.text)
    reasons = (
        _NOT_REPLACED.get(file.place, ""),
        protected and f"Steward never writes it: {protected}",
        _why_not_brought_back(file),
        owner and f"it says of itself that it belongs to {owner}",
        _LED if file.writer is Writer.NOBODY else "",
        "" if is_root or file.writer is Writer.STEWARD else why_no_rights(path),
    )
    return next((reason for reason in reasons if reason), "")


def _why_not_brought_back(file: KeptFile) -> str:
    if file.place is not Place.FILE:
        return ""
    if len(file.mode) > 3:
        return "it has the rights of its owner or group, whoever starts it"
    hidden = file.hidden or "its content was not read"
    return f"what is there could not be brought back: {hidden}" if file.text is None else ""
