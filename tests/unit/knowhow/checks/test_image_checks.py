"""Images: without a version, old, replaced by newer ones, left over."""

from dataclasses import replace
from typing import Any

import pytest

from steward.model.fact import Snapshot
from tests.unit.knowhow.container_snapshots import COMPOSE, pair, seen
from tests.unit.knowhow.snapshots import container, containers, found_by, recorded

IMAGES = recorded(images="docker_homelab").values["images"]


def looked(*used: tuple[str, str, str], **facts: Any) -> Snapshot:
    """Return containers by name, image and first digit of the image's id."""
    found = [
        container(name=name, id=f"{number:x}" * 64, image=image, image_id="sha256:" + digit * 64)
        for number, (name, image, digit) in enumerate(used, 1)
    ]
    return replace(seen(), values={"containers": containers(*found), "images": IMAGES, **facts})


def test_recorded_images_of_a_healthy_machine_are_no_trouble() -> None:
    images = recorded(images="docker_20_10").values["images"]
    one = container(image="home/base:1", image_id=next(iter(images.images)))
    for check in ("unpinned_images", "old_images", "outdated_containers", "nameless_images"):
        assert found_by(check, replace(seen(), values={"containers": containers(one), "images": images})) == {}


@pytest.mark.parametrize(
    ("image", "digit", "is_found"),
    [
        ("portainer/portainer-ce:latest", "1", True),
        ("portainer/portainer-ce", "1", True),
        ("registry.local:5000/portainer", "1", True),
        ("registry.local:5000/portainer:2", "1", False),
        ("portainer@sha256:" + "1" * 64, "1", False),
        ("shop-web", "7", False),
        ("gone:latest", "9", False),
    ],
)
def test_a_version_is_a_tag_that_stays_or_a_sum(image: str, digit: str, is_found: bool) -> None:
    assert bool(found_by("unpinned_images", looked(("one", image, digit)))) is is_found


def test_what_compose_built_has_no_version_to_name() -> None:
    one, settings = pair(image="shop-web", compose=COMPOSE)
    built = replace(one, image_id="1" * 64)
    known = seen((built, settings), images=IMAGES)
    assert found_by("unpinned_images", known) == {}
    other = seen((built, replace(settings, compose=None)), images=IMAGES)
    assert list(found_by("unpinned_images", other)) == ["docker"]


def test_an_image_is_old_after_a_year_and_never_by_a_date_that_is_none() -> None:
    used = looked(("db", "postgres:13", "2"), ("web", "caddy:2", "3"), ("static", "distroless", "6"))
    found = found_by("old_images", used)
    assert list(found) == ["postgres:13"]
    assert found["postgres:13"].evidence[0].value == 736


def test_a_container_is_outdated_when_its_name_stands_for_another_image() -> None:
    assert list(found_by("outdated_containers", looked(("web", "caddy:2", "4")))) == ["web"]
    assert found_by("outdated_containers", looked(("web", "caddy:2", "3"))) == {}
    assert found_by("outdated_containers", looked(("web", "caddy@sha256:" + "44" * 32, "4"))) == {}
    assert found_by("outdated_containers", looked(("web", "shop-web", "7"))) == {}
    assert list(found_by("outdated_containers", looked(("web", "shop-web", "4")))) == ["web"]


def test_making_it_anew_is_offered_where_compose_made_it() -> None:
    one, settings = pair(image="caddy:2", compose=COMPOSE)
    one = replace(one, image_id="4" * 64)
    assert found_by("outdated_containers", seen((one, settings), images=IMAGES))["web"].fix == "recreate_container"
    by_hand = seen((one, replace(settings, compose=None)), images=IMAGES)
    assert found_by("outdated_containers", by_hand)["web"].fix is None


def test_images_left_over_count_only_when_nothing_uses_them() -> None:
    found = found_by("nameless_images", looked())["nameless images of docker"]
    assert [each.value for each in found.evidence[:3]] == [3, 4_350_900_000, 1]
    assert found.fix == "prune_images"
    used = looked(("old", "caddy:2", "4"), ("build", "shop-web", "5"))
    assert found_by("nameless_images", used) == {}
    nearly = replace(IMAGES, images={"8": replace(IMAGES.images["8" * 64], size_bytes=2 * 1024**3 - 1)})
    assert found_by("nameless_images", looked(images=nearly)) == {}
