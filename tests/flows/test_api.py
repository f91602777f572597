"""The API over real HTTP: what a program gets, what it is refused, and that a plan stays a proposal."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from contextlib import closing

import jsonschema_rs
import pytest

from steward.app.start import LOCAL_NAME
from steward.core.catalogue import CommandSpec, right_of
from steward.lib.codec import schema
from steward.model.access import Right
from steward.model.ids import TokenId
from steward.model.risk import Risk
from steward.surfaces.api.openapi import document, path_of, takes_get
from steward.surfaces.api.problem import PROBLEM
from steward.surfaces.http.problems import Problem
from tests.flows.house import House
from tests.flows.served import HOST, Api, served

MAKE = "/api/v1/file/make"
ONE = {"machine": LOCAL_NAME, "name": "one"}


@pytest.fixture
async def api(house: House) -> AsyncIterator[Api]:
    async with served(house) as found:
        yield found


@pytest.fixture
async def agent(api: Api) -> str:
    """A token that looks and proposes."""
    return await api.token(Right.READ, Right.PROPOSE)


async def runs(api: Api, token: str) -> list[dict[str, str]]:
    return (await api.send("GET", "/api/v1/runs/ls", token=token)).json["runs"]


async def test_a_command_that_looks_answers_get_and_post_alike(api, agent):
    by_get = await api.send("GET", "/api/v1/machines/ls", token=agent)
    by_post = await api.send("POST", "/api/v1/machines/ls", {}, token=agent)
    assert by_get.status == by_post.status == 200
    assert by_get.headers["content-type"] == "application/json"
    assert by_get.headers["cache-control"] == "no-store"
    assert [line["machine"]["name"] for line in by_get.json["machines"]] == [LOCAL_NAME]
    assert by_get.json["machines"] == by_post.json["machines"]


async def test_an_operation_is_only_proposed_and_waits_for_a_person(api, agent, house):
    reply = await api.send("POST", MAKE, ONE, token=agent)
    assert (reply.status, reply.headers["x-steward-exit-code"]) == (202, "12")
    assert reply.json["approval"]["state"] == "pending"
    assert reply.json["plan"]["requester"]["kind"] == "token"
    receipt = await api.send("GET", reply.headers["location"], token=agent)
    assert receipt.json["run"]["state"] == "waiting"
    assert not (house.files / "one").exists()


async def test_a_dry_run_shows_the_plan_and_keeps_nothing(api, agent):
    reply = await api.send("POST", f"{MAKE}?dry_run=true", ONE, token=agent)
    assert (reply.status, reply.json["approval"]) == (200, None)
    assert await runs(api, agent) == []


class TestKeys:
    async def test_the_same_request_with_the_same_key_is_answered_again(self, api, agent):
        key = {"idempotency-key": "k-1"}
        first = await api.send("POST", MAKE, ONE, token=agent, headers=key)
        again = await api.send("POST", MAKE, ONE, token=agent, headers=key)
        assert (first.status, again.status) == (202, 202)
        assert again.json == first.json
        assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
        assert len(await runs(api, agent)) == 1

    async def test_another_request_with_the_same_key_is_a_conflict(self, api, agent):
        key = {"idempotency-key": "k-1"}
        await api.send("POST", MAKE, ONE, token=agent, headers=key)
        other = await api.send("POST", MAKE, {**ONE, "name": "two"}, token=agent, headers=key)
        assert other.status == 409
        assert len(await runs(api, agent)) == 1

    async def test_a_key_of_one_token_is_nothing_to_another(self, api, agent):
        key = {"idempotency-key": "k-1"}
        await api.send("POST", MAKE, ONE, token=agent, headers=key)
        other = await api.token(Right.READ, Right.PROPOSE)
        reply = await api.send("POST", MAKE, {**ONE, "name": "two"}, token=other, headers=key)
        assert reply.status == 202

    async def test_twenty_at_once_are_one_proposal(self, api, agent):
        key = {"idempotency-key": "k-1"}
        replies = await asyncio.gather(*(api.send("POST", MAKE, ONE, token=agent, headers=key) for _ in range(20)))
        assert {reply.status for reply in replies} <= {202, 503}
        assert len({reply.json["run"] for reply in replies if reply.status == 202}) == 1
        assert len(await runs(api, agent)) == 1

    async def test_a_request_that_was_refused_may_be_sent_again_with_its_key(self, api, agent):
        key = {"idempotency-key": "k-1"}
        wrong = {"machine": "nowhere", "name": "one"}
        for _ in range(2):
            assert (await api.send("POST", MAKE, wrong, token=agent, headers=key)).status == 404
        assert (await api.send("POST", MAKE, ONE, token=agent, headers=key)).status == 202

    async def test_what_does_not_propose_takes_no_key(self, api, agent):
        key = {"idempotency-key": "k-1"}
        for method, path in (("POST", "/api/v1/status"), ("GET", "/api/v1/status"), ("POST", f"{MAKE}?dry_run=true")):
            body = ONE if "make" in path else None if method == "GET" else {}
            assert (await api.send(method, path, body, token=agent, headers=key)).status == 422


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({**ONE, "nmae": "x"}, 422, "did you mean `name`?"),
        ({"machine": LOCAL_NAME}, 422, "name: is required"),
        ({**ONE, "name": 5}, 422, "name: "),
        ([], 422, "must be a JSON object"),
        (b'{"machine": "a", "machine": "b"}', 415, "Content-Type"),
        (b"[" * 100_000, 415, "Content-Type"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_with_what_to_mend(api, agent, body, status, says):
    reply = await api.send("POST", MAKE, body, token=agent)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
    assert says in reply.json["detail"]
    assert await runs(api, agent) == []


@pytest.mark.parametrize(
    "raw",
    [
        b'{"machine": "a", "machine": "b", "name": "c"}',
        b"[" * 100_000,
        b'{"machine": NaN, "name": "c"}',
        b'{"machine": 1e999, "name": "c"}',
        b'{"machine": "\\ud800", "name": "c"}',
        b'{"machine": "\xff", "name": "c"}',
        b"nothing",
        b'{"machine": ' + b"9" * 5000 + b', "name": "c"}',
    ],
)
async def test_json_that_others_might_read_in_another_way_is_refused(api, agent, raw):
    reply = await api.send("POST", MAKE, raw, token=agent, headers={"content-type": "application/json"})
    assert (reply.status, "no JSON" in reply.json["detail"] or "too deep" in reply.json["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limit=five", "must be a whole number"),
        ("limit=1&limit=2", "comes 2 times"),
        ("limits=5", "did you mean `limit`?"),
        ("limit=99999999999999999999", "must be a whole number"),
        ("limit=999999999999999999", "cannot be written exactly"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused(api, agent, query, says):
    reply = await api.send("GET", f"/api/v1/runs/ls?{query}", token=agent)
    assert (reply.status, says in reply.json["detail"]) == (422, True), reply.json


async def test_a_post_takes_its_input_from_the_body_only(api, agent):
    reply = await api.send("POST", f"{MAKE}?machine=x", ONE, token=agent)
    assert (reply.status, "unknown query parameter" in reply.json["what"]) == (422, True)
    for value in ("1", "yes", ""):
        assert (await api.send("POST", f"{MAKE}?dry_run={value}", ONE, token=agent)).status == 422
    assert await runs(api, agent) == []


async def test_no_token_decides_or_governs_whatever_it_sends(api, house):
    token = await api.token(Right.READ, Right.PROPOSE, Right.BRAKE)
    proposed = await api.send("POST", MAKE, ONE, token=token)
    code = proposed.json["approval"]["code"]
    catalogue = house.steward.catalogue
    beyond = [name for name in catalogue.names() if right_of(catalogue.find(name)) in {Right.DECIDE, Right.GOVERN}]
    assert {"approvals.approve", "secrets.set", "resume"} <= set(beyond)
    for name in beyond:
        reply = await api.send("POST", path_of(name), {"code": code}, token=token)
        assert reply.status == 403, name
    assert not (house.files / "one").exists()


async def test_a_token_that_only_looks_proposes_nothing(api, house):
    token = await api.token(Right.READ)
    assert (await api.send("POST", MAKE, ONE, token=token)).status == 403
    assert await runs(api, token) == []


async def test_a_stream_gives_its_events_and_then_its_result_in_both_forms(api, agent, house):
    run = (await api.send("POST", MAKE, ONE, token=agent)).json["run"]
    lines = await api.send("GET", f"/api/v1/runs/logs?run={run}", token=agent)
    assert lines.headers["content-type"] == "application/x-ndjson"
    read = [json.loads(line) for line in lines.body.decode().splitlines()]
    assert [next(iter(line)) for line in read] == ["event", "result"]
    assert read[-1]["result"]["run"]["id"] == run
    sse = await api.send(
        "POST", "/api/v1/runs/logs", {"run": run}, token=agent, headers={"accept": "text/event-stream"}
    )
    assert sse.headers["content-type"].startswith("text/event-stream")
    events = [block.split("\n") for block in sse.body.decode().strip().split("\n\n")]
    assert [event[0] for event in events] == ["event: event", "event: result"]
    assert json.loads(events[-1][1].removeprefix("data: ")) == read[-1]


async def test_what_is_refused_at_once_is_no_stream(api, agent):
    reply = await api.send("GET", "/api/v1/runs/logs?run=run-nowhere", token=agent)
    assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stream_ends_when_its_token_is_revoked(api, agent, house, method):
    run = (await api.send("POST", MAKE, ONE, token=agent)).json["run"]
    body = json.dumps({"run": run, "follow": True}) if method == "POST" else None
    query = "" if body else f"?run={run}&follow=true"
    headers = {"authorization": f"Bearer {agent}", "content-type": "application/json"}
    with closing(http.client.HTTPConnection(HOST, api.port, timeout=60)) as connection:
        await asyncio.to_thread(connection.request, method, f"/api/v1/runs/logs{query}", body, headers)
        answer = await asyncio.to_thread(connection.getresponse)
        first = await asyncio.to_thread(answer.readline)
        assert (answer.status, b"event" in first) == (200, True)
        following = asyncio.create_task(asyncio.to_thread(answer.read))
        await asyncio.sleep(0.6)
        assert not following.done()
        await house.steward.access.tokens.revoke(TokenId(f"token-{agent.split('_')[1]}"))
        assert b"result" not in await asyncio.wait_for(following, 60)


async def test_secrets_are_masked_in_what_is_answered(api, agent, house):
    house.steward.redactor.add("note", "this-machine")
    reply = await api.send("GET", "/api/v1/machines/ls", token=agent)
    assert b"this-machine" not in reply.body


async def test_a_link_from_another_site_makes_no_session_look_at_anything(api, house):
    await house.steward.owner.set("a password of the house")
    signed = await house.steward.access.sign_in("owner", "a password of the house", address="127.0.0.1", agent="test")
    cookie = {"cookie": f"steward={signed.cookie}"}
    assert (await api.send("GET", "/api/v1/status", headers=cookie)).status == 200
    clicked = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert (await api.send("GET", "/api/v1/status", headers=cookie | clicked)).status == 403


async def test_a_session_changes_something_only_with_the_token_of_its_pages(api, house):
    await house.steward.owner.set("a password of the house")
    signed = await house.steward.access.sign_in("owner", "a password of the house", address="127.0.0.1", agent="test")
    ours = {"cookie": f"steward={signed.cookie}", "origin": f"http://127.0.0.1:{api.port}"}
    assert (await api.send("POST", "/api/v1/pause", {}, headers=ours)).status == 403
    reply = await api.send("POST", "/api/v1/pause", {}, headers={**ours, "x-csrf-token": signed.caller.csrf})
    assert (reply.status, reply.json["brake"]) == (200, "pause")


class TestDescription:
    async def test_it_names_every_route_the_server_has_and_no_other(self, api, agent, house):
        described = (await api.send("GET", "/api/v1/openapi.json", token=agent)).json
        from_paths = {(path, method) for path, item in described["paths"].items() for method in item}
        catalogue = house.steward.catalogue
        for name in catalogue.names():
            entry = catalogue.find(name)
            assert (path_of(name), "post") in from_paths
            has_get = isinstance(entry, CommandSpec) and takes_get(entry)
            assert ((path_of(name), "get") in from_paths) is has_get
            assert described["paths"][path_of(name)]["post"]["operationId"] == name
        for path, method in sorted(from_paths):
            reply = await api.send(method.upper(), path.replace("{name}", "x"))
            assert reply.status in {200, 401, 503}, (path, method, reply.status)

    async def test_only_what_looks_answers_get(self, house):
        catalogue = house.steward.catalogue
        described = document(catalogue, version="0")["paths"]
        changing = [name for name in catalogue.names() if catalogue.find(name).risk is not Risk.READ]
        assert changing
        assert [name for name in changing if "get" in described[path_of(name)]] == []

    async def test_its_errors_are_those_of_the_front_door(self):
        shape = schema(Problem)
        assert set(PROBLEM["properties"]) == set(shape["properties"])
        assert set(PROBLEM["required"]) == set(shape["required"])

    async def test_every_example_is_accepted_by_its_own_schema(self, house):
        described = document(house.steward.catalogue, version="0")
        seen = 0
        for item in described["paths"].values():
            body = item.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in body.get("examples", {}).values():
                whole = {**body["schema"], "components": described["components"]}
                jsonschema_rs.validator_for(whole).validate(example["value"])
                seen += 1
        assert seen >= 10
