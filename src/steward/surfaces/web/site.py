"""What every page works with: ask a command, mask what it answers, show it as a page, a fragment or JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from steward.core.access import Access
from steward.core.dispatch import Dispatch
from steward.core.routes import Caller, keep_session
from steward.lib.codec import Json
from steward.model.access import Right
from steward.model.command import Command
from steward.model.errors import StewardError
from steward.model.risk import Strength

Data = dict[str, Any]
_STATUSES = {2: 422, 3: 404, 4: 403, 5: 409, 13: 403, 75: 503}
"""HTTP status of an error that a page shows beside what it is about, by the error's exit code."""
THEMES = frozenset({"light", "dark"})
"""Choices besides what the device wants."""
THEME_COOKIE = "steward-theme"
"""Cookie that holds the choice; it says nothing else."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The services behind the pages."""

    dispatch: Dispatch
    """The door."""
    access: Access
    """Sessions and passwords."""
    redact: Callable[[Json], Json]
    """Masks secrets."""
    templates: Environment
    """Templates."""

    async def ask(self, caller: Caller, name: str, /, **given: Any) -> Data:
        """Carry out a command for a caller and return its masked answer."""
        answer = await self.dispatch(caller.known, Command(name=name, input=given))
        return cast("Data", answer.masked(self.redact))

    async def lines(self, caller: Caller, name: str, /, **given: Any) -> list[Data]:
        """Carry out a command that streams to its end, and return the masked lines."""
        found: list[Data] = []

        async def emit(line: Data) -> None:
            found.append(cast("Data", self.redact(line)))

        await self.dispatch(caller.known, Command(name=name, input=given), emit=emit)
        return found

    async def proven(self, request: Request, caller: Caller) -> Caller:
        """Return the caller with the proof of the password in the form; without one, as they are.

        Raises:
            NotAllowed: the password is wrong.
            TryLater: too many wrong ones.
        """
        password = str((await request.form()).get("password", ""))
        if not password:
            return caller
        signed_in = await self.access.step_up(caller, password)
        keep_session(request, signed_in.cookie)
        return replace(signed_in.caller, nonce=caller.nonce)

    async def respond(self, request: Request, caller: Caller, page: Page) -> Response:
        """Answer with the page, with only its fragment where a page asks for that, or with its data as JSON."""
        if wants_json(request):
            return JSONResponse(page.data, status_code=page.status)
        is_fragment = request.headers.get("HX-Request-Type") == "partial"
        has_head = not is_fragment and caller.principal is not None
        top = (page.house or await self.ask(caller, "status")) if has_head else None
        body = self.templates.get_template(page.template).render(
            page.data,
            layout="fragment.html" if is_fragment else "base.html",
            page=page,
            me=caller,
            may=_rights(caller),
            is_proven=caller.principal is not None and caller.principal.strength.meets(Strength.STEP_UP),
            top=top,
            theme=_theme(request),
            here=self._here(request),
        )
        return HTMLResponse(body, status_code=page.status)

    def _here(self, request: Request) -> str:
        """Return the address of the page; one that holds a secret is not shown back."""
        path = request.url.path
        return path if self.redact(path) == path else "/"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page before it is written."""

    template: str
    """File of the template."""
    title: str
    """Title in the tab."""
    data: Data = field(default_factory=dict[str, Any])
    """What the template shows; the JSON twin is just this."""
    topics: tuple[str, ...] = ()
    """What the page wants to be told about while it is open; see `live`."""
    cli: str = ""
    """The same in a terminal."""
    problem: StewardError | None = None
    """What went wrong with what was just asked for."""
    house: Data = field(default_factory=dict[str, Any])
    """How the house is, where the page asked already: its head tells the brake and how much waits."""

    @property
    def status(self) -> int:
        """HTTP status: of the problem that is shown, if there is one."""
        return _STATUSES.get(self.problem.exit_code, 500) if self.problem else 200


def wants_json(request: Request) -> bool:
    """Tell whether JSON was asked for rather than a page."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def go(address: str) -> RedirectResponse:
    """Send the browser on by GET after something was done."""
    return RedirectResponse(address, status_code=303)


def inside(address: str) -> str:
    """Return an address of this site, however it was given: a path, and nothing a browser takes for a host."""
    is_path = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_path and address.isprintable() else "/"


def _rights(caller: Caller) -> frozenset[str]:
    rights: tuple[Right, ...] = caller.principal.rights if caller.principal else ()
    return frozenset(right.value for right in rights)


def _theme(request: Request) -> str:
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"
