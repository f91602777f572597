"""All pages of a lab."""

from __future__ import annotations

from steward.knowhow.pages.break_glass import break_glass_page
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.machine import machine_page
from steward.knowhow.pages.network import network_page
from steward.knowhow.pages.overview import overview_page
from steward.knowhow.pages.page import Page
from steward.knowhow.pages.places import places_of
from steward.knowhow.pages.service import service_page
from steward.knowhow.pages.storage import storage_page


def book_of(lab: Lab) -> tuple[Page, ...]:
    """Write every page; the same lab gives the same pages."""
    places = places_of(lab)
    return (
        overview_page(lab, places),
        break_glass_page(lab),
        network_page(lab, places),
        storage_page(lab, places),
        *(machine_page(lab, places, machine) for machine in lab.machines),
        *(service_page(lab, places, thing) for thing in lab.services),
    )
