"""Schedules: what starts work by itself, as a list and as a week, and the same week for a calendar program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Handler, Route, origin_of
from steward.model.access import Right
from steward.model.errors import InvalidInput, StewardError
from steward.model.trigger import TriggerKind
from steward.surfaces.web.occurrences import beats, columns, tone_and_word
from steward.surfaces.web.site import Data, Page, Site, go

ADDRESS = "/work/schedules"
STATES = ("on", "off", "paused", "in trouble", "late")
"""States a list can be narrowed to."""
_SLOT = 10


@dataclass(frozen=True, kw_only=True)
class SchedulesPage:
    """Lists triggers, shows a week of them, takes a new one, and serves the feed."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        return (
            Route(path=ADDRESS, methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
            Route(path=ADDRESS, methods=("POST",), permission=Right.READ, handler=self._write, is_page=True),
            _form(f"{ADDRESS}.ics/address", self._address),
            _form(f"{ADDRESS}.ics/renew", self._renew),
            Route(path=f"{ADDRESS}.ics", methods=("GET",), permission=Right.READ, handler=self._feed),
        )

    async def _feed(self, _request: Request, caller: Caller) -> Response:
        text = (await self.site.ask(caller, "schedule.ics"))["text"]
        return Response(text, media_type="text/calendar", headers={"Cache-Control": "private, max-age=300"})

    async def _address(self, request: Request, caller: Caller) -> Response:
        return await self._reveal(request, caller, "schedule.address")

    async def _renew(self, request: Request, caller: Caller) -> Response:
        return await self._reveal(request, caller, "schedule.renew")

    async def _reveal(self, request: Request, caller: Caller, command: str) -> Response:
        """Show the secret address of the feed once, in the answer to the form that asked for it."""
        try:
            caller = await self.site.proven(request, caller)
            shown = await self.site.ask(caller, command)
        except StewardError as problem:
            return await self._list(request, caller, problem=problem)
        return await self._list(request, caller, revealed=here(request, caller, shown))

    async def _write(self, request: Request, caller: Caller) -> Response:
        """Check or keep a new trigger; nothing is lost that was typed."""
        form = await request.form()
        name, text = str(form.get("name", "")).strip(), str(form.get("text", "")).replace("\r\n", "\n")
        draft: Data = {"name": name, "text": text, "check": None}
        try:
            if form.get("do") == "save":
                caller = await self.site.proven(request, caller)
                kept = await self.site.ask(caller, "trigger.add", what=f"{name}.yaml", text=text)
                return go(f"{ADDRESS}/{kept['name']}")
            draft["check"] = await self.site.ask(caller, "trigger.check", what=f"{name}.yaml", text=text)
        except StewardError as problem:
            return await self._list(request, caller, draft=draft, problem=problem)
        return await self._list(request, caller, draft=draft)

    async def _show(self, request: Request, caller: Caller) -> Response:
        if request.query_params.get("view") == "week":
            return await self._week(request, caller)
        return await self._list(request, caller)

    async def _list(
        self,
        request: Request,
        caller: Caller,
        *,
        draft: Data | None = None,
        problem: StewardError | None = None,
        revealed: Data | None = None,
    ) -> Response:
        wanted = {name: request.query_params.get(name, "").strip() for name in ("kind", "state")}
        try:
            found = await self.site.ask(caller, "trigger.ls", **wanted, recent=True)
        except InvalidInput as refused:
            problem, found = refused, await self.site.ask(caller, "trigger.ls", recent=True)
        words = self.site.texts(request)
        data: Data = {
            **found,
            "triggers": [
                {**each, "beats": beats(each["recent"], words), "columns": columns(each["recent"])}
                for each in found["triggers"]
            ],
            "view": "list",
            "wanted": wanted,
            "kinds": [kind.value for kind in TriggerKind],
            "states": STATES,
            "next": (await self.site.ask(caller, "schedule.next"))["next"],
            "draft": draft or {"name": "", "text": await self._example(request, caller), "check": None},
            "is_drafted": draft is not None or "example" in request.query_params,
            "example": request.query_params.get("example", TriggerKind.SCHEDULE.value),
            "revealed": revealed,
            "feed": f"{origin_of(request)}{caller.base}{ADDRESS}.ics",
        }
        page = Page(template="schedules.html", title_key="schedules.title", data=data, topics=("now",), address=ADDRESS)
        return await self.site.respond(request, caller, replace(page, cli=_line(wanted), problem=problem))

    async def _example(self, request: Request, caller: Caller) -> str:
        """Return the example of the kind that is asked for in the address; of a schedule for any other."""
        asked = request.query_params.get("example", "")
        kind = asked if asked in {each.value for each in TriggerKind} else TriggerKind.SCHEDULE.value
        return str((await self.site.ask(caller, "trigger.new", kind=kind))["text"])

    async def _week(self, request: Request, caller: Caller) -> Response:
        asked = request.query_params.get("week", "")
        problem: StewardError | None = None
        try:
            found = await self.site.ask(caller, "schedule.week", monday=_monday(asked))
        except InvalidInput as refused:
            problem, found = refused, await self.site.ask(caller, "schedule.week")
        first = date.fromisoformat(found["days"][0]["day"])
        data: Data = {
            "view": "week",
            "sentence": found["sentence"],
            "zone": found["zone"],
            "quiet": found["quiet"],
            "brake": found["brake"],
            "days": _placed(found),
            "trouble": [each for each in found["happened"] if each["is_late"] or tone_and_word(each)[0] in _WRONG],
            "week": week_of(first),
            "before": _address(first - timedelta(days=7)),
            "after": _address(first + timedelta(days=7)),
        }
        page = Page(template="schedules_week.html", title_key="schedules.title", data=data, topics=("now",))
        line = f"steward schedule week --monday {first}"
        return await self.site.respond(request, caller, replace(page, cli=line, problem=problem))


def here(request: Request, caller: Caller, shown: Data) -> Data:
    """Return a secret address as it is reached where this page was asked for, with how it is used."""
    path = urlsplit(str(shown["address"])).path
    return {**shown, "address": f"{origin_of(request)}{path if path.startswith(caller.base) else caller.base + path}"}


_WRONG = ("down", "warning", "unknown")


def week_of(day: date) -> str:
    """Return the week of a day as an address holds it: `2026-W10`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _address(monday: date) -> str:
    return f"{ADDRESS}?{urlencode({'view': 'week', 'week': week_of(monday)})}"


def _monday(week: str) -> str:
    """Return the first day of `2026-W10`; empty stays empty.

    Raises:
        InvalidInput: this is no week.
    """
    if not week:
        return ""
    try:
        return date.fromisoformat(f"{week}-1").isoformat()
    except ValueError as error:
        raise InvalidInput("there is no such week", next_step="write it as `2026-W10`") from error


def _placed(found: Data) -> list[Data]:
    """Return days whose moments are gathered by hour, each with what came of it; many of one trigger are one line."""
    came = {(each["trigger"], each["due"]): each for each in found["happened"]}
    return [
        {
            "day": day["day"],
            "hours": day["hours"],
            "number": date.fromisoformat(day["day"]).day,
            "weekday": date.fromisoformat(day["day"]).isoweekday(),
            "shades": day["quiet"],
            "ticks": _ticks(day["moments"], came),
            "entries": _entries(day["moments"], came),
        }
        for day in found["days"]
    ]


def _ticks(moments: list[Data], came: dict[tuple[str, str], Data]) -> list[Data]:
    """Return marks on a strip of the day, one for each ten minutes in which something is due; the worst one colors."""
    marks: dict[int, Data] = {}
    for moment in moments:
        row = came.get((moment["trigger"], moment["due"]))
        x = moment["minute"] // _SLOT * _SLOT
        tone = tone_and_word(row)[0] if row else ""
        if x not in marks or tone in _WRONG:
            marks[x] = {"x": x, "tone": tone}
    return list(marks.values())


def _entries(moments: list[Data], came: dict[tuple[str, str], Data]) -> list[Data]:
    """Return what stands on a day, by time; what a trigger did well often that day, or is to do, is told once."""
    lines: dict[tuple[str, str], Data] = {}
    for moment in moments:
        row = came.get((moment["trigger"], moment["due"]))
        tone, word = tone_and_word(row) if row else ("", "ahead")
        is_told = row is not None and (row["is_late"] or tone in _WRONG)
        key = (moment["trigger"], moment["due"] if is_told else word)
        line = lines.setdefault(
            key,
            {
                "trigger": moment["trigger"],
                "clock": f"{moment['minute'] // 60:02d}:{moment['minute'] % 60:02d}",
                "due": moment["due"],
                "is_quiet": moment["is_quiet"],
                "tone": tone,
                "word": word,
                "row": row,
                "count": 0,
            },
        )
        line["count"] += 1
    return sorted(lines.values(), key=lambda line: str(line["due"]))


def _line(wanted: Data) -> str:
    """Return the same as a line of the terminal."""
    words = [f"--{name} '{value}'" if " " in value else f"--{name} {value}" for name, value in wanted.items() if value]
    return " ".join(["steward trigger ls", *words])


def _form(path: str, handler: Handler) -> Route:
    return Route(path=path, methods=("POST",), permission=Right.GOVERN, handler=handler, is_page=True)
