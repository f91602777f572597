"""Read `hooks.yaml`: every problem at once, with its line and what to do."""

from __future__ import annotations

import re

from steward.core.sources import Source
from steward.lib.text import visible_line
from steward.model.hook import HOOKS_FILE, Hook, HookFile, Scheme
from steward.model.secret import SCHEME as SECRET
from steward.model.secret import referenced

NO_HOOKS = "hooks: []\n"
"""What a missing file means."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")
_HMAC_ONLY = {"header", "prefix", "encoding", "timestamp_header", "separator"}
_LONGEST_SEPARATOR = 8


def parse_hooks(text: str, *, file: str = HOOKS_FILE) -> HookFile:
    """Read the text of the file.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    source = Source(text, file=file)
    decoded = source.entries("hooks", Hook)
    for index, hook in enumerate(decoded):
        if hook is not None:
            _check(source, index, hook)
    # what one sender signed could be sent to the address of another with the same secret
    source.refuse_shared("hooks", decoded, ("name", "secret"), "webhook")
    source.end()
    return HookFile(hooks=tuple(hook for hook in decoded if hook is not None))


def _check(source: Source, index: int, hook: Hook) -> None:
    at = ("hooks", index)
    if not _NAME.fullmatch(hook.name):
        step = "use lower-case letters, digits and dash, beginning with a letter or digit"
        source.note((*at, "name"), f"`{visible_line(hook.name)}` cannot be a name", next_step=step)
    _check_secret(source, index, hook)
    is_of_other_scheme = hook.scheme is not Scheme.HMAC
    for field in sorted(_HMAC_ONLY & set(source.written(at))) if is_of_other_scheme else ():
        what = f"`{field}` has no meaning for scheme `{hook.scheme.value}`"
        source.note((*at, field), what, next_step="remove the line, or use `scheme: hmac`", at_key=True)
    for field in ("header", "timestamp_header"):
        value = str(getattr(hook, field))
        if value and not _HEADER.fullmatch(value):
            source.note((*at, field), f"`{visible_line(value)}` cannot be the name of a header")
    if not hook.header:
        source.note((*at, "header"), "`header` is empty", next_step="name the header with the signature")
    _check_separator(source, index, hook)


def _check_secret(source: Source, index: int, hook: Hook) -> None:
    at = ("hooks", index, "secret")
    if hook.scheme is Scheme.NONE:
        if hook.secret:
            step = "remove the line, or name the scheme by which the sender signs"
            source.note(at, "scheme `none` checks no secret", next_step=step, at_key=True)
    elif not hook.secret:
        step = f"write `secret: {SECRET}NAME` and run `steward secrets set NAME`"
        source.note(("hooks", index), f"`{visible_line(hook.name)}` has no secret to check", next_step=step)
    elif referenced(hook.secret) is None:
        step = f"write `{SECRET}NAME`; the value itself never stands in this file"
        source.note(at, "`secret` must be the name of a secret", next_step=step)


def _check_separator(source: Source, index: int, hook: Hook) -> None:
    """Refuse a separator that leaves open where the time ends and the body begins."""
    if not 1 <= len(hook.separator) <= _LONGEST_SEPARATOR or hook.separator[0].isdigit():
        step = "use what the sender puts between time and body, such as `.` or `:`"
        source.note(("hooks", index, "separator"), "`separator` must tell the time from the body", next_step=step)
