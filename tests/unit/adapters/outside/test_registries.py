"""A real registry where one is installed; else, and for tokens and bad manners, a small server of its protocol."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from steward.adapters.outside.registries import RegistryAsker, RegistrySettings, _is_of_same_domain
from steward.model.question import TagsAnswer, TagsQuestion
from tests.suites.sshd import free_port

REGISTRY = shutil.which("docker-registry") or shutil.which("registry")
DIGEST = "sha256:" + "5" * 64
Tags = list[str]


async def ask(registry: str, tag: str = "1.2.0", repository: str = "home/app") -> TagsAnswer:
    question = TagsQuestion(registry=registry, repository=repository, tag=tag)
    return await RegistryAsker(RegistrySettings(answer_seconds=30.0)).ask(question)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if REGISTRY is None:
        pytest.skip("docker-registry is not installed")
    port, folder = free_port(), tmp_path_factory.mktemp("registry")
    config = folder / "config.yml"
    storage = {"filesystem": {"rootdirectory": str(folder / "data")}}
    settings = {"version": 0.1, "storage": storage, "http": {"addr": f"127.0.0.1:{port}"}}
    config.write_text(json.dumps(settings))
    log = (folder / "log").open("wb")
    with log, subprocess.Popen((REGISTRY, "serve", str(config)), stdout=log, stderr=log) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/v2/", folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(address: str, log: Path) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the registry does not answer: {log.read_text()[-500:]}")


def _send(method: str, address: str, body: bytes, kind: str) -> str:
    request = urllib.request.Request(address, data=body, method=method, headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.headers.get("Location", "")


def push(registry: str, tag: str, content: bytes) -> str:
    """Push an image of one small blob; return the sum of its manifest."""
    blob = "sha256:" + hashlib.sha256(content).hexdigest()
    place = _send("POST", f"{registry}/v2/home/app/blobs/uploads/", b"", "application/octet-stream")
    place += ("&" if "?" in place else "?") + f"digest={blob}"
    _send("PUT", place if "://" in place else registry + place, content, "application/octet-stream")
    kind = "application/vnd.oci.image.manifest.v1+json"
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": blob, "size": len(content)}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}).encode()
    _send("PUT", f"{registry}/v2/home/app/manifests/{tag}", manifest, kind)
    return "sha256:" + hashlib.sha256(manifest).hexdigest()


async def test_a_real_registry_tells_newer_tags_and_the_sum_of_the_one_in_use(real: str) -> None:
    sums = {tag: push(real, tag, tag.encode()) for tag in ("1.1.0", "1.2.0", "1.3.0", "2.0.0", "2.1.0-rc.1", "latest")}
    answer = await ask(real)
    assert (answer.newest, answer.newest_of_line, answer.is_whole) == ("2.0.0", "1.3.0", True)
    assert answer.digest == sums["1.2.0"]
    assert (await ask(real, tag="2.0.0")).newest == ""
    latest = await ask(real, tag="latest")
    assert (latest.newest, latest.digest) == ("", sums["latest"])


async def test_a_real_registry_that_does_not_know_the_image_says_so(real: str) -> None:
    assert (await ask(real, repository="home/other")).problem == "it does not know this image"


@asynccontextmanager
async def speaking(answer: Callable[[Request], Response]) -> AsyncGenerator[str, None]:
    """Serve HTTP on loopback."""
    listening = socket.create_server(("127.0.0.1", 0))

    async def handle(request: Request) -> Response:
        return answer(request)

    app = Starlette(routes=[Route("/{path:path}", handle, methods=["GET", "HEAD"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def page(request: Request, tags: Tags, link: str = "") -> Response:
    if "/manifests/" in request.url.path:
        assert request.method == "HEAD"
        return Response(headers={"Docker-Content-Digest": DIGEST})
    return JSONResponse({"name": "home/app", "tags": tags}, headers={"Link": link} if link else None)


async def test_a_token_that_anybody_is_given_is_fetched_and_used() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/token":
            assert request.query_params["scope"] == "repository:home/app:pull"
            assert request.query_params["service"] == "the registry"
            return JSONResponse({"token": "tok-1"})
        if request.headers.get("authorization") != "Bearer tok-1":
            realm = f'Bearer realm="{request.base_url}token",service="the registry",scope="x"'
            return Response(status_code=401, headers={"WWW-Authenticate": realm})
        return page(request, ["1.2.0", "1.2.1"])

    async with speaking(answer) as registry:
        found = await ask(registry)
    assert (found.newest, found.digest, found.problem) == ("1.2.1", DIGEST, "")
    tags = "GET /v2/home/app/tags/list"
    assert asked == [tags, "GET /token", tags, "HEAD /v2/home/app/manifests/1.2.0"]


async def test_pages_are_followed_in_the_registry_only() -> None:
    def answer(request: Request) -> Response:
        last = request.query_params.get("last")
        follows = '</v2/home/app/tags/list?last=a&n=1000>; rel="next"' if last is None else ""
        return page(request, ["1.2.0"] if last is None else ["1.4.0"], follows)

    def away(request: Request) -> Response:
        return page(request, ["1.2.1"], '<http://127.0.0.1:1/v2/x>; rel="next"')

    async with speaking(answer) as registry:
        found = await ask(registry)
    assert (found.newest, found.is_whole) == ("1.4.0", True)
    async with speaking(away) as registry:
        found = await ask(registry)
    assert (found.newest, found.is_whole) == ("1.2.1", False)


async def test_pages_without_an_end_are_left() -> None:
    seen: list[int] = []

    def answer(request: Request) -> Response:
        seen.append(1)
        return page(request, ["1.2.0"], '</v2/home/app/tags/list?last=a>; rel="next"')

    async with speaking(answer) as registry:
        assert not (await ask(registry)).is_whole
    assert len(seen) == 21


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda _: Response(status_code=401), "it asks for a login, and Steward gives none"),
        (
            lambda _: Response(status_code=401, headers={"WWW-Authenticate": 'Bearer realm="http://10.9.9.9/t"'}),
            "it asks for a login, and Steward gives none",
        ),
        (lambda _: Response(status_code=403), "it asks for a login, and Steward gives none"),
        (lambda _: Response(status_code=404), "it does not know this image"),
        (lambda _: Response(status_code=429), "it answers with HTTP 429"),
        (lambda _: RedirectResponse("http://127.0.0.1:1/"), "it sends elsewhere, which Steward does not follow"),
        (lambda _: Response("<html>"), "its answer cannot be read"),
        (lambda _: Response("[" * 100_000), "its answer cannot be read"),
        (lambda _: Response(b"x" * 5_000_000), "its answer is too long"),
        (
            lambda _: Response(b"x", headers={"Content-Encoding": "gzip"}),
            "it packs its answer, although it was asked not to",
        ),
    ],
)
async def test_bad_manners_are_told_and_not_followed(answer: Callable[[Request], Response], says: str) -> None:
    async with speaking(answer) as registry:
        found = await ask(registry)
    assert (found.problem, found.newest, found.digest) == (says, "", "")


@pytest.mark.parametrize("tags", [None, 3, {"a": 1}, [1, None, "1.3.0\r\nX: y", "../../x"]])
async def test_tags_that_are_none_are_left_out(tags: Tags) -> None:
    async with speaking(lambda request: page(request, tags)) as registry:
        found = await ask(registry)
    assert (found.newest, found.digest) == ("", DIGEST)


async def test_nobody_there_is_told() -> None:
    found = await ask(f"http://127.0.0.1:{free_port()}")
    assert (found.is_reached, found.problem) == (False, "it cannot be reached: ConnectError")


async def test_what_is_no_name_is_not_asked_for() -> None:
    assert "cannot be asked for" in (await ask("http://127.0.0.1:1", repository="../x?y=z")).problem
    assert "cannot be asked for" in (await ask("http://127.0.0.1:1", tag="1/../2")).problem


@pytest.mark.parametrize(
    ("realm", "base", "is_right"),
    [
        ("https://auth.docker.io/token", "https://registry-1.docker.io", True),
        ("https://gitlab.com/jwt/auth", "https://registry.gitlab.com", True),
        ("https://ghcr.io/token", "https://ghcr.io", True),
        ("https://registry.lan:5001/auth", "http://registry.lan:5000", True),
        ("http://auth.docker.io/token", "https://registry-1.docker.io", False),
        ("https://evil-docker.io/token", "https://registry-1.docker.io", False),
        ("https://ghcr.io/token", "https://lscr.io", False),
        ("https://other.io/token", "https://ghcr.io", False),
        ("https://auth.docker.io:8443/token", "https://registry-1.docker.io", False),
        ("https://me@auth.docker.io/token", "https://registry-1.docker.io", False),
        ("https://192.168.1.1/token", "https://192.168.1.5", False),
        ("https://[::1", "https://ghcr.io", False),
        ("", "https://ghcr.io", False),
    ],
)
def test_a_token_is_fetched_from_the_same_domain_only(realm: str, base: str, *, is_right: bool) -> None:
    assert _is_of_same_domain(realm, base) is is_right
