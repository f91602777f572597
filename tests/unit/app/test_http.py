"""Where Steward listens: on this machine by itself, beyond it only when nobody can read along and somebody owns it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest

from steward.app import http
from steward.app.http import Listener, refuse_open_house, site_of
from steward.app.listen import read_http
from steward.app.ways import read_ways
from steward.model.errors import InvalidInput, NotAllowed
from tests.suites.sshd import free_port


def settings(**given: str) -> Any:
    return read_http({f"STEWARD_{name}": value for name, value in given.items()})


def steward(port: int, *, is_owned: bool = True, host: str = "127.0.0.1") -> Any:
    async def owned() -> bool:
        return is_owned

    return SimpleNamespace(
        settings=SimpleNamespace(http=settings(LISTEN=f"{host}:{port}"), ways=read_ways({})),
        access=SimpleNamespace(is_owned=owned),
        redactor=SimpleNamespace(json=lambda value: value),
    )


@pytest.fixture
def no_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "routes", lambda _steward: ())
    monkeypatch.setattr(http, "problem_page", lambda _steward: None)
    monkeypatch.setattr(http, "_RETRY_SECONDS", 0.1)


async def until(said: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not said():
            await asyncio.sleep(0.02)


async def answers(port: int) -> bool:
    async with httpx2.AsyncClient() as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/")).status_code == 404
        except httpx2.TransportError:
            return False


@pytest.mark.parametrize("text", ["8787", "localhost", ":8787", "127.0.0.1:x", "127.0.0.1:99999", "::1:8787", ""])
def test_an_address_that_cannot_be_read_is_an_error(text: str):
    with pytest.raises(InvalidInput):
        settings(LISTEN=text)


def test_it_can_be_turned_off_and_listens_on_this_machine_otherwise():
    assert not settings(LISTEN="off").is_on
    assert (settings().host, settings().port) == ("127.0.0.1", 8787)
    assert settings(LISTEN="[::1]:80").host == "::1"


@pytest.mark.parametrize(
    "given", [{"TLS_CERT": "/a"}, {"TLS_KEY": "/a"}, {"PUBLIC_URL": "steward"}, {"PUBLIC_URL": "https://a?b"}]
)
def test_settings_that_do_not_go_together_are_an_error(given: dict[str, str]):
    with pytest.raises(InvalidInput):
        settings(**given)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "[::1]", "localhost"])
def test_on_this_machine_it_listens_with_and_without_an_owner(host: str):
    refuse_open_house(settings(LISTEN=f"{host}:1"), is_owned=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "[::]", "steward.lan"])
@pytest.mark.parametrize("is_owned", [True, False])
def test_beyond_it_needs_encryption_and_an_owner(host: str, is_owned: bool):
    bare = settings(LISTEN=f"{host}:1")
    with pytest.raises(NotAllowed):
        refuse_open_house(bare, is_owned=is_owned)
    for more in ({"TLS_CERT": "/a", "TLS_KEY": "/b"}, {"TRUSTED_PROXIES": "10.0.0.1"}):
        safe = settings(LISTEN=f"{host}:1", **more)
        if is_owned:
            refuse_open_house(safe, is_owned=True)
        else:
            with pytest.raises(NotAllowed):
                refuse_open_house(safe, is_owned=False)


def test_it_answers_to_its_own_names_and_those_it_was_told():
    site = site_of(settings(LISTEN="192.168.1.2:80", PUBLIC_URL="https://Steward.example:8443", HOSTS="a.lan, B.lan"))
    assert {"localhost", "127.0.0.1", "192.168.1.2", "steward.example", "a.lan", "b.lan"} <= site.hosts
    assert site.public_origin == "https://steward.example:8443"


async def test_a_taken_port_is_told_once_and_taken_when_it_is_free(no_routes: None, caplog: pytest.LogCaptureFixture):
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    running = asyncio.create_task(Listener(cast("Any", steward(port))).run())
    await until(lambda: "cannot listen" in caplog.text)
    await asyncio.sleep(0.3)
    assert caplog.text.count("cannot listen") == 1
    assert "STEWARD_LISTEN" in caplog.text
    taken.close()
    async with asyncio.timeout(30):
        while not await answers(port):
            await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not await answers(port)


async def test_a_house_open_to_others_is_not_served_and_says_what_is_missing(
    no_routes: None, caplog: pytest.LogCaptureFixture
):
    port = free_port()
    running = asyncio.create_task(Listener(cast("Any", steward(port, host="0.0.0.0"))).run())
    await until(lambda: "STEWARD_TLS_CERT" in caplog.text)
    assert not await answers(port)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_certificate_that_cannot_be_used_is_told(
    no_routes: None, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    (tmp_path / "c").write_text("no certificate")
    made = steward(free_port())
    made.settings.http = settings(LISTEN=f"127.0.0.1:{free_port()}", TLS_CERT=f"{tmp_path}/c", TLS_KEY=f"{tmp_path}/c")
    running = asyncio.create_task(Listener(cast("Any", made)).run())
    await until(lambda: "certificate" in caplog.text)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_people_may_reach_it_below_a_path():
    at = settings(PUBLIC_URL="https://home.example/steward/")
    assert (at.public_url, at.base) == ("https://home.example/steward", "/steward")
    site = site_of(at)
    assert (site.public_origin, site.base) == ("https://home.example", "/steward")
    assert "home.example" in site.hosts


@pytest.mark.parametrize(
    "url",
    [
        "https://home.example/a//b",
        "https://home.example/../a",
        "https://home.example/a b",
        "https://home.example/a?b",
        "https://home.example/a#b",
        "https://me@home.example/a",
        "https://home.example/%2e%2e",
        "ftp://home.example/a",
        "/steward",
    ],
)
def test_an_address_that_is_more_than_a_host_and_a_path_is_refused(url: str):
    with pytest.raises(InvalidInput, match="PUBLIC_URL"):
        settings(PUBLIC_URL=url)
