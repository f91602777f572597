"""Every page, as the routes the front door serves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from steward.core.access import Access
from steward.core.dispatch import Dispatch
from steward.core.routes import Route
from steward.lib.codec import Json
from steward.surfaces.web.access import AccessPage
from steward.surfaces.web.approvals import ApprovalsPage
from steward.surfaces.web.brakes import BrakesPage
from steward.surfaces.web.card import CardPage
from steward.surfaces.web.finding import FindingPage
from steward.surfaces.web.grants import GrantsPage
from steward.surfaces.web.live import Live
from steward.surfaces.web.now import NowPage
from steward.surfaces.web.password import PasswordPage
from steward.surfaces.web.render import environment
from steward.surfaces.web.run import RunPage
from steward.surfaces.web.sign_in import SignInPages
from steward.surfaces.web.site import Site
from steward.surfaces.web.static_files import StaticFiles
from steward.surfaces.web.theme import ThemeChoice


def routes(
    *,
    dispatch: Dispatch,
    access: Access,
    redact: Callable[[Json], Json],
    now: Callable[[], datetime],
    version: str,
) -> tuple[Route, ...]:
    """Return the routes of all pages; `now` gives the time in the house's own zone."""
    static = StaticFiles()
    templates = environment(now=now, static=static, version=version)
    site = Site(dispatch=dispatch, access=access, redact=redact, templates=templates)
    return (
        *NowPage(site=site).routes(),
        *FindingPage(site=site).routes(),
        *ApprovalsPage(site=site).routes(),
        *CardPage(site=site).routes(),
        *RunPage(site=site).routes(),
        *BrakesPage(site=site).routes(),
        *AccessPage(site=site).routes(),
        *GrantsPage(site=site).routes(),
        *PasswordPage(site=site).routes(),
        *SignInPages(site=site).routes(),
        *ThemeChoice().routes(),
        *Live(site=site).routes(),
        *static.routes(),
    )
