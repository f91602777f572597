"""Whether a request was made by one of our own pages: a browser sends cookies along with other people's requests too.

`SameSite`, `Sec-Fetch-Site`, `Origin` and the token of the form each would do alone; all of them are asked.
"""

from __future__ import annotations

import hmac

from starlette.requests import Request

from steward.core.routes import Caller
from steward.model.errors import NotAllowed
from steward.surfaces.http.site import Link, Scope, Site, values
from steward.surfaces.http.table import SAFE

HEADER = "x-csrf-token"
FIELD = "csrf"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS = 100
_MOST_FILES = 4


class Forged(NotAllowed):
    """The request was not made by one of our own pages, or not by this session's."""


def refuse_foreign(scope: Scope, link: Link, site: Site) -> None:
    """Refuse a request that a page of somebody else made, for whoever is known by a cookie or signs in.

    Raises:
        Forged: that is so, or cannot be told.
    """
    fetched = values(scope, b"sec-fetch-site")
    origins = values(scope, b"origin")
    is_safe = scope["method"] in SAFE
    if fetched and (len(fetched) != 1 or not _is_ours(fetched[0], scope, is_safe=is_safe)):
        raise _foreign()
    if origins and (len(origins) != 1 or origins[0].lower() not in {link.origin, site.public_origin} - {""}):
        raise _foreign()
    if not is_safe and not fetched and not origins:
        raise _foreign()


async def refuse_without_token(request: Request, caller: Caller) -> None:
    """Refuse to do anything for a session whose form or script does not carry its token.

    Raises:
        Forged: it is missing, or was that of another session.
    """
    given = request.headers.getlist(HEADER)
    content = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not given and content in _FORMS:
        form = await request.form(max_fields=_MOST_FIELDS, max_files=_MOST_FILES)
        given = [value for value in form.getlist(FIELD) if isinstance(value, str)]
    if len(given) != 1 or not hmac.compare_digest(given[0].encode(), caller.csrf.encode()):
        step = "load the page again, then send it once more"
        raise Forged("the form does not belong to this session", next_step=step)


def _is_ours(fetched: str, scope: Scope, *, is_safe: bool) -> bool:
    """Tell whether the browser says the request is ours; following a link to a page from elsewhere is fine."""
    if fetched in {"same-origin", "none"}:
        return True
    return (
        is_safe
        and values(scope, b"sec-fetch-mode") == ["navigate"]
        and values(scope, b"sec-fetch-dest") == ["document"]
    )


def _foreign() -> Forged:
    return Forged("the request was not made by a page of this Steward", next_step="open the page here and try again")
