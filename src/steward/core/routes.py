"""What a way in over HTTP is made of: routes that each say which right they need, and who calls them.

The front door (`surfaces/http`) finds out who calls, checks the right and only then calls the handler. A surface
lists its routes and holds no check of its own; a route that names no permission cannot be written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from steward.model.access import Right
from steward.model.principal import Principal


class Open(StrEnum):
    """Permissions of routes that know no principal."""

    PUBLIC = "public"
    """Anybody: liveness, version, the sign-in page, style sheets. Tells nothing about the lab."""
    SIGNED = "signed"
    """Whoever signs the request: a webhook. The handler checks the signature before it uses the body."""


Permission = Right | Open


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who makes a request."""

    principal: Principal | None
    """None for an open route called by nobody in particular."""
    credential: str = ""
    """Id of the token or session, so that a stream ends when it is revoked; empty without one."""
    csrf: str = ""
    """Token that forms of this session must carry; empty without a session."""
    address: str = ""
    """Address of the client, the real one behind a trusted proxy."""
    nonce: str = ""
    """Nonce of this response's content security policy."""
    base: str = ""
    """Path below which a proxy serves everything, such as `/steward`; empty at the root."""
    is_live: Callable[[], Awaitable[bool]] | None = None
    """Tells whether the credential still holds; a stream asks every half second and ends when it does not."""

    @property
    def known(self) -> Principal:
        """The principal, on a route that needs a right.

        Raises:
            LookupError: the route is an open one.
        """
        if self.principal is None:
            msg = "an open route has no principal"
            raise LookupError(msg)
        return self.principal


Handler = Callable[[Any, Caller], Awaitable[Any]]
"""Takes a Starlette request and its caller, gives a Starlette response."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One address of the HTTP server."""

    path: str
    """Path with parameters in Starlette's form: `/api/v1/runs/{run}`."""
    methods: tuple[str, ...]
    """HTTP methods, without HEAD (added for GET)."""
    permission: Permission
    """What the caller must hold."""
    handler: Handler
    """Answers it; called after authentication and the check of the right."""
    is_page: bool = False
    """Whether people open it in a browser: without a session they are sent to sign in, errors are pages, sessions
    count, and unsafe methods need the session's CSRF token. Other routes take bearer tokens (or a session of the
    same origin)."""
    most_bytes: int = 1_048_576
    """Largest body that is read."""


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A whole ASGI application below a path, all of it behind one permission; its scope has `steward.caller`."""

    path: str
    """Prefix: `/mcp`."""
    permission: Permission
    """What the caller must hold."""
    application: Any
    """ASGI application."""


ORIGIN = "steward.origin"
"""Key of the request's scope under which the front door leaves the origin that people see this Steward at."""


def origin_of(request: Any) -> str:
    """Return the origin that people see this Steward at: the public one where there is one, else of this very link."""
    return str(request.scope.get(ORIGIN, ""))


SESSION = "steward.session"
"""Key of the request's scope under which a handler leaves the session cookie that the front door then sets."""


def keep_session(request: Any, cookie: str) -> None:
    """Let the browser hold this session cookie from this answer on; an empty one makes it forget its session."""
    request.scope[SESSION] = cookie
