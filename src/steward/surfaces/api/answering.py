"""Answer a command: JSON, a plan that was proposed, or a stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from steward.core.answers import Answers
from steward.core.catalogue import AnySpec, Catalogue, CommandSpec, right_of
from steward.core.dispatch import Answer, Dispatch
from steward.core.routes import Caller
from steward.core.wishes import PlanCard
from steward.lib.canonical import digest
from steward.model.access import Right
from steward.model.command import Command
from steward.model.errors import InvalidInput, NotAllowed
from steward.model.operation import AnyOperation
from steward.surfaces.api.given import body_of, is_dry_run, query_of, refuse_loose
from steward.surfaces.api.stream import streamed

KEY = "idempotency-key"
_DOMAIN = "steward-api-request-v1"


@dataclass(frozen=True, kw_only=True)
class Replying:
    """What commands are answered with."""

    dispatch: Dispatch
    """The only door to everything Steward does."""
    catalogue: Catalogue
    """Everything there is."""
    answers: Answers
    """Answers by the key a caller gave."""
    redact: Callable[[Any], Any]
    """Masks what leaves."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request for one command."""

    entry: AnySpec | AnyOperation
    """What is asked for."""
    given: dict[str, Any]
    """Input, checked."""
    is_dry_run: bool
    """Whether only a preview is wanted."""
    caller: Caller
    """Who asks."""

    @property
    def command(self) -> Command:
        """Return it as dispatch takes it."""
        return Command(name=self.entry.name, input=self.given)

    @property
    def is_proposal(self) -> bool:
        """Tell whether it puts a plan before a person."""
        return proposes(self.entry) and not self.is_dry_run


def proposes(entry: AnySpec | AnyOperation) -> bool:
    """Tell whether a command gives a plan that waits for a person."""
    if not isinstance(entry, CommandSpec):
        return True
    return entry.output is PlanCard and right_of(entry) is Right.PROPOSE


class Post:
    """Answers `POST` for one command."""

    def __init__(self, replying: Replying, entry: AnySpec | AnyOperation) -> None:
        self._replying = replying
        self._entry = entry

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Answer."""
        preview = is_dry_run(request)
        given = await body_of(request)
        refuse_loose(self._entry, given)
        asked = Asked(entry=self._entry, given=given, is_dry_run=preview, caller=caller)
        keys = request.headers.getlist(KEY)
        if keys:
            return await _once(self._replying, asked, keys)
        return await reply(self._replying, asked, accept=request.headers.get("accept", ""))


class Get:
    """Answers `GET` for one command that only looks."""

    def __init__(self, replying: Replying, entry: AnySpec, hints: Mapping[str, Any]) -> None:
        self._replying = replying
        self._entry = entry
        self._hints = dict(hints)

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Answer."""
        _refuse_foreign(request, caller)
        given = query_of(request, self._hints)
        refuse_loose(self._entry, given)
        if request.headers.getlist(KEY):
            raise _no_key(self._entry.name)
        asked = Asked(entry=self._entry, given=given, is_dry_run=False, caller=caller)
        return await reply(self._replying, asked, accept=request.headers.get("accept", ""))


async def reply(replying: Replying, asked: Asked, *, accept: str) -> Response:
    """Carry a command out and answer."""
    if isinstance(asked.entry, CommandSpec) and asked.entry.streams:
        return await streamed(replying.dispatch, asked.caller.known, asked.command, replying.redact, accept)
    answer = await replying.dispatch(asked.caller.known, asked.command, is_dry_run=asked.is_dry_run)
    return _response(_kept(answer, asked, replying))


async def _once(replying: Replying, asked: Asked, keys: list[str]) -> Response:
    """Answer a proposal whose key was given: again what was answered, if it was."""
    if not asked.is_proposal:
        raise _no_key(asked.entry.name)
    if len(keys) != 1:
        raise InvalidInput("the Idempotency-Key comes twice")
    replying.catalogue.parse(asked.entry.name, asked.given)
    who, key = asked.caller.known.id, keys[0]
    request = digest({"name": asked.entry.name, "input": asked.given}, domain=_DOMAIN)
    known = await replying.answers.claim(who, key, request)
    if known is not None:
        return _response(known, is_repeated=True)
    try:
        answer = await replying.dispatch(asked.caller.known, asked.command)
    except BaseException:
        await replying.answers.drop(who, key)
        raise
    kept = _kept(answer, asked, replying)
    await replying.answers.keep(who, key, request, kept)
    return _response(kept)


def _kept(answer: Answer, asked: Asked, replying: Replying) -> dict[str, Any]:
    """Return an answer as plain JSON, masked, so that it can be kept."""
    result = answer.masked(replying.redact)
    run = answer.result.get("run") if asked.is_proposal else None
    return {
        "status": 202 if asked.is_proposal else 200,
        "result": result,
        "exit_code": answer.exit_code,
        "location": f"/api/v1/runs/show?run={run}" if run else "",
    }


def _response(kept: Mapping[str, Any], *, is_repeated: bool = False) -> Response:
    headers = {"x-steward-exit-code": str(kept["exit_code"])}
    if kept["location"]:
        headers["location"] = kept["location"]
    if is_repeated:
        headers["idempotent-replayed"] = "true"
    content = json.dumps(kept["result"], allow_nan=False, separators=(",", ":"))
    return Response(content, status_code=kept["status"], headers=headers, media_type="application/json")


def _refuse_foreign(request: Request, caller: Caller) -> None:
    """Refuse to look for a session because somebody else's page links here; a look may send something to a machine.

    Raises:
        NotAllowed: that is so.
    """
    if caller.csrf and request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise NotAllowed("the request was not made by a page of this Steward", next_step="open the page here")


def _no_key(name: str) -> InvalidInput:
    return InvalidInput(
        f"`{name}` takes no Idempotency-Key",
        why="it is for what proposes; asking twice for anything else does no harm",
        next_step="send it without",
    )
