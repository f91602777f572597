"""Registries of images, asked for tags and sums over the OCI distribution API; without a login, and only reading."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import httpx2

from steward.lib.record import record
from steward.model.image_tags import DOCKER_HUB, has_scheme, newest_tags
from steward.model.question import TagsAnswer, TagsQuestion

_HUB = "registry-1.docker.io"
_MOST_BYTES = 4 * 1024 * 1024
_MOST_PAGES = 20
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[a-z0-9][a-z0-9._/-]{0,254}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_PART = re.compile(r'([a-z]+)="([^"]{0,500})"')
_NEXT = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="?next"?')
_MANIFESTS = ", ".join(
    f"application/{kind}+json"
    for kind in (
        "vnd.oci.image.index.v1",
        "vnd.docker.distribution.manifest.list.v2",
        "vnd.oci.image.manifest.v1",
        "vnd.docker.distribution.manifest.v2",
    )
)


@record
class RegistrySettings:
    """Settings of the look at registries."""

    answer_seconds: float = 10.0
    """Longest to wait for the next part of an answer."""


class _Refused(Exception):
    """The registry gives no answer that can be used; the text says why."""


class RegistryAsker:
    """Reads what anybody may read; follows no redirection and gives no name and no password to anybody."""

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings

    async def ask(self, question: TagsQuestion) -> TagsAnswer:
        """Return which tags are newer, and what the tag in use stands for now."""
        if not _REPOSITORY.fullmatch(question.repository) or not _TAG.fullmatch(question.tag):
            return TagsAnswer(question=question, problem="the name of the image cannot be asked for")
        try:
            async with httpx2.AsyncClient(
                timeout=self._settings.answer_seconds,
                follow_redirects=False,
                trust_env=False,
                headers={"User-Agent": "steward", "Accept-Encoding": "identity"},
            ) as client:
                return await _Visit(client, question).answer()
        except _Refused as reason:
            return TagsAnswer(question=question, problem=str(reason))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            why = f"it cannot be reached: {type(error).__name__}"
            return TagsAnswer(question=question, is_reached=False, problem=why)


class _Visit:
    """One image of one registry."""

    def __init__(self, client: httpx2.AsyncClient, question: TagsQuestion) -> None:
        self._client = client
        self._question = question
        host = question.registry.removeprefix("http://")
        scheme = "http" if host != question.registry else "https"
        self._base = f"{scheme}://{_HUB if host == DOCKER_HUB else host}"
        self._token = ""

    async def answer(self) -> TagsAnswer:
        tags, is_whole = await self._tags() if has_scheme(self._question.tag) else ([], True)
        newest, of_line = newest_tags(self._question.tag, tags)
        digest = await self._digest()
        return TagsAnswer(
            question=self._question, newest=newest, newest_of_line=of_line, digest=digest, is_whole=is_whole
        )

    async def _tags(self) -> tuple[list[str], bool]:
        """Return the tags, page by page, and whether these were all."""
        found: list[str] = []
        address = f"{self._base}/v2/{self._question.repository}/tags/list?n=1000"
        for _ in range(_MOST_PAGES):
            headers, body = await self._asked("GET", address)
            listed = _object(body).get("tags")
            names = cast("list[object]", listed) if isinstance(listed, list) else []
            found += [name for name in names if isinstance(name, str) and _TAG.fullmatch(name)]
            follows = _NEXT.search(headers.get("link", ""))
            if follows is None:
                return found, True
            address = urljoin(address, follows[1])
            if not address.startswith(f"{self._base}/v2/"):
                break
        return found, False

    async def _digest(self) -> str:
        """Return the sum of what the tag stands for; asking for the head alone counts as no pull."""
        address = f"{self._base}/v2/{self._question.repository}/manifests/{self._question.tag}"
        headers, _ = await self._asked("HEAD", address)
        digest = headers.get("docker-content-digest", "")
        return digest if _DIGEST.fullmatch(digest) else ""

    async def _asked(self, method: str, address: str) -> tuple[Mapping[str, str], bytes]:
        status, headers, body = await self._sent(method, address)
        if status == 401 and not self._token:
            self._token = await self._fetched(headers.get("www-authenticate", ""))
            status, headers, body = await self._sent(method, address)
        if status == 200:
            return headers, body
        if status in {401, 403}:
            raise _Refused("it asks for a login, and Steward gives none")
        if 300 <= status < 400:
            raise _Refused("it sends elsewhere, which Steward does not follow")
        raise _Refused("it does not know this image" if status == 404 else f"it answers with HTTP {status}")

    async def _fetched(self, challenge: str) -> str:
        """Fetch the token that anybody is given, from the registry itself or from a host of the same domain."""
        parts = dict(_PART.findall(challenge)) if challenge.lower().startswith("bearer ") else {}
        realm = parts.get("realm", "")
        if not _is_of_same_domain(realm, self._base):
            raise _Refused("it asks for a login, and Steward gives none")
        wanted = {"service": parts.get("service", ""), "scope": f"repository:{self._question.repository}:pull"}
        status, _, body = await self._sent("GET", str(httpx2.URL(realm, params=wanted)))
        told = _object(body) if status == 200 else {}
        token = told.get("token") or told.get("access_token")
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,8192}", token):
            raise _Refused("it asks for a login, and Steward gives none")
        return token

    async def _sent(self, method: str, address: str) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Accept": _MANIFESTS} if method == "HEAD" else {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        async with self._client.stream(method, address, headers=headers) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise _Refused("it packs its answer, although it was asked not to")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > _MOST_BYTES:
                    raise _Refused("its answer is too long")
            return response.status_code, response.headers, bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Refused("its answer cannot be read") from error
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _is_of_same_domain(realm: str, base: str) -> bool:
    """Tell whether a token may be fetched there: `auth.docker.io` for `registry-1.docker.io`, never another domain."""
    try:
        one, other = urlsplit(realm), urlsplit(base)
        ports = one.port, other.port
    except ValueError:
        return False
    if one.scheme not in {"https", other.scheme} or not one.hostname or not other.hostname or one.username:
        return False
    if one.hostname == other.hostname:
        return True
    _, _, domain = other.hostname.partition(".")
    is_domain = "." in domain and not domain.replace(".", "").isdigit()
    return is_domain and ports == (None, None) and f".{one.hostname}".endswith(f".{domain}")


PLUGIN = RegistryAsker
