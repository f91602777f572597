"""Doors over HTTP: the API, webhooks, agents, and the forms of the pages."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from steward.app.start import LOCAL_NAME
from steward.model.command import Command
from tests.flows.canaries.birds import PLAIN, printed
from tests.flows.canaries.sweep import PASSWORD, Sweep, words
from tests.flows.house import SOMEBODY
from tests.unit.core.test_signatures import GITHUB, KEY, signed

API = "/api/v1"


async def programs(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Bodies, queries, paths and headers of the API."""
    text, plain = words(values), list(printed(values[:2], PLAIN))
    one = {"machine": LOCAL_NAME, "name": text}
    bodies: list[tuple[str, object]] = [
        ("/machines/check", {"machine": text}),
        ("/machines/check", {text: 1}),
        ("/machines/check", {"machine": [text]}),
        ("/machines/check", text.encode()),
        ("/machines/check", b'{"machine": "' + text.encode()),
        ("/file/make", one),
        ("/file/make?dry_run=true", one),
        ("/file/make", {"machine": LOCAL_NAME, "name": "ok", "more": text}),
        ("/shell/run", {"machine": LOCAL_NAME, "script": f"echo {values[0]}", "reason": "try"}),
        ("/plan", {"what": "file.yaml", "text": text}),
        ("/pause", {"minutes": 1, "reason": text}),
        ("/freeze", {"reason": text}),
        ("/runs/cancel", {"run": text, "reason": text}),
        ("/machines/ls", {"tag": text}),
    ]
    for path, body in bodies:
        reply = await sweep.api.send("POST", API + path, body, token=sweep.token)
        assert reply.status < 500, (path, reply.body[:300])
        sweep.hear(f"API {path}", reply.body)
    for form in plain:
        for path in (f"/machines/check?machine={form}", f"/{form}", f"/machines/check?{form}=1"):
            sweep.hear("API address", (await sweep.api.send("GET", API + quote(path, "/?=&"), token=sweep.token)).body)
    for accept in ("text/event-stream", "application/x-ndjson"):
        given = {"accept": accept}
        reply = await sweep.api.send("POST", f"{API}/runs/logs", {"run": text}, token=sweep.token, headers=given)
        sweep.hear("API stream", reply.body)
    for name in ("idempotency-key", "x-request-id", "user-agent", "content-type", "accept", "referer", "origin"):
        given = {name: plain[0]}
        reply = await sweep.api.send(
            "POST", f"{API}/file/make", {"machine": LOCAL_NAME, "name": name}, token=sweep.token, headers=given
        )
        sweep.hear(f"API {name}", reply.body)
    for form in plain[:3]:
        sweep.hear("API token", (await sweep.api.send("GET", f"{API}/machines/ls", token=form)).body)


async def webhooks(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Bodies, names, events and signatures of deliveries."""
    text, plain = words(values), next(printed(values[:1], PLAIN))
    bodies = (text.encode(), json.dumps({"alert": text, "labels": {text: values[0]}, "n": [text]}).encode())
    for number, body in enumerate(bodies):
        given = {name: found[0] for name, found in signed(GITHUB, body, at=datetime.now(UTC), key=KEY).items()}
        reply = await sweep.api.send("POST", "/hooks/git", body, headers={**given, "x-github-event": plain})
        assert reply.status == 202, number
        sweep.hear("webhook", reply.body)
        sweep.hear("webhook", (await sweep.api.send("POST", "/hooks/open", body)).body)
        wrong = {"x-hub-signature-256": f"sha256={plain}"}
        sweep.hear("webhook", (await sweep.api.send("POST", "/hooks/git", body, headers=wrong)).body)
        sweep.hear("webhook", (await sweep.api.send("POST", f"/hooks/{quote(plain, '')}", body)).body)


async def agents(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Names and arguments of tools, and addresses of resources."""
    text, plain = words(values), next(printed(values[:1], PLAIN))
    address = f"http://127.0.0.1:{sweep.api.port}/mcp"
    headers = {"Authorization": f"Bearer {sweep.token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http)) as agent,
    ):
        for tool, given in (
            ("machines_check", {"machine": text}),
            ("machines_check", {text: text}),
            ("file_make", {"machine": LOCAL_NAME, "name": text}),
            ("shell_run", {"machine": LOCAL_NAME, "script": text, "reason": text}),
            ("pause", {"minutes": 1, "reason": text}),
            ("runs_wait", {"run": text, "seconds": 0}),
            ("approvals_approve", {"code": text}),
            (plain, {}),
        ):
            try:
                sweep.hear(f"MCP {tool}", (await agent.call_tool(tool, given)).model_dump_json())
            except MCPError as error:
                sweep.hear(f"MCP {tool}", str(error))
        for where in (f"steward://runs/{quote(plain, '')}", f"steward://findings/{quote(values[0], '')}"):
            try:
                sweep.hear("MCP resource", (await agent.read_resource(where)).model_dump_json())
            except MCPError as error:
                sweep.hear("MCP resource", str(error))


async def forms(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Fields of forms, addresses of pages, and what a browser calls itself."""
    place, text, plain = sweep.place, words(values), next(printed(values[:1], PLAIN))
    card = await sweep.house.ask("to-be-refused", actor=SOMEBODY)
    code = card["approval"]["code"]
    posts: list[tuple[str, dict[str, str]]] = [
        ("/brakes/pause", {"reason": text}),
        ("/brakes/freeze", {"reason": text}),
        ("/brakes/resume", {"password": PASSWORD}),
        (f"/a/{code}/reject", {"reason": text, "password": PASSWORD}),
        (f"/a/{code}/approve", {"fingerprint": text}),
        ("/settings/access/tokens/mint", {"name": values[0], "rights": "read", "days": "1", "password": PASSWORD}),
        ("/settings/access/tokens/mint", {"name": text, "rights": text, "days": text}),
        ("/settings/access/tokens/revoke", {"id": text}),
        ("/settings/access/people/invite", {"role": text}),
        ("/settings/password", {"password": text, "new": text, "again": text}),
        ("/theme", {"theme": text, "back": text}),
    ]
    for path, given in posts:
        reply = await place.post(path, **given)
        sweep.hear(f"form {path}", reply.text if "stw_" not in reply.text else "a token is shown this once")
    for path in (f"/a/{plain}", f"/findings/{plain}", f"/r/{plain}", f"/{plain}", f"/sign-in?next=/{plain}"):
        sweep.hear("page", (await place.get(quote(path, "/?="))).text)
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": place.address, "accept": "text/html"}
    for path, fields in (
        ("/sign-in", {"name": text, "password": values[0]}),
        ("/join", {"code": text, "name": text, "password": values[1], "again": values[1]}),
        ("/setup", {"code": text, "password": values[1], "again": values[1]}),
        ("/sign-in", {"name": "owner", "password": PASSWORD}),
    ):
        reply = await sweep.api.send("POST", path, urlencode(fields).encode(), headers={**kind, "user-agent": plain})
        sweep.hear(f"form {path}", reply.body)
    assert any(session.agent for session in await sweep.house.steward.access.sessions.listing())


async def pages(sweep: Sweep) -> None:
    """See every page there is now, its JSON twin, the figures and the stream of what changes."""
    place = sweep.place
    steward = sweep.house.steward
    found = (await steward.dispatch(SOMEBODY, Command(name="why", input={}))).result
    listed = (await steward.dispatch(SOMEBODY, Command(name="runs.ls", input={}))).result["runs"]
    paths = ["/", "/approvals", "/brakes", "/settings/access", "/settings/password"]
    paths += [f"/findings/{each['finding']['id']}" for each in found["explained"][:2]]
    paths += [f"/r/{each['id']}" for each in listed[:4]]
    for path in paths:
        sweep.hear(path, (await place.get(path)).text)
        sweep.hear(path, (await place.get(path, Accept="application/json")).text)
    for path in ("/metrics", "/api/v1/openapi.json", "/healthz", "/readyz", "/api/v1/status", "/api/v1/why"):
        sweep.hear(path, (await sweep.api.send("GET", path, token=sweep.token)).body)
    headers = {"cookie": f"steward={place.cookie}"}
    async with (
        httpx2.AsyncClient(base_url=place.address, headers=headers, timeout=60) as http,
        http.stream("GET", f"/live?run={listed[0]['id']}") as answer,
    ):
        assert answer.status_code == 200
        until = time.monotonic() + 1.5
        async for line in answer.aiter_lines():
            sweep.hear("/live", line)
            if time.monotonic() > until or line == "":
                break
