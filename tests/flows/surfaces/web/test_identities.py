"""Coming in through a real provider over real HTTP: signing in, joining, linking, proving, and failing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from steward.app.ways import read_ways
from steward.core.owner import OWNER
from steward.model.access import Right, Role
from steward.model.risk import Strength
from tests.flows.house import House
from tests.flows.served import served
from tests.suites.oidc_provider import Provider, asked, running
from tests.suites.sshd import free_port
from tests.web.place import PASSWORD

ROLES = {"STEWARD_OIDC_GROUPS_CLAIM": "groups", "STEWARD_OIDC_ROLES": "admins=operator,family=viewer"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as made:
        yield made


@dataclass(kw_only=True)
class Browser:
    """One browser, with a jar for its cookies."""

    client: httpx2.AsyncClient
    provider: Provider
    house: House

    async def get(self, path: str) -> httpx2.Response:
        """Open a page."""
        return await self.client.get(path, headers={"accept": "text/html"})

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form as a page of ours would."""
        origin = str(self.client.base_url).rstrip("/")
        return await self.client.post(path, data=fields, headers={"origin": origin, "accept": "text/html"})

    async def sign_in(self, name: str = "owner") -> None:
        """Sign in with a password, so long ago that it proves nothing now."""
        assert (await self.post("/sign-in", name=name, password=PASSWORD)).status_code == 303
        self.house.clock.pass_time(timedelta(minutes=6))

    async def csrf(self) -> str:
        """Return the token that the forms of this session carry."""
        return (await self.get("/settings/identity")).text.partition('name="csrf" value="')[2].partition('"')[0]

    async def begin(self, path: str = "/oidc/start", **fields: str) -> str:
        """Begin; return where the browser is led."""
        answer = await self.post(path, **fields)
        assert answer.status_code == 200, answer.text
        address = answer.headers["refresh"].partition("url=")[2]
        assert address.startswith(self.provider.issuer)
        return address

    async def come_back(self, address: str) -> httpx2.Response:
        """Open the address that the provider sends the browser to."""
        assert urlsplit(address).path == "/oidc/callback"
        return await self.get(address)

    async def come_in(self, subject: str, **fields: str) -> httpx2.Response:
        """All of it, in a browser that nobody is signed in in: begin, sign in there, come back."""
        self.client.cookies.delete("steward") if "steward" in self.client.cookies else None
        return await self.come_back(self.provider.approve(await self.begin(**fields), subject))

    async def whoami(self) -> Any:
        """Return who is signed in in this browser."""
        cookie = self.client.cookies.get("steward") or ""
        return (await self.house.steward.access.by_cookie(cookie, address="127.0.0.1")).known


@asynccontextmanager
async def opened(house: House, provider: Provider, **given: str) -> AsyncIterator[Browser]:
    await house.close()
    secret = house.folder / "oidc-secret"
    secret.write_text("only the provider knows: %&+\n", "utf-8")
    variables = {
        "STEWARD_OIDC_ISSUER": provider.issuer,
        "STEWARD_OIDC_CLIENT_ID": "steward",
        "STEWARD_OIDC_CLIENT_SECRET_FILE": str(secret),
    }
    ways = read_ways({**variables, "STEWARD_OIDC_NAME": "Home ID", **given})
    house.settings = replace(house.settings, ways=ways)
    await house.open()
    await house.steward.owner.set(PASSWORD)
    async with served(house) as api, new_browser(house, provider, api.port) as browser:
        yield browser


@asynccontextmanager
async def new_browser(house: House, provider: Provider, port: int) -> AsyncIterator[Browser]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield Browser(client=client, provider=provider, house=house)


@pytest.fixture
async def browser(house: House, provider: Provider) -> AsyncIterator[Browser]:
    async with opened(house, provider) as browser:
        yield browser


async def invited(browser: Browser, name: str, role: Role = Role.OPERATOR) -> Any:
    access = browser.house.steward.access
    code = await access.people.invite(OWNER, role)
    return await access.accept(code, name=name, password=PASSWORD, address="127.0.0.1", agent="test")


async def link(browser: Browser, subject: str, name: str = "owner") -> None:
    await browser.sign_in(name)
    token = await browser.csrf()
    address = await browser.begin("/settings/identity/link", csrf=token, password=PASSWORD)
    answer = await browser.come_back(browser.provider.approve(address, subject))
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/identity")


async def test_an_account_that_is_nobody_here_opens_nothing_whatever_it_is_called(browser: Browser):
    await invited(browser, "anna")
    browser.provider.know(
        "s-1", preferred_username="anna", name="owner", email="anna@home.example", email_verified=True
    )
    assert "Sign in with Home ID" in (await browser.get("/sign-in")).text
    answer = await browser.come_in("s-1")
    assert answer.status_code == 403
    assert "nobody here" in main(answer)
    assert "steward" not in browser.client.cookies


async def test_what_goes_to_the_provider_is_bound_to_this_try_and_tells_nothing(browser: Browser):
    first, second = asked(await browser.begin()), asked(await browser.begin())
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"{browser.client.base_url}/oidc/callback".replace("//oidc", "/oidc")
    assert first["scope"] == "openid profile"
    for field in ("state", "nonce", "code_challenge"):
        assert len(first[field]) == 43
        assert first[field] != second[field]
    assert "prompt" not in first


async def test_somebody_links_their_account_and_signs_in_with_it_and_has_proven_nothing(browser: Browser):
    await invited(browser, "anna")
    await link(browser, "s-2", "anna")
    browser.client.cookies.clear()
    answer = await browser.come_in("s-2", next="/approvals")
    assert (answer.status_code, answer.headers["location"]) == (303, "/approvals")
    who = await browser.whoami()
    assert (who.name, who.strength) == ("anna", Strength.SESSION)
    assert (await browser.get("/approvals")).status_code == 200


async def test_linking_needs_the_password(browser: Browser):
    await browser.sign_in()
    answer = await browser.post("/settings/identity/link", csrf=await browser.csrf())
    assert answer.status_code == 403
    assert "refresh" not in answer.headers


async def test_an_account_is_one_person_only(browser: Browser):
    await link(browser, "s-3")
    await invited(browser, "berta")
    browser.client.cookies.clear()
    await browser.sign_in("berta")
    address = await browser.begin("/settings/identity/link", csrf=await browser.csrf(), password=PASSWORD)
    answer = await browser.come_back(browser.provider.approve(address, "s-3"))
    assert answer.status_code == 409


async def test_an_invitation_is_accepted_with_an_account_and_no_password(browser: Browser):
    access = browser.house.steward.access
    code = await access.people.invite(OWNER, Role.VIEWER)
    wrong = await browser.post("/oidc/start", code="0000", name="clara")
    assert wrong.status_code == 403
    assert 'name="code"' in wrong.text
    answer = await browser.come_in("s-4", code=code, name="clara")
    assert answer.status_code == 303
    who = await browser.whoami()
    assert (who.name, set(who.rights), who.strength) == ("clara", set(Role.VIEWER.rights), Strength.SESSION)
    browser.client.cookies.clear()
    for password in ("", "x", PASSWORD):
        assert (await browser.post("/sign-in", name="clara", password=password)).status_code == 403
    again = await browser.post("/oidc/start", code=code, name="dora")
    assert again.status_code == 403


async def test_whoever_has_no_password_proves_at_the_provider_and_only_freshly(browser: Browser):
    code = await browser.house.steward.access.people.invite(OWNER, Role.OPERATOR)
    await browser.come_in("s-5", code=code, name="emil")
    began = browser.house.clock.now()
    token = await browser.csrf()
    address = await browser.begin("/settings/identity/prove", csrf=token, next="/approvals")
    assert (asked(address)["prompt"], asked(address)["max_age"]) == ("login", "0")
    browser.provider.know("s-5", auth_time=int((began - timedelta(minutes=5)).timestamp()))
    stale = await browser.come_back(browser.provider.approve(address, "s-5"))
    assert stale.status_code == 403
    assert (await browser.whoami()).strength is Strength.SESSION
    browser.provider.know("s-5", auth_time=int(began.timestamp()))
    another = await browser.begin("/settings/identity/prove", csrf=token, next="/approvals")
    assert (await browser.come_back(browser.provider.approve(another, "s-6"))).status_code == 403
    before = browser.client.cookies.get("steward")
    address = await browser.begin("/settings/identity/prove", csrf=token, next="/approvals")
    answer = await browser.come_back(browser.provider.approve(address, "s-5"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/approvals")
    assert (await browser.whoami()).strength is Strength.STEP_UP
    assert browser.client.cookies.get("steward") != before


async def test_the_provider_never_proves_the_owner(browser: Browser):
    await link(browser, "s-7")
    browser.house.clock.pass_time(timedelta(minutes=6))
    answer = await browser.post("/settings/identity/prove", csrf=await browser.csrf())
    assert answer.status_code == 403
    assert "Prove it at Home ID</button>" not in (await browser.get("/settings/identity")).text


async def test_a_try_serves_once_in_the_browser_that_began_it_and_for_ten_minutes(browser: Browser, provider: Provider):
    await link(browser, "s-8")
    port = urlsplit(str(browser.client.base_url)).port or 0
    browser.client.cookies.clear()
    back = provider.approve(await browser.begin(), "s-8")
    async with new_browser(browser.house, provider, port) as other:
        assert (await other.come_back(back)).status_code == 403
        await other.begin()
        assert (await other.come_back(back)).status_code == 403
        assert "steward" not in other.client.cookies
    held = dict(browser.client.cookies.items())
    assert (await browser.come_back(back)).status_code == 303
    browser.client.cookies.clear()
    for name, value in held.items():
        browser.client.cookies.set(name, value)
    assert (await browser.come_back(back)).status_code == 403
    late = provider.approve(await browser.begin(), "s-8")
    browser.house.clock.pass_time(timedelta(minutes=11))
    assert (await browser.come_back(late)).status_code == 403


async def test_linking_is_finished_by_the_session_that_began_it(browser: Browser):
    await invited(browser, "frida")
    await browser.sign_in("frida")
    address = await browser.begin("/settings/identity/link", csrf=await browser.csrf(), password=PASSWORD)
    back = browser.provider.approve(address, "s-9")
    browser.client.cookies.delete("steward")
    assert (await browser.come_back(back)).status_code == 403
    await browser.sign_in("owner")
    assert await browser.house.steward.identities.of(OWNER) == ()  # type: ignore[union-attr]


async def test_a_refusal_is_told_in_our_words_and_nothing_is_repeated(browser: Browser):
    address = await browser.begin()
    back = browser.provider.refuse(address)
    told = await browser.come_back(f"{back}&state={asked(address)['state']}")  # this provider forgets to say it
    assert told.status_code == 403
    assert "was called off there" in main(told)
    evil = "<script>alert(1)</script>"
    address = await browser.begin()
    back = f"/oidc/callback?state={asked(address)['state']}&error={evil}&error_description={evil}"
    told = await browser.get(back)
    assert told.status_code == 403
    assert "alert(1)" not in told.text


@pytest.mark.parametrize("change", [{"code": "made-up"}, {"state": "made-up"}, {"iss": "https://other.example"}])
async def test_what_is_changed_on_the_way_back_opens_nothing(browser: Browser, change: Mapping[str, str]):
    await link(browser, "s-10")
    browser.client.cookies.clear()
    back = urlsplit(browser.provider.approve(await browser.begin(), "s-10"))
    fields = {**asked(f"{back.path}?{back.query}"), **change}
    answer = await browser.client.get(back.path, params=fields)
    assert answer.status_code == 403
    assert "steward" not in browser.client.cookies


async def test_an_account_that_is_unlinked_signs_nobody_in_and_the_last_way_in_is_kept(browser: Browser):
    await invited(browser, "gerd")
    await link(browser, "s-11", "gerd")
    token = await browser.csrf()
    assert (await browser.post("/settings/identity/unlink", csrf=token, subject="s-11")).status_code == 303
    browser.client.cookies.clear()
    assert (await browser.come_in("s-11")).status_code == 403
    code = await browser.house.steward.access.people.invite(OWNER, Role.OPERATOR)
    await browser.come_in("s-12", code=code, name="hans")
    browser.provider.know("s-12", auth_time=int(browser.house.clock.now().timestamp()))
    address = await browser.begin("/settings/identity/prove", csrf=await browser.csrf())
    await browser.come_back(browser.provider.approve(address, "s-12"))
    answer = await browser.post("/settings/identity/unlink", csrf=await browser.csrf(), subject="s-12")
    assert answer.status_code == 409


async def test_groups_make_people_and_their_role_follows_but_the_owner_stays_the_owner(
    house: House, provider: Provider
):
    provider.know("g-1", preferred_username="Ida", groups=["family", "admins", "owner"])
    provider.know("g-2", preferred_username="owner", groups=["family"])
    provider.know("g-3", preferred_username="nobody", groups=["others"])
    async with opened(house, provider, **ROLES) as browser:
        assert (await browser.come_in("g-1")).status_code == 303
        who = await browser.whoami()
        assert (who.name, set(who.rights)) == ("ida", set(Role.OPERATOR.rights))
        provider.know("g-1", preferred_username="Ida", groups=["family"])
        await browser.come_in("g-1")
        assert set((await browser.whoami()).rights) == set(Role.VIEWER.rights)
        assert len(await house.steward.access.sessions.listing()) == 2
        provider.know("g-1", preferred_username="Ida", groups=[])
        assert (await browser.come_in("g-1")).status_code == 403
        assert await house.steward.access.sessions.listing() == ()
        provider.know("g-1", preferred_username="Ida", groups=["admins"])
        assert (await browser.come_in("g-1")).status_code == 303
        await house.steward.access.people.disable("ida")
        assert (await browser.come_in("g-1")).status_code == 403, "whom the owner shut out no group lets in"
        assert (await browser.come_in("g-2")).status_code == 303
        named = await browser.whoami()
        assert named.id != OWNER
        assert named.name.startswith("account-")
        assert Right.GOVERN not in named.rights
        assert (await browser.come_in("g-3")).status_code == 403


async def test_while_the_provider_is_down_the_password_is_still_there_and_the_page_says_so(house: House):
    gone = Provider(port=free_port())
    async with opened(house, gone) as browser:
        answer = await browser.post("/oidc/start", next="/approvals")
        assert answer.status_code == 503
        assert "Home ID does not answer" in answer.text
        assert "sign in with your password" in answer.text.lower()
        assert 'name="password"' in answer.text
        await browser.sign_in()
        assert (await browser.get("/")).status_code == 200


async def test_without_a_provider_the_pages_say_so_and_show_no_button(house: House):
    await house.steward.owner.set(PASSWORD)
    async with served(house) as api:
        page = await api.send("GET", "/sign-in", headers={"accept": "text/html"})
        assert b"/oidc/start" not in page.body
        assert (await api.send("GET", "/oidc/callback?state=x")).status == 404


def main(answer: httpx2.Response) -> str:
    """Return the middle of a page."""
    return answer.text.partition("<main")[2].partition("</main>")[0]
