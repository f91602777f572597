"""Errors as answers: one table from the class of an error to a status; RFC 9457 for programs, a page for people."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from steward.core.routes import Caller
from steward.lib.codec import encode
from steward.lib.record import record
from steward.model.errors import (
    Bug,
    Conflict,
    Denied,
    InvalidInput,
    NeedsProof,
    NotAllowed,
    NotFound,
    Stale,
    StewardError,
    TooMany,
    TryLater,
)
from steward.surfaces.http.credentials import Unknown
from steward.surfaces.http.table import WrongMethod

_log = logging.getLogger("steward.http")
_RETRY_SECONDS = 5


class TooLarge(StewardError):
    """The body is larger than the route reads."""


class LongHeaders(StewardError):
    """The headers are longer than anybody needs."""


class TooSlow(StewardError):
    """The body did not come in time."""


class WrongHost(StewardError):
    """The request is meant for somebody else, or came by a way that others can read."""


@record
class Problem:
    """An error as it is answered, RFC 9457 and our four parts."""

    type: str
    """Names the kind of error, for programs."""
    title: str
    """The kind in words."""
    status: int
    """HTTP status."""
    detail: str
    """All of it on one line."""
    what: str
    """What failed."""
    where: str = ""
    """Where."""
    why: str = ""
    """Why."""
    next_step: str = ""
    """What to do."""
    needs: str = ""
    """`step_up`: give the password and send it again; `sign_in`: sign in first; else empty."""
    diagnostic: str = ""
    """Finds our mistake in the log."""


ErrorPage = Callable[[Problem, Caller, Request], Response]
"""Draws an error for people, in the language that their browser asks for."""

_STATUS: tuple[tuple[type[StewardError], int, str], ...] = (
    (Unknown, 401, "Not signed in"),
    (WrongMethod, 405, "Method not allowed"),
    (TooLarge, 413, "Too large"),
    (LongHeaders, 431, "Headers too long"),
    (TooSlow, 408, "Too slow"),
    (WrongHost, 421, "Not meant for this server"),
    (InvalidInput, 422, "Does not fit"),
    (NotFound, 404, "Not found"),
    (NotAllowed, 403, "Not allowed"),
    (Denied, 403, "Denied"),
    (Stale, 409, "Stale"),
    (Conflict, 409, "Conflict"),
    (TooMany, 429, "Too many tries"),
    (TryLater, 503, "Try later"),
)


def problem_of(error: Exception) -> Problem:
    """Turn an error into an answer; our mistakes are logged with their traceback and answered with an id only."""
    if isinstance(error, HTTPException):
        return Problem(
            type="urn:steward:error:http",
            title="Error",
            status=error.status_code,
            detail=error.detail,
            what=error.detail,
        )
    found = next(((status, title) for kind, status, title in _STATUS if isinstance(error, kind)), None)
    if found is None or not isinstance(error, StewardError):
        return _bug(error)
    return Problem(
        type=f"urn:steward:error:{_dashed(type(error).__name__)}",
        title=found[1],
        status=found[0],
        detail=str(error),
        what=error.what,
        where=error.where,
        why=error.why,
        next_step=error.next_step,
        needs=_needs(error),
    )


def headers_of(error: Exception) -> dict[str, str]:
    """Return the headers that belong to an error."""
    if isinstance(error, WrongMethod):
        return {"allow": ", ".join(error.allowed)}
    if isinstance(error, TooMany):
        return {"retry-after": str(error.after_seconds)}
    if isinstance(error, TryLater):
        return {"retry-after": str(_RETRY_SECONDS)}
    return {"www-authenticate": 'Bearer realm="steward"'} if isinstance(error, Unknown) else {}


def as_json(problem: Problem, redact: Callable[[Any], Any], headers: Mapping[str, str]) -> Response:
    """Answer a program."""
    body = {name: value for name, value in encode(problem).items() if value != ""}
    media = "application/problem+json"
    return JSONResponse(redact(body), status_code=problem.status, headers=dict(headers), media_type=media)


def plain_page(problem: Problem, _caller: Caller, _request: Request) -> Response:
    """Draw an error as a page of nothing but text, for as long as nobody draws a better one."""
    lines = (problem.what, problem.where, problem.why, problem.next_step, problem.diagnostic)
    text = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(problem.title)}</title>'
    return HTMLResponse(f"{head}<h1>{escape(problem.title)}</h1>{text}", status_code=problem.status)


def _bug(error: Exception) -> Problem:
    diagnostic = secrets.token_hex(4)
    _log.error("bug %s", diagnostic, exc_info=error)
    bug = Bug("Steward made a mistake", next_step=f"look for {diagnostic} in the log of `steward up`")
    return Problem(
        type="urn:steward:error:bug",
        title="Our mistake",
        status=500,
        detail=str(bug),
        what=bug.what,
        next_step=bug.next_step,
        diagnostic=diagnostic,
    )


def _needs(error: StewardError) -> str:
    if isinstance(error, NeedsProof):
        return "step_up"
    return "sign_in" if isinstance(error, Unknown) else ""


def _dashed(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).strip("-")
