"""Whether a watched condition has to be told: once when it comes true or its state changes, quiet otherwise. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from steward.lib.canonical import digest
from steward.lib.codec import Json
from steward.lib.json_read import read_json
from steward.lib.text import visible_line

LONGEST_STATE = 4096
"""Characters of JSON that a command may have kept for it."""
_LONGEST_MESSAGE = 500


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a condition says of itself."""

    fire: bool
    """Whether it is true."""
    message: str
    """Why, in one line; from outside."""
    state: Json = None
    """What is to be handed back next time; a change of it while the condition is true is told again."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is remembered of a condition."""

    since: float | None = None
    """Since when it is true (seconds since 1970), or None while it is not."""
    told: str = ""
    """Digest of the state that was told last in this time, or empty."""
    state: Json = None
    """What it had kept for it."""

    def judged(self, verdict: Verdict, *, now: float, seconds: int) -> tuple[bool, Watched]:
        """Return whether it has to be told now, and what to remember."""
        if not verdict.fire:
            return False, Watched(state=verdict.state)
        since = now if self.since is None or self.since > now else self.since
        mark = digest([verdict.state], domain="steward-condition-v1")[:16]
        if now - since < seconds or mark == self.told:
            return False, Watched(since=since, told=self.told, state=verdict.state)
        return True, Watched(since=since, told=mark, state=verdict.state)

    def memory(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"since": self.since, "told": self.told, "state": self.state}


def watched_of(memory: Mapping[str, Any]) -> Watched:
    """Return what was remembered; what cannot be read of it counts as nothing."""
    since, told = memory.get("since"), memory.get("told")
    return Watched(
        since=since if isinstance(since, int | float) and not isinstance(since, bool) else None,
        told=told if isinstance(told, str) else "",
        state=memory.get("state"),
    )


def verdict_of(printed: str) -> Verdict:
    """Read what a command printed: `{"fire": true, "message": "...", "state": ...}`.

    Raises:
        ValueError: it is something else; the text says what.
    """
    try:
        told: Any = read_json(printed)
    except ValueError as error:
        msg = "it is nested too deep" if isinstance(error.__cause__, RecursionError) else "it is no JSON"
        raise ValueError(msg) from error
    one = cast("Mapping[str, Any]", told if isinstance(told, dict) else {})
    fire = one.get("fire")
    if fire is not True and fire is not False:
        msg = "it has no `fire` that is true or false"
        raise ValueError(msg)
    message = str(one.get("message", ""))
    if len(json.dumps(one.get("state"))) > LONGEST_STATE:
        msg = f"`state` is longer than {LONGEST_STATE} characters"
        raise ValueError(msg)
    return Verdict(fire=fire, message=visible_line(message[:_LONGEST_MESSAGE]), state=_plain(one.get("state")))


def _plain(state: Json) -> Json:
    """Return a state that every store keeps and every machine reads: no half characters, no NUL, no endless number."""
    text = json.dumps(state).replace("\\u0000", "\\ufffd")
    try:
        plain = read_json(text)
        digest([plain], domain="steward-condition-v1")
    except (ValueError, UnicodeEncodeError) as error:
        msg = "`state` holds what cannot be kept"
        raise ValueError(msg) from error
    return plain
