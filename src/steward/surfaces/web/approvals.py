"""Approvals: everything that waits for a person, what was decided, and one yes for several alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.errors import InvalidInput, StewardError
from steward.model.risk import Risk
from steward.surfaces.web.site import Data, Page, Site, go

_PENDING = ApprovalState.PENDING.value
_MILD = frozenset({Risk.READ.value, Risk.REVERSIBLE.value})
"""Classes of risk of which several alike may be decided on together."""
_FEWEST = 2


@dataclass(frozen=True, kw_only=True)
class ApprovalsPage:
    """The list of questions."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        path = "/approvals"
        return (
            Route(path=path, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(
                path=f"{path}/approve", methods=("POST",), permission=Right.DECIDE, handler=self._approve, is_page=True
            ),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller)

    async def _approve(self, request: Request, caller: Caller) -> Response:
        """Say yes to each of several alike: each its own approval of its own plan; one that fails stops no other."""
        form = await request.form()
        pairs = [str(each).partition(":") for each in form.getlist("choice")]
        chosen = {code: fingerprint for code, _, fingerprint in pairs}
        try:
            caller = await self.site.proven(request, caller)
            lines = await self._alike(caller, list(chosen))
        except StewardError as problem:
            return await self._page(request, caller, problem=problem)
        answers = [await self._answer(caller, line, chosen[line["code"]]) for line in lines]
        if any(answer["problem"] for answer in answers):
            return await self._page(request, caller, answers=answers)
        return go("/approvals?show=all")

    async def _alike(self, caller: Caller, codes: Sequence[str]) -> list[Data]:
        """Return the lines of these codes.

        Raises:
            InvalidInput: they are not all of one kind, mild and waiting.
        """
        listed = (await self.site.ask(caller, "approvals.ls"))["approvals"]
        for group in _groups(listed):
            lines = [line for line in group if line["code"] in codes]
            if lines and len(lines) == len(codes):
                return lines
        raise InvalidInput(
            "these cannot be decided on together",
            why="they must all wait, be alike, and be easy to put back",
            next_step="open each one",
        )

    async def _answer(self, caller: Caller, line: Data, fingerprint: str) -> Data:
        try:
            await self.site.ask(caller, "approvals.approve", code=line["code"], fingerprint=fingerprint or "-")
        except StewardError as problem:
            told: Data = {"what": problem.what, "why": problem.why, "next_step": problem.next_step}
            return {**line, "problem": self.site.redact(told)}
        return {**line, "problem": None}

    async def _page(
        self,
        request: Request,
        caller: Caller,
        *,
        problem: StewardError | None = None,
        answers: Sequence[Data] = (),
    ) -> Response:
        everything = request.query_params.get("show") == "all"
        listed = await self.site.ask(caller, "approvals.ls", everything=everything)
        found = listed["approvals"]
        sought = {name: request.query_params.get(name, "").strip() for name in ("q", "machine", "risk")}
        fitting = [line for line in found if _fits(line, sought)]
        data: Data = {
            "waiting": [line for line in fitting if line["state"] in (_PENDING, ApprovalState.APPROVED.value)],
            "decided": [line for line in fitting if line["state"] not in (_PENDING, ApprovalState.APPROVED.value)],
            "groups": _groups(fitting),
            "decided_this_week": listed["decided_this_week"],
            "everything": everything,
            "sought": sought,
            "machines": sorted({name for line in found for name in line["machines"]}),
            "risks": [risk.value for risk in Risk if risk not in (Risk.READ, Risk.NEVER)],
            "answers": list(answers),
        }
        page = Page(
            template="approvals.html",
            title_key="nav.approvals",
            data=data,
            topics=("now",),
            cli="steward approvals ls" + (" --everything" if everything else ""),
            problem=problem,
            address="" if request.method == "GET" else "/approvals",
        )
        return await self.site.respond(request, caller, page)


def _fits(line: Data, sought: Data) -> bool:
    words = " ".join([line["title"], line["code"], line["reason"], *line["machines"], *line["commands"]]).lower()
    return (
        all(word in words for word in sought["q"].lower().split())
        and sought["machine"] in ("", *line["machines"])
        and sought["risk"] in ("", line["risk"])
    )


def _groups(lines: Sequence[Data]) -> list[list[Data]]:
    """Return what waits and is alike: one kind of step, mild, at least two of it."""
    by_kind: dict[tuple[str, str], list[Data]] = {}
    for line in lines:
        if line["state"] == _PENDING and line["risk"] in _MILD and len(line["commands"]) == 1:
            by_kind.setdefault((line["commands"][0], line["risk"]), []).append(line)
    return [group for group in by_kind.values() if len(group) >= _FEWEST]
