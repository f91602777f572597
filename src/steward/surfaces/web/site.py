"""What every page works with: ask a command, mask what it answers, show it as a page, a fragment or JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from steward.core.access import Access
from steward.core.dispatch import Dispatch
from steward.core.routes import Caller, Route, keep_session, origin_of
from steward.lib.codec import Json
from steward.model.access import Right
from steward.model.command import Command
from steward.model.errors import NotAllowed, StewardError
from steward.model.proof import Proofs, RelyingParty, relying_party
from steward.model.risk import Strength
from steward.surfaces.web.rooms import ROOMS, SETTINGS
from steward.surfaces.web.texts import LANGUAGES, Texts, preferred

Data = dict[str, Any]
Mark = Callable[[], Awaitable[str]]
"""Tells how far things have come: cheap, and another whenever something was decided or done."""
_STATUSES = {2: 422, 3: 404, 4: 403, 5: 409, 13: 403, 75: 503}
"""HTTP status of an error that a page shows beside what it is about, by the error's exit code."""
THEMES = frozenset({"light", "dark"})
"""Choices besides what the device wants."""
THEME_COOKIE = "steward-theme"
"""Cookie that holds the choice; it says nothing else."""
LANGUAGE_COOKIE = "steward-language"
"""Cookie that holds the language somebody chose."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The services behind the pages."""

    dispatch: Dispatch
    """The door."""
    access: Access
    """Sessions and passwords."""
    redact: Callable[[Json], Json]
    """Masks secrets."""
    templates: Mapping[str, Environment]
    """Templates by language."""
    provider: str = ""
    """What people call the provider of identities, where there is one."""

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
        """Return the caller with the proof in the form: a password (with a code) or a passkey; without, as they are.

        Raises:
            NotAllowed: it is wrong.
            TryLater: too many wrong ones.
        """
        form = await request.form()
        password, code, answer = (str(form.get(field, "")) for field in ("password", "code", "passkey"))
        if answer:
            party = party_of(request)
            signed_in = await self.access.step_up_with_passkey(caller, answer, request.url.path, party)
        elif password:
            signed_in = await self.access.step_up(caller, password, code)
        else:
            return caller
        keep_session(request, signed_in.cookie)
        return replace(signed_in.caller, nonce=caller.nonce, base=caller.base)

    def texts(self, request: Request) -> Texts:
        """Return the words of the language to answer in."""
        return cast("Texts", self.templates[language_of(request)].globals["t"])

    async def respond(self, request: Request, caller: Caller, page: Page) -> Response:
        """Answer with the page, with only its fragment where a page asks for that, or with its data as JSON."""
        if wants_json(request):
            return JSONResponse(page.data, status_code=page.status)
        is_fragment = request.headers.get("HX-Request-Type") == "partial"
        has_head = not is_fragment and caller.principal is not None and Right.READ in caller.principal.rights
        proofs = await self.access.proving.of(caller.known.id) if caller.csrf else None
        has_passkey = proofs is not None and _has_passkey(request, proofs)
        if has_passkey and "passkey" not in page.scripts:
            page = replace(page, scripts=(*page.scripts, "passkey"))
        top = (page.house or await self.ask(caller, "waiting")) if has_head else None
        body = (
            self.templates[language_of(request)]
            .get_template(page.template)
            .render(
                page.data,
                layout="fragment.html" if is_fragment else "base.html",
                page=page,
                me=caller,
                provider=self.provider,
                base=caller.base,
                may=_rights(caller),
                is_proven=caller.principal is not None and caller.principal.strength.meets(Strength.STEP_UP),
                has_app=proofs is not None and proofs.has_authenticator,
                has_passkey=has_passkey,
                top=top,
                since=getattr(request.state, "since", ""),
                theme=_theme(request),
                redact=self.redact,
                **self._place(request, caller, page.address),
            )
        )
        return HTMLResponse(body, status_code=page.status)

    def _place(self, request: Request, caller: Caller, address: str) -> Data:
        """Return where the page is: its path, its whole address, the rooms; what holds a secret is not shown back."""
        path = address or request.url.path
        path = path if self.redact(path) == path else "/"
        whole = f"{path}?{request.url.query}" if request.url.query else path
        may = caller.principal.rights if caller.principal else ()
        return {
            "here": path,
            "address": whole if self.redact(whole) == whole else path,
            "rooms": [room for room in ROOMS if room.right in may],
            "settings": [room for room in SETTINGS if room.right in may],
        }


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page before it is written."""

    template: str
    """File of the template."""
    title: str = ""
    """Title in the tab, where it is the name of something."""
    title_key: str = ""
    """Key of the title, where it is one of our own words."""
    data: Data = field(default_factory=dict[str, Any])
    """What the template shows; the JSON twin is just this."""
    address: str = ""
    """Where it is fetched again, for one that answers a form; empty for where it was asked for."""
    topics: tuple[str, ...] = ()
    """What the page wants to be told about while it is open; see `live`."""
    scripts: tuple[str, ...] = ()
    """What it needs beside what every page has: `charts`, `graph`."""
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


def marked(route: Route, mark: Mark) -> Route:
    """Return a route that remembers, where it is a page, how far things were before it looked: there its stream begins.

    Other routes are returned as they are.
    """

    async def handler(request: Request, caller: Caller) -> Response:
        if request.method == "GET":
            request.state.since = await mark()
        return await route.handler(request, caller)

    is_told = route.is_page and isinstance(route.permission, Right)  # nobody who has not signed in listens
    return replace(route, handler=handler) if is_told else route


def wants_json(request: Request) -> bool:
    """Tell whether JSON was asked for rather than a page."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def party_of(request: Request) -> RelyingParty:
    """Return this Steward as passkeys know it, by the name it was asked for by.

    Raises:
        NotAllowed: browsers know no passkeys there.
    """
    party = relying_party(origin_of(request))
    if party is None:
        step = "open Steward by a name: `http://localhost:PORT` on its own machine, else its https address"
        raise NotAllowed("passkeys do not work at this address", why="browsers tie them to a name", next_step=step)
    return party


def takes_passkeys(request: Request) -> bool:
    """Tell whether browsers know passkeys at the address this was asked for by."""
    return relying_party(origin_of(request)) is not None


def _has_passkey(request: Request, proofs: Proofs) -> bool:
    party = relying_party(origin_of(request))
    return party is not None and any(each.host == party.id for each in proofs.passkeys)


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


def language_of(request: Request) -> str:
    """Return the language to answer in: the one that was chosen, else the one the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def _theme(request: Request) -> str:
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"
