"""A house with something of everything, and where each of its pages is found."""

from __future__ import annotations

from datetime import timedelta

from steward.app.start import LOCAL_NAME
from steward.core.routes import Route
from tests.flows.house import House
from tests.web.holds_lab import kept, suspended, waiting_text, waits
from tests.web.place import put_finding

LEFT_OUT = {
    "/setup": "leads on once there is an owner; before that it is swept on its own",
    "/fleet/drawing": "is text for other programs",
    "/oidc/callback": "only a provider of identities leads there",
    "/settings/identity": "only where there is a provider of identities; see test_through_others",
    "/s/{name}": "leads on to the page of that service",
    "/s/{machine}/{name:path}": "this machine has no services; those of nas are swept on their own",
}
"""Routes of pages that are not visited, each with the reason."""


async def lab(house: House) -> dict[str, list[str]]:
    """Let there be something of everything, and return addresses by the path of their route.

    A route without parameters needs no entry: it is visited as it is. Put one here for a query worth looking at.
    """
    await house.steward.scanner.all()
    finding = await put_finding(house, "nginx.service", log="bind() to 0.0.0.0:80 failed " + "x" * 300)
    waiting = await house.ask("a-file-with-a-name-that-is-long-and-has-no-place-to-break-" + "y" * 60)
    done = await house.ask("two")
    await house.approve(done)
    await house.ended(done["run"])
    undone = await house.ask("three", command="file.promise")
    await house.approve(undone)
    await house.ended(undone["run"])
    terms = {"command": "file.make", "machine": [LOCAL_NAME], "where": ["name=" + "z" * 80], "hours": "22:00-07:00"}
    grant = (await house.do("grants.add", **terms)).result["grant"]["id"]
    await put_triggers(house)
    await house.do("docs.build")
    asks = await waits(house, waiting_text())
    hands = await waits(house, waiting_text("swap-two"))
    given = ("disk=sda", "slots=1", "sure=yes")
    await house.do("holds.answer", run=hands, hold="which", set=given)
    await suspended(house, hands)
    await kept(house, waiting_text("swap-three"))
    course = (await house.do("workflow.run", what="swap-three")).result["approval"]["code"]
    return {
        "/": ["/", f"/?only=problems&open={LOCAL_NAME}", "/?wall=1"],
        "/status": ["/status", "/status?wall=ink"],
        "/approvals": ["/approvals?show=all"],
        "/a/{code}": [f"/a/{waiting['approval']['code']}", f"/a/{done['approval']['code']}", f"/a/{course}"],
        "/r/{run}": [*(f"/r/{each}" for each in (done["run"], undone["run"], asks)), f"/r/{hands}?looked=insert"],
        "/work/workflows/{name}": ["/work/workflows/swap-disk", "/work/workflows/restore-drill"],
        "/findings/{finding}": [f"/findings/{finding.id}"],
        "/settings/grants": [
            "/settings/grants?show=all",
            f"/settings/grants?command=file.make&machine={LOCAL_NAME}",
        ],
        "/settings/grants/{grant}": [f"/settings/grants/{grant}"],
        "/fleet": ["/fleet", "/fleet?view=map", "/fleet?view=matrix", "/fleet?view=services"],
        "/m/{machine}": [f"/m/{LOCAL_NAME}"],
        "/knowledge/docs/{path:path}": ["/knowledge/docs/README.md", f"/knowledge/docs/machines/{LOCAL_NAME}.md"],
        "/setup/machines/{machine}": [f"/setup/machines/{LOCAL_NAME}"],
        "/work/schedules": ["/work/schedules", "/work/schedules?state=paused", "/work/schedules?view=week"],
        "/work/schedules/{name}": ["/work/schedules/nightly", "/work/schedules/backup"],
        "/offline": ["/offline"],
        "": ["/nowhere"],
    }


async def put_triggers(house: House) -> None:
    """Let there be a trigger that was due, one that is paused, and a file that does not fit."""
    command = f"starts: {{command: file.make, with: {{machine: {LOCAL_NAME}, name: four}}}}\n"
    nightly = f"kind: schedule\nsays: Keep {'a-long-word' * 9}\nschedule: {{every: 1h}}\nmissed: ask\n{command}"
    await house.do("trigger.add", what="nightly.yaml", text=nightly)
    await house.do("trigger.add", what="backup.yaml", text="kind: ping\nschedule: {every: 1d}\n")
    await house.do("trigger.pause", name="backup", reason="visitors")
    for hours in (0, 1, 3):
        house.clock.pass_time(timedelta(hours=hours))
        await house.daemon.miss()
        await house.daemon.start_due()
        await house.steward.scheduler.settled()
    (house.folder / "workspace" / "triggers" / "broken.yaml").write_text(
        "kind: schedule\nshedule: {every: 1h}\n", "utf-8"
    )


def pages_of(routes: tuple[Route, ...]) -> list[str]:
    """Return the paths of every route that a browser shows as a page."""
    return [each.path for each in routes if each.is_page and "GET" in each.methods and each.path not in LEFT_OUT]


def addresses_of(routes: tuple[Route, ...], known: dict[str, list[str]]) -> list[str]:
    """Return every address to visit.

    Raises:
        KeyError: a route has parameters and nobody said where one of its pages is.
    """
    plain = {path: [path] for path in pages_of(routes) if "{" not in path}
    missing = [path for path in pages_of(routes) if "{" in path and path not in known]
    if missing:
        msg = f"say in tests/web/lab.py where these pages are found, or why they are left out: {missing}"
        raise KeyError(msg)
    return list(dict.fromkeys(address for found in (plain | known).values() for address in found))
