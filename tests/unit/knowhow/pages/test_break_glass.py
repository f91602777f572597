from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.pages.break_glass import break_glass_page
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.power import Boxes
from steward.knowhow.pages.purposes import purpose_of
from steward.model.graph import Graph, Thing, ThingKind, Tie, joined
from steward.model.machine import Transport
from tests.unit.knowhow.pages import labs
from tests.unit.knowhow.snapshots import NOW


def written(of: Lab) -> str:
    page = break_glass_page(of)
    return page.before + page.notes + page.after


def part(text: str, title: str) -> str:
    return text.partition(f"## {title}")[2].partition("\n## ")[0]


def test_supply_and_network_come_before_storage_and_storage_before_what_uses_it():
    order = part(written(labs.household()), "Switching everything on")
    places = [order.index(word) for word in ("battery unit", "router", "**pi**", "**nas**", "**hyper**")]
    assert places == sorted(places)
    assert "photobox, home" in order
    off = part(written(labs.household()), "Switching everything off")
    back = [off.index(word) for word in ("**hyper**", "**nas**", "**pi**", "Router", "battery unit")]
    assert back == sorted(back)


def test_people_are_sent_to_the_box_and_not_to_the_machine_inside_it():
    look_up = part(written(labs.household()), "If one thing does not work")
    assert "| Photos | **hyper** (immich) |" in look_up


def test_what_is_not_copied_is_said():
    copies = part(written(labs.household()), "Where the copies are")
    assert "`/scratch` on nas" in copies
    assert "the data of photobox" in copies
    assert "`/srv/media` on nas" not in copies
    assert "passwords (vaultwarden)" in copies


def test_a_volume_is_copied_with_the_filesystem_it_lies_on():
    lab = labs.household()
    volume, disk = "volume:nas/vault", "storage:nas/filesystem /srv"
    disks = Thing(id=disk, kind=ThingKind.STORAGE, name="filesystem /srv", machine="nas")
    edges = (labs.edge(volume, disk, Tie.STORED_ON), labs.edge(disk, "backup:nas/nightly", Tie.BACKED_UP_BY))
    copied = replace(lab, graph=joined([lab.graph, Graph(things=(disks,), edges=edges)]))
    assert "passwords (vaultwarden)" not in part(written(copied), "Where the copies are")


@pytest.mark.parametrize(
    ("age", "has_failed", "says"),
    [
        (timedelta(hours=30), False, "the newest copy is at most two days old"),
        (timedelta(days=6), False, "the newest copy is about a week old at most"),
        (timedelta(days=40), False, "**the newest good copy is of 2026-10-12**"),
        (timedelta(days=3), True, "**the last try failed; the newest good copy is of 2026-11-18**"),
        (None, False, "**no good copy is known**"),
    ],
)
def test_the_age_of_a_copy_is_told_so_that_it_moves_only_when_something_is_wrong(age, has_failed, says):
    box = labs.machine("box")
    job = labs.job("/srv", to="/backup", at=NOW - age if age else None, has_failed=has_failed)
    assert says in part(
        written(labs.lab(box, seen=(labs.look(box, backups=labs.jobs(nightly=job)),))), "Where the copies"
    )


def test_who_stops_steward_is_told_what_stops_with_it():
    assert "internet and home network stops with it" in part(written(labs.household()), "Steward")


def test_machines_in_a_circle_are_all_there_once():
    names = ("a", "b", "c")
    boxes = [labs.machine(name) for name in names]
    ring = [labs.edge(f"service:{one}/x", f"service:{two}/x", Tie.NEEDS) for one, two in zip(names, "bca", strict=True)]
    things = [*map(labs.host, names), *(labs.service(name, "x") for name in names)]
    assert [box.name for box in Boxes(lab=labs.lab(*boxes, of=labs.graph(things, ring))).order] == ["a", "c", "b"]


def test_machines_that_claim_to_run_each_other_do_not_hang_the_page():
    one = labs.machine("one", via="two", transport=Transport.PCT)
    two = labs.machine("two", via="one", transport=Transport.PCT)
    assert "one" in written(labs.lab(one, two))


def test_a_guest_known_from_the_graph_alone_is_no_box():
    pve, web = labs.machine("pve"), labs.machine("web")
    things = [labs.host("pve"), labs.host("web", ThingKind.GUEST)]
    boxes = Boxes(lab=labs.lab(pve, web, of=labs.graph(things, [labs.edge("machine:web", "machine:pve", Tie.RUNS_ON)])))
    assert [box.name for box in boxes.all] == ["pve"]
    assert [each.name for each in boxes.inside(pve)] == ["web"]


def test_a_backup_on_another_machine_does_not_say_which_one_is_switched_on_first():
    web, zfs = labs.machine("aaa"), labs.machine("zzz")
    job = labs.service("aaa", "nightly", id="backup:aaa/nightly", kind=ThingKind.BACKUP)
    things = [labs.host("aaa"), labs.host("zzz"), job]
    of = labs.graph(things, [labs.edge(job.id, "machine:zzz", Tie.NEEDS)])
    assert [box.name for box in Boxes(lab=labs.lab(web, zfs, of=of)).order] == ["aaa", "zzz"]


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (("immich", "ghcr.io/immich-app/immich-server:v2"), "Photos"),
        (("home-assistant", ""), "Lights, heating and switches"),
        (("stack/web", "ghcr.io/home-assistant/home-assistant:stable"), "Lights, heating and switches"),
        (("pihole-FTL", "Pi-hole FTL"), "Internet and home network"),
        (("smbd", "Samba SMB Daemon"), "Files and calendars"),
        (("odd", "registry.example/odd:1"), None),
        (("", ""), None),
    ],
)
def test_well_known_software_is_known_by_its_name(words, title):
    found = purpose_of(words)
    assert (found.title if found else None) == title
