"""The front door: nobody comes in without their right, and nothing is done that one of our pages did not ask for."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx2
import pytest

from steward.core.routes import Open, Route
from steward.core.tokens import Tokens
from steward.model.access import Right, Role
from steward.model.ids import SessionId, TokenId
from steward.surfaces.http.holding import FRESH_SECONDS, LIVE_SECONDS
from steward.surfaces.http.table import Table
from tests.unit.surfaces.http.conftest import SECRET, Door, from_page

POWERS = {role: set(role.rights) for role in Role}


async def nothing(_request: Any, _caller: Any) -> Any:
    raise AssertionError


@pytest.mark.parametrize("permission", [None, "", "read-ish", True])
def test_a_route_without_a_permission_cannot_be_made(permission: Any):
    with pytest.raises(TypeError):
        Table([Route(path="/x", methods=("GET",), permission=permission, handler=nothing)])
    with pytest.raises(TypeError):
        Route(path="/x", methods=("GET",), handler=nothing)  # pyright: ignore[reportCallIssue]


def test_two_routes_of_one_address_and_method_are_a_mistake():
    route = Route(path="/x", methods=("GET",), permission=Open.PUBLIC, handler=nothing)
    with pytest.raises(ValueError, match="two routes"):
        Table([route, route])


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_opens_what_its_rights_say_and_no_page(door: Door, right: Right, method: str):
    async with door.client() as client:
        for held in (Right.READ, Right.PROPOSE, Right.BRAKE):
            headers = await door.token(held)
            answer = await client.request(method, f"/api/{right.value}", headers=headers)
            assert answer.status_code == (200 if held is right else 403)
            assert (await client.request(method, f"/page/{right.value}", headers=headers)).status_code in {
                303,
                401,
                403,
            }
    assert {caller.known.channel for caller in door.seen} <= {"api"}


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
async def test_a_session_opens_what_the_role_says(door: Door, right: Right, role: Role):
    signed = await door.session(role)
    headers = from_page(door, signed)
    async with door.client() as client:
        for path in (f"/api/{right.value}", f"/page/{right.value}"):
            for method in ("GET", "HEAD", "POST"):
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code == (200 if right in POWERS[role] else 403), (path, method)


@pytest.mark.parametrize("right", Right)
async def test_nobody_gets_in_anywhere_and_people_are_sent_to_sign_in(door: Door, right: Right):
    async with door.client() as client:
        answer = await client.get(f"/api/{right.value}")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="steward"')
        assert answer.json()["needs"] == "sign_in"
        page = await client.get(f"/page/{right.value}?x=1")
        assert (page.status_code, page.headers["location"]) == (303, f"/sign-in?next=/page/{right.value}")
        assert (await client.post(f"/page/{right.value}", headers={"origin": door.url})).status_code == 401
        assert (await client.get(f"/page/{right.value}", headers={"accept": "application/json"})).status_code == 401
        assert (await client.get("/mount/x")).status_code == 401
    assert door.seen == []


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer stw_0123456789_" + "a" * 43},
        {"authorization": "Basic b3duZXI6eA=="},
        {"authorization": ""},
        {"cookie": "steward=nothing"},
        {"cookie": "__Host-steward=nothing"},
        {"cookie": "steward="},
    ],
)
async def test_a_made_up_credential_is_refused(door: Door, headers: dict[str, str]):
    async with door.client() as client:
        assert (await client.get("/api/read", headers=headers)).status_code == 401
    assert door.seen == []


async def test_expired_and_revoked_credentials_are_refused(door: Door):
    expired, revoked, signed = await door.token(Right.READ), await door.token(Right.READ), await door.session()
    tokens = await door.hall.access.tokens.listing()
    by_value = revoked["authorization"].split("_")[1]
    await door.hall.access.tokens.revoke(TokenId(f"token-{by_value}"))
    assert len(tokens) == 2
    async with door.client() as client:
        assert (await client.get("/api/read", headers=revoked)).status_code == 401
        door.hall.clock.advance(86_401)
        assert (await client.get("/api/read", headers=expired)).status_code == 401
        await door.hall.access.sessions.revoke(SessionId(signed.caller.credential))
        gone = await client.get("/html", headers={"cookie": f"steward={signed.cookie}"})
    assert gone.status_code == 303
    assert "steward=;" in gone.headers["set-cookie"]


async def test_a_token_and_a_cookie_are_never_mixed(door: Door):
    signed, token = await door.session(), await door.token(Right.READ)
    cookie = {"cookie": f"steward={signed.cookie}"}
    async with door.client() as client:
        wrong = {"authorization": "Bearer stw_wrong"} | cookie
        assert (await client.get("/api/read", headers=wrong)).status_code == 401
        assert (await client.get("/api/read", headers=token | cookie)).json()["id"].startswith("token-")
        assert (await client.get("/api/govern", headers=token | cookie)).status_code == 403


@pytest.mark.parametrize("query", ["token=x", "Access_Token=x", "x=stw_0123456789_a", "password=y"])
async def test_a_credential_in_the_address_is_refused_and_not_repeated(door: Door, query: str):
    headers = await door.token(Right.READ)
    async with door.client() as client:
        answer = await client.get(f"/api/read?{query}", headers=headers)
    assert answer.status_code == 422
    assert query.partition("=")[2] + '"' not in answer.text
    assert door.seen == []


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "a, localhost"]
)
async def test_a_name_that_is_not_ours_is_refused_whatever_it_resolves_to(door: Door, host: str):
    headers = await door.token(Right.READ) | {"host": host}
    async with door.client() as client:
        answer = await client.get("/api/read", headers=headers)
    assert answer.status_code in {400, 421}
    assert door.seen == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:8787"])
async def test_our_own_names_are_answered(door: Door, host: str):
    async with door.client() as client:
        assert (await client.get("/open", headers={"host": host})).status_code == 200


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:1"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
]


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("path", ["/api/govern", "/page/govern", "/sign-in"])
async def test_a_page_of_somebody_else_does_nothing_for_a_session(door: Door, foreign: dict[str, str], path: str):
    signed = await door.session()
    headers = {"cookie": f"steward={signed.cookie}", "x-csrf-token": signed.caller.csrf, **foreign}
    async with door.client() as client:
        assert (await client.post(path, headers=headers)).status_code == 403
    assert door.seen == []


async def test_a_request_that_does_not_say_where_it_comes_from_does_nothing_for_a_session(door: Door):
    signed = await door.session()
    headers = {"cookie": f"steward={signed.cookie}", "x-csrf-token": signed.caller.csrf}
    async with door.client() as client:
        assert (await client.post("/api/govern", headers=headers)).status_code == 403
        assert (await client.post("/sign-in")).status_code == 403
    assert door.seen == []


async def test_a_link_from_elsewhere_opens_a_page_but_is_no_fetch(door: Door):
    signed = await door.session()
    cookie = {"cookie": f"steward={signed.cookie}", "sec-fetch-site": "cross-site"}
    async with door.client() as client:
        link = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        assert (await client.get("/html", headers=cookie | link)).status_code == 200
        assert (await client.get("/html", headers=cookie | link | {"sec-fetch-dest": "iframe"})).status_code == 403
        assert (await client.get("/api/read", headers=cookie | {"sec-fetch-mode": "no-cors"})).status_code == 403


async def test_only_the_token_of_this_very_session_moves_anything(door: Door):
    signed, other = await door.session(), await door.session()
    again = await door.hall.access.step_up(signed.caller, SECRET)
    ours = from_page(door, again)
    async with door.client() as client:
        for wrong in ("", "x", other.caller.csrf, again.caller.csrf + "0", again.caller.csrf[:-1]):
            assert (await client.post("/api/govern", headers=ours | {"x-csrf-token": wrong})).status_code == 403
        door.hall.clock.advance(30)
        assert (await client.post("/api/govern", headers=from_page(door, signed))).status_code == 401
        del ours["x-csrf-token"]
        assert (await client.post("/api/govern", headers=ours)).status_code == 403
        assert (await client.get(f"/api/govern?x={again.caller.csrf}", headers=ours)).status_code == 200
        field = {"csrf": again.caller.csrf, "name": "anna"}
        assert (await client.post("/form", headers=ours, data=field)).json()["name"] == "anna"
        assert (await client.post("/form", headers=ours, data=field | {"csrf": "x"})).status_code == 403
        twice = f"csrf={again.caller.csrf}&csrf=x"
        form = ours | {"content-type": "application/x-www-form-urlencoded"}
        assert (await client.post("/form", headers=form, content=twice)).status_code == 403


async def test_a_program_needs_no_token_of_forms(door: Door):
    async with door.client() as client:
        assert (await client.post("/api/propose", headers=await door.token(Right.PROPOSE))).status_code == 200


async def test_too_many_wrong_tokens_are_told_to_wait_and_so_is_a_right_one(door: Door):
    headers = await door.token(Right.READ)
    async with door.client() as client:
        for _ in range(20):
            assert (await client.get("/api/read", headers={"authorization": "Bearer x"})).status_code == 401
        answer = await client.get("/api/read", headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        door.hall.clock.advance(61)
        assert (await client.get("/api/read", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/stream", "/stream-post", "/hang"])
async def test_a_revoked_token_ends_its_streams_within_a_second(door: Door, path: str, monkeypatch: pytest.MonkeyPatch):
    """By the first no there is; how long that takes to be asked for is no matter of how busy the machine is."""
    asked: list[bool] = []
    is_live = Tokens.is_live

    async def noted(tokens: Tokens, token: TokenId) -> bool:
        asked.append(await is_live(tokens, token))
        return asked[-1]

    monkeypatch.setattr(Tokens, "is_live", noted)
    headers = await door.token(Right.READ)
    token = TokenId(f"token-{headers['authorization'].split('_')[1]}")
    method = "POST" if path == "/stream-post" else "GET"

    async def read() -> None:
        try:
            async with door.client() as client, client.stream(method, path, headers=headers) as answer:
                async for _ in answer.aiter_lines():
                    pass
        except httpx2.TransportError:
            pass

    reading = asyncio.create_task(read())
    while not door.seen:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    assert not reading.done()
    await door.hall.access.tokens.revoke(token)
    await asyncio.wait_for(reading, 30)
    await asyncio.wait_for(door.ended.wait(), 30)
    assert (asked[-1], asked.count(False)) == (False, 1)
    assert FRESH_SECONDS + LIVE_SECONDS < 1


async def test_a_session_that_ends_ends_its_streams_too(door: Door):
    signed = await door.session(Role.VIEWER)
    async with door.client() as client, client.stream("GET", "/stream", headers=from_page(door, signed)) as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        await door.hall.access.people.disable(signed.caller.known.name)
        async for _ in lines:
            pass
    assert door.ended.is_set()


async def test_head_is_get_without_a_body_and_a_wrong_method_says_which_are_right(door: Door):
    async with door.client() as client:
        head = await client.head("/open")
        assert (head.status_code, head.content) == (200, b"")
        wrong = await client.delete("/sign-in")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, POST")
        assert (await client.get("/nowhere")).status_code == 404
        assert (
            (await client.get("/nowhere", headers={"accept": "text/html"}))
            .headers["content-type"]
            .startswith("text/html")
        )


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("input", 422),
        ("missing", 404),
        ("proof", 403),
        ("denied", 403),
        ("stale", 409),
        ("conflict", 409),
        ("later", 503),
        ("bug", 500),
    ],
)
async def test_every_error_has_its_status_and_says_what_to_do(door: Door, kind: str, status: int):
    async with door.client() as client:
        answer = await client.get(f"/fail/{kind}")
    body = answer.json()
    assert (answer.status_code, body["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail", "what"} <= set(body)
    assert (body.get("needs") == "step_up") is (kind == "proof")
    assert ("retry-after" in answer.headers) is (kind == "later")
    assert "hunter22" not in answer.text
    assert ("diagnostic" in body) is (kind == "bug")


async def test_an_error_tells_no_secret(door: Door):
    door.hall.redactor.add("canary", "first-canary")
    async with door.client() as client:
        answer = await client.get("/fail/echo")
    assert "first-canary" not in answer.text


async def test_every_answer_carries_the_headers_that_tie_a_browser_down(door: Door):
    headers = {"cookie": f"steward={(await door.session()).cookie}"}
    async with door.client() as client:
        answers = [
            await client.get("/html", headers=headers),
            await client.get("/html", headers=headers),
            await client.get("/nowhere"),
            await client.get("/fail/bug"),
            await client.get("/open", headers={"host": "evil.example"}),
            await client.get("/api/read"),
        ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers
    first, second = (answer.headers.get_list("content-security-policy") for answer in answers[:2])
    assert len(first) == 1
    assert first[0].endswith("require-trusted-types-for 'script'; trusted-types htmx steward")
    assert first != second
    nonce = first[0].partition("'nonce-")[2].partition("'")[0]
    assert f"nonce={nonce}" in answers[0].text


async def test_only_what_is_for_everybody_may_be_stored(door: Door):
    async with door.client() as client:
        assert (await client.get("/cached")).headers["cache-control"] == "public, max-age=9"
        private = await client.get("/cached-private", headers=await door.token(Right.READ))
    assert private.headers.get_list("cache-control") == ["no-store"]


async def test_a_body_larger_than_the_route_reads_is_refused_said_or_not(door: Door):
    headers = await door.token(Right.READ)

    async def pieces():
        for _ in range(3):
            yield b"x" * 500

    async with door.client() as client:
        assert (await client.post("/echo", headers=headers, content=b"x" * 1000)).json()["bytes"] == 1000
        assert (await client.post("/echo", headers=headers, content=b"x" * 1001)).status_code == 413
        assert (await client.post("/echo", headers=headers, content=pieces())).status_code == 413


async def test_a_mount_is_behind_one_permission_and_knows_its_caller(door: Door):
    async with door.client() as client:
        assert (await client.post("/mount/x", headers=await door.token(Right.READ))).status_code == 403
        answer = await client.post("/mount/x", headers=await door.token(Right.PROPOSE))
        assert answer.json()["id"].startswith("token-")
        assert (await client.get("/mountain", headers=await door.token(Right.PROPOSE))).status_code == 404


async def test_the_session_cookie_is_for_this_host_and_no_script(door: Door):
    async with door.client() as client:
        answer = await client.post("/sign-in", headers={"origin": door.url})
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name == "steward=the-new-cookie"
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
    assert not any(attribute.startswith("Domain") for attribute in attributes)


async def test_behind_a_trusted_proxy_the_client_is_who_the_proxy_says_and_the_cookie_is_bound_to_the_host(
    proxied: Door,
):
    told = {
        "host": "steward.example",
        "x-forwarded-for": "6.6.6.6, 192.0.2.7, 127.0.0.9",
        "x-forwarded-proto": "https",
    }
    async with proxied.client() as client:
        assert (await client.get("/open", headers=told)).json()["address"] == "192.0.2.7"
        answer = await client.post("/sign-in", headers=told | {"origin": "https://steward.example"})
        assert answer.headers["set-cookie"].startswith("__Host-steward=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]
        assert (await client.get("/open", headers=told | {"x-forwarded-proto": "http"})).status_code == 421
        foreign = told | {"origin": "http://steward.example"}
        assert (await client.post("/sign-in", headers=foreign)).status_code == 403


async def test_nobody_believes_a_proxy_that_is_not_trusted(door: Door):
    told = {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
    async with door.client() as client:
        assert (await client.get("/open", headers=told)).json()["address"] == "127.0.0.1"
        answer = await client.post("/sign-in", headers=told | {"origin": door.url})
    assert answer.headers["set-cookie"].startswith("steward=")


async def test_the_log_names_who_and_what_and_no_secret(door: Door, caplog: pytest.LogCaptureFixture):
    headers = await door.token(Right.READ)
    with caplog.at_level(logging.INFO, logger="steward.http"):
        async with door.client() as client:
            await client.get("/api/read?note=canary", headers=headers | {"user-agent": "spy"})
            await client.get("/%0anew line")
    text = caplog.text
    assert "GET /api/read 200" in text
    assert "token-" in text
    assert "canary" not in text
    assert headers["authorization"] not in text
    assert all("\n" not in record.getMessage() for record in caplog.records)
