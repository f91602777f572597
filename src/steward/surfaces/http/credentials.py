"""What a request carries to say who calls; a bearer token and a cookie are never mixed."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from steward.core.access import Access
from steward.core.routes import Caller, Open, Permission
from steward.model.access import SESSION_LASTS
from steward.model.errors import InvalidInput, NotAllowed
from steward.surfaces.http.site import Link, Scope, values

_IN_QUERY = frozenset({"access_token", "token", "api_key", "apikey", "authorization", "password", "csrf"})
_COOKIE, _HOST_COOKIE = "steward", "__Host-steward"


class Unknown(NotAllowed):
    """Nobody knows who calls: no credential, or one that is not accepted."""


def refuse_in_query(scope: Scope) -> None:
    """Refuse a credential in the address: addresses end up in logs and histories.

    Raises:
        InvalidInput: there is one; it is not repeated.
    """
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name.lower() in _IN_QUERY or value.startswith("stw_"):
            step = "send it as `Authorization: Bearer ...`, make a new one and revoke this one"
            raise InvalidInput("a credential in the address is not accepted", next_step=step)


async def caller_of(scope: Scope, link: Link, access: Access, permission: Permission, *, is_page: bool) -> Caller:
    """Find out who calls.

    On an open page a session that is over counts as none; elsewhere it is refused.

    Raises:
        Unknown: nobody, or not accepted.
        TooMany: too many wrong credentials from there.
    """
    nobody = Caller(principal=None, address=link.address)
    if permission is Open.SIGNED or (permission is Open.PUBLIC and not is_page):
        return nobody
    given = values(scope, b"authorization")
    if given and permission is not Open.PUBLIC:
        return await _by_bearer(given, link, access, is_page=is_page)
    cookie = cookie_of(scope, link)
    if cookie:
        try:
            return await access.by_cookie(cookie, address=link.address)
        except NotAllowed as error:
            if permission is not Open.PUBLIC:
                raise Unknown(error.what, next_step=error.next_step) from error
            return nobody
    if permission is Open.PUBLIC:
        return nobody
    raise Unknown("this needs to know who calls", next_step="sign in" if is_page else "send a bearer token")


async def _by_bearer(given: list[str], link: Link, access: Access, *, is_page: bool) -> Caller:
    if is_page:
        raise Unknown("pages take sessions, not tokens", next_step="programs use /api/v1")
    scheme, _, value = given[0].partition(" ")
    if len(given) != 1 or scheme.lower() != "bearer":
        raise Unknown("the credential cannot be read", next_step="send one `Authorization: Bearer ...`")
    try:
        return await access.by_token(value.strip(), address=link.address)
    except NotAllowed as error:
        raise Unknown(error.what, next_step=error.next_step) from error


def cookie_of(scope: Scope, link: Link) -> str:
    """Return the session cookie of a request; one of another kind of link does not count."""
    try:
        jar = SimpleCookie("; ".join(values(scope, b"cookie")))
    except CookieError:
        return ""
    found = jar.get(_name(link))
    return found.value if found is not None else ""


def set_cookie(cookie: str, link: Link) -> str:
    """Return the `Set-Cookie` that keeps a session cookie, or that forgets it when it is empty.

    `__Host-` binds it to this host over TLS; plain HTTP, and so the plain name, exists on loopback only. `Lax`, so
    that a link in a message opens signed in; what changes something is guarded by `forgery` besides.
    """
    secure = "; Secure" if link.is_encrypted else ""
    lasts = int(SESSION_LASTS.total_seconds()) if cookie else 0
    return f"{_name(link)}={cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lasts}{secure}"


def _name(link: Link) -> str:
    return _HOST_COOKIE if link.is_encrypted else _COOKIE
