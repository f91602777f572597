"""Every page, as the routes the front door serves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from steward.core.access import Access
from steward.core.dispatch import Dispatch
from steward.core.identities import Identities
from steward.core.routes import Route
from steward.lib.codec import Json
from steward.surfaces.web.about import AboutPage
from steward.surfaces.web.access import AccessPage
from steward.surfaces.web.approvals import ApprovalsPage
from steward.surfaces.web.audit import AuditPage
from steward.surfaces.web.autonomy import AutonomyPage
from steward.surfaces.web.brakes import BrakesPage
from steward.surfaces.web.card import CardPage
from steward.surfaces.web.choices import CHOICES
from steward.surfaces.web.doctor import DoctorPage
from steward.surfaces.web.finding import FindingPage
from steward.surfaces.web.fleet import FleetPage
from steward.surfaces.web.grants import GrantsPage
from steward.surfaces.web.hub import Hub
from steward.surfaces.web.knowledge import KnowledgePage
from steward.surfaces.web.live import Live
from steward.surfaces.web.machine import MachinePage
from steward.surfaces.web.now import NowPage
from steward.surfaces.web.oidc import ProviderPages
from steward.surfaces.web.palette import Palette
from steward.surfaces.web.password import PasswordPage
from steward.surfaces.web.pwa import PhoneApp
from steward.surfaces.web.render import environments
from steward.surfaces.web.run import RunPage
from steward.surfaces.web.schedule import SchedulePage
from steward.surfaces.web.schedules import SchedulesPage
from steward.surfaces.web.security import SecurityPage
from steward.surfaces.web.service import ServicePage
from steward.surfaces.web.settings import SettingsPage
from steward.surfaces.web.setup import SetupPages
from steward.surfaces.web.setup_machines import SetupMachines
from steward.surfaces.web.sign_in import SignInPages
from steward.surfaces.web.site import Mark, Site, marked
from steward.surfaces.web.static_files import StaticFiles
from steward.surfaces.web.status import StatusPage
from steward.surfaces.web.values import ValuesPage
from steward.surfaces.web.work import WorkPage
from steward.surfaces.web.workflows import WorkflowPages


def routes(  # noqa: PLR0913 - one parameter for each service behind the pages
    *,
    dispatch: Dispatch,
    access: Access,
    redact: Callable[[Json], Json],
    mark: Mark,
    now: Callable[[], datetime],
    version: str,
    identities: Identities | None = None,
) -> tuple[Route, ...]:
    """Return the routes of all pages.

    `now` gives the time in the house's own zone.
    """
    static = StaticFiles()
    templates = environments(now=now, static=static, version=version)
    provider = identities.label if identities is not None else ""
    site = Site(dispatch=dispatch, access=access, redact=redact, templates=templates, provider=provider)
    found = (
        *NowPage(site=site).routes(),
        *StatusPage(site=site).routes(),
        *FindingPage(site=site).routes(),
        *ApprovalsPage(site=site).routes(),
        *CardPage(site=site).routes(),
        *WorkPage(site=site).routes(),
        *RunPage(site=site).routes(),
        *WorkflowPages(site=site).routes(),
        *SchedulesPage(site=site).routes(),
        *SchedulePage(site=site).routes(),
        *FleetPage(site=site).routes(),
        *MachinePage(site=site).routes(),
        *ServicePage(site=site).routes(),
        *BrakesPage(site=site).routes(),
        *AccessPage(site=site).routes(),
        *GrantsPage(site=site).routes(),
        *KnowledgePage(site=site).routes(),
        *SettingsPage().routes(),
        *AutonomyPage(site=site).routes(),
        *ValuesPage(site=site).routes(),
        *AuditPage(site=site).routes(),
        *DoctorPage(site=site).routes(),
        *AboutPage(site=site, static=static).routes(),
        *PasswordPage(site=site).routes(),
        *SetupPages(site=site).routes(),
        *SetupMachines(site=site).routes(),
        *SecurityPage(site=site).routes(),
        *SignInPages(site=site).routes(),
        *PhoneApp(static=static, templates=templates).routes(),
        *ProviderPages(site=site, identities=identities).routes(),
        *(route for choice in CHOICES for route in choice.routes()),
        *Palette(site=site).routes(),
        *Live(hub=Hub(site=site, mark=mark)).routes(),
        *static.routes(),
    )
    return tuple(marked(route, mark) for route in found)
