"""Now: is something wrong, what waits for me, what is being done, what changed, how the machines are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.site import Data, Page, Site
from steward.surfaces.web.texts import Texts
from steward.surfaces.web.wall import wall_of

_PROBLEMS = "problems"
_LEAST = "watch"


@dataclass(frozen=True, kw_only=True)
class NowPage:
    """The first page."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),)

    async def _show(self, request: Request, caller: Caller) -> Response:
        machine = request.query_params.get("open", "")
        told = await self.site.ask(caller, "overview", machine=machine)
        only, texts = request.query_params.get("only") == _PROBLEMS, self.site.texts(request)
        opened = next((each for each in told["machines"] if machine and machine in {each["id"], each["name"]}), None)
        data: Data = {
            **told,
            "opened": [{**each, "beats": beats(each["beats"], texts)} for each in told["opened"]],
            "opened_machine": opened,
            "only": _PROBLEMS if only else "",
            "listed": [each for each in told["machines"] if not only or each["status"] != "ok"],
            "lesson": _lesson(told),
            "wall": wall_of(request),
        }
        page = Page(
            template="now_wall.html" if data["wall"] else "now.html",
            title_key="nav.now",
            data=data,
            topics=("now",),
            cli="steward status",
            house=told,
        )
        return await self.site.respond(request, caller, page)


def beats(shares: Sequence[int | None], texts: Texts) -> list[Data]:
    """Return how much of each hour something worked as a strip of status words, oldest first."""
    hours = len(shares)
    return [_beat(share, texts, hours - number) for number, share in enumerate(shares)]


def _beat(share: int | None, texts: Texts, ago: int) -> Data:
    if share is None:
        return {"tone": "none", "says": texts("now.beat.unseen", hours=ago)}
    tone = "ok" if share >= 100 else "down" if share <= 0 else "warning"
    return {"tone": tone, "says": texts("now.beat.seen", hours=ago, percent=share)}


def _lesson(told: Data) -> str:
    """Return which one next step is worth teaching; none while something is wrong or waits."""
    if not told["machines"]:
        return "add"
    if told["wrong"] or told["waiting"] or told["asking"] or told["running"]:
        return ""
    return "promote" if all(each["autonomy"] == _LEAST for each in told["machines"]) else "why"
