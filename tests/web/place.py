"""A house whose pages are served on loopback, with something wrong, something that waits and something done.

`EVIL` is text from outside that would act if any page ever took it for markup.
"""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from steward.core.routes import Route
from steward.core.watch import Watch
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId, MachineId
from steward.model.observation import Observation
from steward.model.resource import ResourceKind, resource_on
from steward.model.taint import Taint
from steward.store import findings as findings_table
from steward.surfaces.http.front import Front
from steward.surfaces.http.server import bound, server
from steward.surfaces.http.site import LOOPBACK_NAMES, Site
from steward.surfaces.web.problem import error_page
from steward.surfaces.web.routes import routes
from tests.flows.house import House

PASSWORD = "correct horse battery staple"
EVIL = (
    '"><b id="evil" hx-post="/brakes/stop" hx-trigger="load" hx-nonce="x" data-hx-get="/approvals" '
    'hx-on:load="alert(1)">x</b>'
    "<svg onload=alert(1)><style>body{display:none}</style><script>alert(1)</script>"
    '<img src="/never" onerror="alert(1)"><form action="/never"><a href="javascript:alert(1)">y</a>'
    "{{ 7 * 7 }}\u202e\u200b\x1b[31m"
)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def place(self) -> str:
        """Where it sends the browser."""
        return self.headers.get("location", "")


@dataclass(kw_only=True)
class Place:
    """The served house, and one browser's cookie."""

    house: House
    port: int
    routes: tuple[Route, ...] = ()
    cookie: str = ""
    csrf: str = ""

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str, **headers: str) -> Reply:
        """Fetch a page."""
        return await asyncio.to_thread(self._ask, "GET", path, None, headers)

    async def post(self, path: str, /, **fields: Any) -> Reply:
        """Send a form, as this session's own page would."""
        body = urlencode({"csrf": self.csrf, **fields}, doseq=True)
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.address}
        return await asyncio.to_thread(self._ask, "POST", path, body, kind)

    async def sign_in(self) -> None:
        """Become the owner, with a session that has not just been proven."""
        signed = await self.house.steward.access.sign_in("owner", PASSWORD, address="127.0.0.1", agent="test")
        self.cookie, self.csrf = signed.cookie, signed.caller.csrf
        self.house.clock.pass_time(timedelta(minutes=6))

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = {"Accept": "text/html", **headers, **({"Cookie": f"steward={self.cookie}"} if self.cookie else {})}
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        self._keep(found.get("set-cookie", ""))
        return Reply(status=answer.status, headers=found, text=text)

    def _keep(self, header: str) -> None:
        name, _, value = header.partition(";")[0].partition("=")
        if name == "steward":
            self.cookie = value


@asynccontextmanager
async def served(house: House) -> AsyncIterator[Place]:
    """Serve the pages of a house on a port of their own."""
    steward = house.steward
    given: dict[str, Any] = {"now": house.clock.local, "version": "0.1.0"}
    mark = Watch(steward.storage).mark
    pages = routes(dispatch=steward.dispatch, access=steward.access, redact=steward.redactor.json, mark=mark, **given)
    front = Front(
        pages,
        steward.access,
        Site(hosts=LOOPBACK_NAMES),
        redact=steward.redactor.json,
        error_page=error_page(redact=steward.redactor.text, **given),
    )
    listening = bound("127.0.0.1", 0)
    serving = server(front, None)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        yield Place(house=house, port=listening.getsockname()[1], routes=pages)
    finally:
        serving.should_exit = True
        await task  # never left behind: what it held would be complained of in another test
        listening.close()


async def put_finding(house: House, name: str, *, log: str = "", severity: Severity = Severity.DOWN) -> Finding:
    """Let a check have seen something wrong on this machine; `name` and `log` are words from outside."""
    steward = house.steward
    machine = MachineId(steward.workspace.inventory().machines[0].id)
    resource = resource_on(machine, ResourceKind.UNIT, name)
    now, number = house.clock.now(), f"{crc32(name.encode()):010d}"
    seen = [
        Observation(resource=resource.id, name="active_state", value="failed", source="systemctl on here", at=now),
        Observation(
            resource=resource.id, name="last_log", value=log or name, source="journalctl", at=now, taint=Taint.OUTSIDE
        ),
    ]
    finding = Finding(
        id=FindingId(f"find-{number}"),
        check=f"test_{number}",
        title=f"{name} has failed",
        severity=severity,
        resource=resource,
        machine=machine,
        evidence=tuple(seen),
        if_nothing=f"{name} stays down",
    )

    def store(connection: Any) -> None:
        findings_table.observe(
            connection, machine=machine, checked=(finding.check,), findings=(finding,), at=house.clock.now()
        )

    await steward.storage.write(store)
    return finding
