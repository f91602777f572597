"""The palette: every place that can be gone to by typing a part of its name."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.addresses import machine_address, service_address
from steward.surfaces.web.rooms import ROOMS, SETTINGS, Room
from steward.surfaces.web.site import Data, Site
from steward.surfaces.web.texts import Texts

_MOST_SERVICES = 500


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Answers what there is, for the script that looks through it."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (Route(path="/palette", methods=("GET",), permission=Right.READ, handler=self._show),)

    async def _show(self, request: Request, caller: Caller) -> Response:
        texts, may = self.site.texts(request), caller.known.rights
        rooms = [_room(room, texts) for room in (*ROOMS, *SETTINGS) if room.right in may]
        status = await self.site.ask(caller, "status")
        waiting = [_place(each["title"], texts("nav.approvals"), f"/a/{each['code']}") for each in status["waiting"]]
        wrong = [_place(each["title"], texts("now.wrong"), f"/findings/{each['id']}") for each in status["findings"]]
        services = (await self.site.ask(caller, "services.ls"))["services"][:_MOST_SERVICES]
        things = [
            _place(each["name"], texts("thing.machine"), machine_address(each["name"])) for each in status["machines"]
        ]
        things += [_service(each, texts) for each in services]
        places = [*rooms, *waiting, *wrong, *things]
        return JSONResponse([{**place, "address": caller.base + place["address"]} for place in places])


def _room(room: Room, texts: Texts) -> dict[str, str]:
    return _place(texts(f"nav.{room.name}"), "", room.address)


def _service(row: Data, texts: Texts) -> dict[str, str]:
    kind = f"{texts('thing.service')} {row['machine']}".strip()
    return _place(row["name"], kind, service_address(row["machine"], row["name"]))


def _place(says: str, kind: str, address: str) -> dict[str, str]:
    return {"says": says, "kind": kind, "address": address}
