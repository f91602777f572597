"""A kept file between git and machine: how the two differ, and why one cannot be put over the other."""

from __future__ import annotations

import difflib

from steward.knowhow.facts.kept_files import KeptFile, Place, Writer
from steward.knowhow.kept_paths import other_owner, why_never_written, why_no_rights
from steward.lib.text import visible_line
from steward.model.wanted import WantedFile

_LONGEST_LINE = 300
_ENDS = "(one of the two has no newline at its end)"
_NOT_REPLACED = {
    Place.LINK: "it is a link",
    Place.OTHER: "it is no ordinary file",
    Place.UNREADABLE: "Steward's user may not read it",
}
_LED = "it, or a folder above it, belongs to another user, who could lead the hand of root elsewhere"


def is_drifted(file: KeptFile, wanted: WantedFile) -> bool:
    """Tell whether something else is in the place of a kept file."""
    return file.place is not Place.FILE or file.sha256 != wanted.sha256


def difference(before: str, after: str, *, names: tuple[str, str] | None = None) -> list[str]:
    """Return the lines of a unified diff, each on one visible line; with names it begins with them."""
    old, new = _lines(before), _lines(after)
    found = difflib.unified_diff(old, new, *(names or ("", "")), lineterm="", n=2)
    told = [_cut(visible_line(line)) for line in found][0 if names else 2 :]
    is_as_ended = before.endswith("\n") == after.endswith("\n") or not before
    return told if is_as_ended else [*told, _ENDS]


def _lines(text: str) -> list[str]:
    """Split at newlines only: other characters that end lines for Python may stand in one."""
    return text.removesuffix("\n").split("\n") if text else []


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}... ({len(line)} characters)"


def changed_lines(before: str, after: str) -> list[str]:
    """Return only the lines that differ, marked with `-` and `+`."""
    return [line for line in difference(before, after) if line == _ENDS or line.startswith(("-", "+"))]


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
