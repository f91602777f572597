"""Other machines in the first run: find them, see what each will need, add them, and try the connection."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.lib.shell import join
from steward.model.errors import InvalidInput, StewardError
from steward.surfaces.web.setup_steps import StepPage, show, step_route
from steward.surfaces.web.site import Data, Site, go

_ADDRESS = "/setup/machines"
_ONE = f"{_ADDRESS}/{{machine}}"
SOURCES = ("ssh-config", "docker", "ansible", "kubeconfig", "libvirt", "proxmox", "range", "mdns")
"""Every source of `machines.discover`, in the order they are offered."""
PLATFORMS = ("debian", "proxmox", "nixos", "docker")
"""What `machines.join` knows, the usual one first."""
_FIELDS = ("name", "address", "user", "port")
_MOST_PICKED = 64


@dataclass(frozen=True, kw_only=True)
class SetupMachines:
    """Adds machines one can see before anything is done there."""

    site: Site

    def routes(self) -> tuple[Route, ...]:
        """Return their routes."""
        return (
            step_route(_ADDRESS, "GET", self._list),
            step_route(f"{_ADDRESS}/look", "POST", self._look),
            step_route(f"{_ADDRESS}/add", "POST", self._add),
            step_route(_ONE, "GET", self._one),
            step_route(f"{_ONE}/confirm", "POST", self._confirm),
        )

    async def _list(self, request: Request, caller: Caller) -> Response:
        return await self._page(request, caller, {})

    async def _look(self, request: Request, caller: Caller) -> Response:
        """Ask a source that was named; whatever is contacted needs the owner's proof."""
        form = await request.form()
        given = {name: str(form.get(name, "")).strip() for name in ("source", "target")}
        try:
            caller = await self.site.proven(request, caller)
            found = await self.site.ask(caller, "machines.discover", **given)
        except StewardError as problem:
            return await self._page(request, caller, {"asked": given}, problem=problem)
        return await self._page(request, caller, {"asked": given, "discovery": found})

    async def _add(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        wanted: list[Data] = []
        added: list[str] = []
        try:
            wanted = _wanted(form)
            caller = await self.site.proven(request, caller)
            for each in wanted:
                await self.site.ask(caller, "machines.add", **each)
                added.append(str(each["name"]))
        except StewardError as problem:
            tried = next((each for each in wanted if each["name"] not in added), None)
            return await self._page(request, caller, {"tried": _tried(tried)}, problem=problem)
        return go(f"{_ADDRESS}/{added[0]}" if len(added) == 1 else _ADDRESS)

    async def _page(
        self, request: Request, caller: Caller, shown: Data, *, problem: StewardError | None = None
    ) -> Response:
        platform = request.query_params.get("platform", "")
        platform = platform if platform in PLATFORMS else PLATFORMS[0]
        data: Data = {
            "discovery": None,
            "asked": {"source": "", "target": ""},
            "tried": None,
            **shown,
            "machines": (await self.site.ask(caller, "machines.ls"))["machines"],
            "sources": SOURCES,
            "platforms": PLATFORMS,
            **await self._joining(caller, platform),
        }
        data["discovery"] = _pickable(data["discovery"] or await self.site.ask(caller, "machines.discover"))
        step = StepPage(name="machines", data=data, cli="steward machines discover", problem=problem)
        return await show(self.site, request, caller, step)

    async def _joining(self, caller: Caller, platform: str) -> Data:
        try:
            return {"joining": await self.site.ask(caller, "machines.join", platform=platform), "no_key": ""}
        except StewardError as refused:
            return {"joining": {"platform": platform, "text": ""}, "no_key": str(refused)}

    async def _one(self, request: Request, caller: Caller) -> Response:
        return await self._card(request, caller, problem=None)

    async def _confirm(self, request: Request, caller: Caller) -> Response:
        form = await request.form()
        machine = request.path_params["machine"]
        try:
            if not form.get("compared"):
                raise InvalidInput("the key was not compared", next_step="compare it at the console, then say so")
            caller = await self.site.proven(request, caller)
            await self.site.ask(caller, "machines.confirm", machine=machine, host_key=str(form.get("host_key", "")))
        except StewardError as problem:
            return await self._card(request, caller, problem=problem)
        return go(f"{_ADDRESS}/{machine}")

    async def _card(self, request: Request, caller: Caller, *, problem: StewardError | None) -> Response:
        """Try the connection now, and show what came of it beside what the machine needs."""
        name = request.path_params["machine"]
        card = await self.site.ask(caller, "machines.show", machine=name)
        try:
            card = await self.site.ask(caller, "machines.check", machine=name)
        except StewardError as failed:
            problem = problem or failed
        rights: Data | None = None
        try:
            rights = await self.site.ask(caller, "machines.rights", machine=name)
        except InvalidInput:
            rights = None  # it needs none
        machine = card["machine"]
        tried = {name: machine[name] for name in _FIELDS}
        data: Data = {"card": card, "rights": rights, "tried": _tried(tried), **await self._joining(caller, "debian")}
        step = StepPage(
            name="machines",
            template="setup_machine.html",
            data=data,
            cli=f"steward machines check {machine['name']}",
            problem=problem,
        )
        return await show(self.site, request, caller, step)


def _pickable(discovery: Data) -> Data:
    """Give each proposal what the form sends back when it is picked."""
    for source in discovery["sources"]:
        for each in source["found"]["proposed"]:
            each["given"] = json.dumps(_given(each["name"], each["found"]))
    return discovery


def _given(name: str, found: Data) -> Data:
    """Return what adds a machine that was found, as the line of its proposal does."""
    given: Data = {"name": name, "address": found["guest"] or found["alias"] or found["address"], "user": found["user"]}
    if found["guest"]:
        given |= {"transport": found["transport"], "via": found["via"]}
    elif not found["alias"]:
        given |= {part: found[part] for part in ("port", "identity_file", "proxy_jump")}
    return given


def _wanted(form: FormData) -> list[Data]:
    """Read which machines are to be added: those that were picked, and the one that was typed in.

    Raises:
        InvalidInput: none was, or what came is none of ours.
    """
    wanted = [_picked(str(each)) for each in form.getlist("pick")[:_MOST_PICKED]]
    typed = {name: str(form.get(name, "")).strip() for name in _FIELDS}
    if typed["name"] or typed["address"]:
        port = typed["port"] or "22"
        if not port.isdecimal():
            raise InvalidInput("the port is no number", next_step="22 is the usual one")
        wanted.append({**typed, "port": int(port)})
    if not wanted:
        raise InvalidInput("no machine was named", next_step="pick one that was found, or type name and address")
    return wanted


def _picked(text: str) -> Data:
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise InvalidInput("what was picked cannot be read", next_step="reload the page and pick again")
    return cast("dict[str, Any]", given)


def _tried(machine: Data | None) -> Data | None:
    """Return the lines that help when a connection fails: each goes with one likely cause."""
    if not machine or not machine.get("address"):
        return None
    address, port = machine["address"], machine.get("port")
    login = f"{machine.get('user') or 'steward'}@{address}"
    return {
        "reach": join(["nc", "-vz", address, str(port)]) if port else join(["ssh", "-G", address]),
        "server": "systemctl status ssh",
        "login": join(["ssh", *(["-p", str(port)] if port else []), login, "true"]),
    }
