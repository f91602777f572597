"""Who a proxy says it let in: a header that anybody could write, believed of the very proxies the owner listed."""

from __future__ import annotations

from steward.core.forwarded import Forwarded
from steward.core.routes import SESSION, Caller
from steward.model.errors import InvalidInput, NotAllowed
from steward.surfaces.http.credentials import Unknown
from steward.surfaces.http.site import Link, Scope, Site, is_in, values

_LONGEST = 200


def name_from_proxy(scope: Scope, site: Site) -> str:
    """Return whom the proxy says it let in, or an empty text when it names nobody or is not asked to.

    Raises:
        NotAllowed: somebody else sent the header. It is not passed over: whoever sends it has something in mind.
        InvalidInput: it came twice, or cannot be a name.
    """
    rule = site.forwarding
    given = values(scope, rule.header.lower().encode()) if rule is not None else []
    if rule is None or not given:
        return ""
    peer = str((scope.get("client") or ("",))[0])
    if not is_in(peer, site.proxies) or not is_in(peer, rule.proxies):
        step = "leave the header out; the owner lists the proxy in STEWARD_TRUSTED_PROXIES and in FORWARD_AUTH_PROXIES"
        why = "it is believed of listed proxies only, and this request comes straight from another address"
        raise NotAllowed(f"the header {rule.header} is not accepted", why=why, next_step=step)
    if len(given) != 1:
        step = f"let the proxy replace what a client sends as {rule.header}"
        raise InvalidInput(f"the header {rule.header} came more than once", next_step=step)
    name = given[0].strip()
    if len(name) > _LONGEST or not name.isprintable():
        raise InvalidInput(f"the header {rule.header} holds no name")
    return name


class Doorman:
    """Lets in whoever a proxy names, where a page is opened without a session or with somebody else's."""

    def __init__(self, forwarded: Forwarded) -> None:
        self._forwarded = forwarded

    async def admit(self, scope: Scope, link: Link, name: str, *, opens_page: bool) -> Caller:
        """Open a session for whoever is named, and let the browser hold it.

        Raises:
            Unknown: what is asked for is no whole page.
            NotAllowed: nobody here is called so, or they are shut out.
        """
        if not opens_page or values(scope, b"sec-fetch-dest") not in ([], ["document"]):
            raise Unknown("this needs a session", next_step="open the page again")
        agent = ",".join(values(scope, b"user-agent"))
        signed_in = await self._forwarded.sign_in(name, address=link.address, agent=agent)
        scope[SESSION] = signed_in.cookie
        return signed_in.caller

    async def is_another(self, caller: Caller, name: str) -> bool:
        """Tell whether this is the session of somebody else than the proxy names."""
        return bool(caller.csrf) and not await self._forwarded.is_same(caller, name)
