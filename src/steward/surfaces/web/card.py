"""The card of one plan: everything a person needs before a yes or a no, and after it the receipt."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.errors import Conflict, StewardError
from steward.surfaces.web.grounds import drawing_of, grantable, grounds_of, numbers_of
from steward.surfaces.web.run import receipt_of
from steward.surfaces.web.site import Data, Page, Site, go

_PATH = "/a/{code}"
_OPEN = frozenset({ApprovalState.PENDING.value, ApprovalState.APPROVED.value})


@dataclass(frozen=True, kw_only=True)
class CardPage:
    """Shows a card and takes the decision."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        read, decide, propose = Right.READ, Right.DECIDE, Right.PROPOSE
        return (
            Route(path=_PATH, methods=("GET",), permission=read, handler=self._show, is_page=True),
            Route(path=f"{_PATH}/reach", methods=("GET",), permission=read, handler=self._reach),
            Route(path=f"{_PATH}/numbers", methods=("GET",), permission=read, handler=self._numbers),
            Route(path=f"{_PATH}/approve", methods=("POST",), permission=decide, handler=self._approve, is_page=True),
            Route(path=f"{_PATH}/reject", methods=("POST",), permission=decide, handler=self._reject, is_page=True),
            Route(path=f"{_PATH}/again", methods=("POST",), permission=propose, handler=self._again, is_page=True),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, problem=None)

    async def _reach(self, request: Request, caller: Caller) -> Response:
        """Answer what the plan can reach, for the script that draws it."""
        weighing = await self.site.ask(caller, "approvals.weigh", code=request.path_params["code"])
        return JSONResponse(drawing_of(weighing))

    async def _numbers(self, request: Request, caller: Caller) -> Response:
        """Answer one number of what the plan's finding is about, for the script that draws it."""
        card = await self.site.ask(caller, "approvals.show", code=request.path_params["code"])
        return JSONResponse(await numbers_of(self.site, caller, card["plan"], request.query_params.get("name", "")))

    async def _approve(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        seen = str(form.get("fingerprint", "")) or "none"  # a form that names no plan approves none
        target = str(form.get("target", ""))
        return await self._decide(request, caller, "approvals.approve", fingerprint=seen, target=target)

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

    async def _again(self, request: Request, caller: Caller) -> Response:
        try:
            card = await self.site.ask(caller, "approvals.again", code=request.path_params["code"])
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        return go(f"/a/{card['approval']['code']}" if card["approval"] else f"/r/{card['run']}")

    async def _page(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        code = request.path_params["code"]
        card = await self._card(caller, code)
        is_pending = card["approval"]["state"] == ApprovalState.PENDING.value
        page = Page(
            template="card.html",
            title=card["plan"]["title"],
            data=card,
            topics=(f"card={code}", *((f"run={card['run']}",) if card["run"] else ())),
            scripts=_scripts(card) if is_pending else (),
            cli=f"steward approvals show {code}",
            problem=problem,
            address=f"/a/{code}",
        )
        return await self.site.respond(request, caller, page)

    async def _card(self, caller: Caller, code: str) -> Data:
        """Return what waits under a code, or what became of it: a card that was answered is its receipt."""
        try:
            card = await self.site.ask(caller, "approvals.show", code=code)
            if card["approval"]["state"] == ApprovalState.PENDING.value:
                grounds = await grounds_of(self.site, caller, card["plan"], code)
                return {**card, **grounds, "grantable": grantable(card["plan"]), "line": None, "receipt": None}
        except Conflict:
            card = {}
        return await self._answered(caller, code, card)

    async def _answered(self, caller: Caller, code: str, card: Data) -> Data:
        """Return the card of what was decided, by a person or by time."""
        listed = (await self.site.ask(caller, "approvals.ls", code=code))["approvals"]
        line = next((each for each in listed if not card or each["run"] == card["run"]), listed[0])
        receipt = await receipt_of(self.site, caller, line["run"])
        shared = {name: receipt[name] for name in ("plan", "approval", "fingerprint")}
        held = ""
        if receipt["approval"]["state"] in _OPEN:
            held = (await self.site.ask(caller, "approvals.weigh", code=code))["held"]
        nothing: Data = {"decision": None, "shown": "", "weighing": None, "explained": None, "numbers": []}
        return {
            **nothing,
            **shared,
            "run": line["run"],
            "line": line,
            "held": held,
            "receipt": receipt,
            "grantable": [],
            "to_type": "",
        }


def _scripts(card: Data) -> tuple[str, ...]:
    """Return what draws on a card: charts where there are numbers, a graph where there is more than one thing."""
    wanted = {"charts": card["numbers"], "graph": card["weighing"]["reached"][1:]}
    return tuple(name for name, drawn in wanted.items() if drawn)
