"""The card of one plan: everything a person needs before a yes or a no, and after it the receipt."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.errors import Conflict, StewardError
from steward.surfaces.web.run import receipt_of
from steward.surfaces.web.site import Data, Page, Site, go


@dataclass(frozen=True, kw_only=True)
class CardPage:
    """Shows a card and takes the decision."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        path = "/a/{code}"
        return (
            Route(path=path, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(
                path=f"{path}/approve", methods=("POST",), permission=Right.DECIDE, handler=self._approve, is_page=True
            ),
            Route(
                path=f"{path}/reject", methods=("POST",), permission=Right.DECIDE, handler=self._reject, is_page=True
            ),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _approve(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        return await self._decide(request, caller, "approvals.approve", fingerprint=str(form.get("fingerprint", "")))

    async def _reject(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        return await self._decide(request, caller, "approvals.reject", reason=str(form.get("reason", "")))

    async def _decide(self, request: Request, caller: Caller, command: str, **given: str) -> Response:
        code = request.path_params["code"]
        try:
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, command, code=code, **given)
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/a/{code}")

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        code = request.path_params["code"]
        card = await self._card(caller, code)
        page = Page(
            template="card.html",
            title=card["plan"]["title"],
            data=card,
            topics=(f"card={code}", *((f"run={card['run']}",) if card["run"] else ())),
            cli=f"steward approvals show {code}",
            problem=problem,
        )
        return await self.site.respond(request, caller, page)

    async def _card(self, caller: Caller, code: str) -> Data:
        """Return what waits under a code, or what became of it: a card that was answered is its receipt."""
        try:
            card = await self.site.ask(caller, "approvals.show", code=code)
        except Conflict:
            return await self._answered(caller, code)
        is_open = card["approval"]["state"] == ApprovalState.PENDING.value
        return {**card, "receipt": None if is_open else await receipt_of(self.site, caller, card["run"])}

    async def _answered(self, caller: Caller, code: str) -> Data:
        listed = await self.site.ask(caller, "approvals.ls", everything=True)
        run = next((line["run"] for line in listed["approvals"] if line["code"] == code.upper()), "")
        receipt = await receipt_of(self.site, caller, run)
        shared = {name: receipt[name] for name in ("plan", "approval", "fingerprint")}
        return {**shared, "run": run, "decision": None, "shown": "", "receipt": receipt}
