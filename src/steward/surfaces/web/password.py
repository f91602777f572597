"""One's own password: change it, and stay signed in here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route, keep_session
from steward.model.access import Right
from steward.model.errors import StewardError
from steward.surfaces.web.sign_in import require_same
from steward.surfaces.web.site import Page, Site, go

_ADDRESS = "/settings/password"


@dataclass(frozen=True, kw_only=True)
class PasswordPage:
    """Changes the password of whoever is signed in."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes: whoever may look at all may change their own."""
        return (
            Route(path=_ADDRESS, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path=_ADDRESS, methods=("POST",), permission=Right.READ, handler=self._change, is_page=True),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, None)

    async def _change(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        new = str(form.get("new", ""))
        try:
            require_same(new, str(form.get("again", "")))
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "people.password", password=new)
        except StewardError as problem:
            return await self._page(request, caller, problem)
        signed_in = await self.site.access.renew(caller, agent=request.headers.get("user-agent", ""))
        keep_session(request, signed_in.cookie)
        return go("/")

    async def _page(self, request: Request, caller: Caller, problem: StewardError | None) -> Response:
        page = Page(template="password.html", title_key="password.title", problem=problem)
        return await self.site.respond(request, caller, page)
