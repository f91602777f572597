"""Put together what readers found: clashes, backups, machines, and one object with nothing secret in it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from steward.app.plugins import load_readers
from steward.engines.services.backups import unprotected
from steward.engines.services.clashes import clashes
from steward.engines.services.gather import gather
from steward.engines.services.report import report
from steward.knowhow.declared.problems import PROBLEMS
from steward.knowhow.declared.reader import Reader
from steward.model.declared import BackupCover, Declaration, DeclaredService, DeclaredVolume, PortClaim
from tests.unit.knowhow.declared.repository import Repository

CLAIM = PortClaim(port=80, last_port=80, service="a", line=1, file="a.yaml", project="a.yaml")
OTHER = replace(CLAIM, service="b", line=2)
ELSEWHERE = replace(OTHER, file="b.yaml", project="b.yaml")


def severities(*claims):
    return [(each.severity.value, each.file, each.line) for each in clashes(claims)]


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        (CLAIM, OTHER, "error"),
        (CLAIM, ELSEWHERE, "warning"),
        (replace(CLAIM, machine="m"), replace(ELSEWHERE, machine="m"), "error"),
        (replace(CLAIM, machine="m"), replace(ELSEWHERE, machine="n"), None),
        (replace(CLAIM, machine="m"), ELSEWHERE, "warning"),
        (CLAIM, replace(OTHER, protocol="udp"), None),
        (replace(CLAIM, address="10.0.0.1"), replace(OTHER, address="10.0.0.2"), None),
        (replace(CLAIM, address="10.0.0.1"), OTHER, "error"),
        (replace(CLAIM, profiles=("x",)), replace(OTHER, profiles=("y",)), None),
        (replace(CLAIM, profiles=("x",)), replace(OTHER, profiles=("x", "y")), "error"),
        (replace(CLAIM, profiles=("x",)), OTHER, "error"),
        (replace(CLAIM, port=70, last_port=90), OTHER, "error"),
        (replace(CLAIM, port=1000, last_port=1100), replace(OTHER, port=1090, last_port=1090), "error"),
        (CLAIM, replace(OTHER, port=81, last_port=81), None),
        (CLAIM, replace(OTHER, service="a"), "error"),
        (CLAIM, CLAIM, None),
    ],
)
def test_a_clash_is_one_where_both_can_run_at_once(one, other, severity):
    assert [each[0] for each in severities(one, other)] == ([severity] if severity else [])
    assert severities(one, other) == severities(other, one)


def test_many_that_want_one_port_are_one_problem_that_names_them():
    claims = [replace(ELSEWHERE, service=f"s{n}", file=f"{n}.yaml", project=f"{n}.yaml") for n in range(300)]
    found = clashes(claims)
    assert len(found) == 1
    assert "and 294 more" in found[0].message


def volume(name, **more):
    fields = {"kind": "bind", "target": "", "service": "a", "file": "x/a.yaml", "line": 1, "project": "p", **more}
    return DeclaredVolume(name=name, **fields)


@pytest.mark.parametrize(
    ("kept", "cover", "scope", "is_covered"),
    [
        (volume("data", kind="named"), "data", "", True),
        (volume("data", kind="named"), "data", "project:p", True),
        (volume("data", kind="named"), "data", "project:other", False),
        (volume("/srv/app"), "/srv", "", True),
        (volume("/srv/app"), "/srv/app/", "", True),
        (volume("/srv/application"), "/srv/app", "", False),
        (volume("./data"), ".", "project:p", True),
        (volume("/data"), ".", "project:p", False),
        (volume("./data"), "./data", "project:p", True),
        (volume("/srv", machine="m"), "*", "machine:m", True),
        (volume("/srv", machine="m"), "*", "machine:n", False),
        (volume("/srv"), "*", "folder:x", True),
        (volume("/srv"), "*", "folder:y", False),
        (volume("/srv", holds_data=False), "none", "", True),
    ],
)
def test_a_volume_is_backed_up_when_a_backup_includes_it(kept, cover, scope, is_covered):
    covers = (BackupCover(what=cover, by="restic", scope=scope, file="b.yaml", line=1),)
    assert (unprotected(Declaration(volumes=(kept,), covers=covers)) == ()) is is_covered


COMPOSE = "services: {app: {image: 'x:1', ports: ['80:80']}}"


def test_a_folder_with_the_name_of_a_machine_holds_what_runs_there():
    files = {
        "inventory.yml": "all: {hosts: {nas.lan: {}, web: {}}}",
        "nas/compose.yaml": COMPOSE,
        "stacks/web/app/compose.yaml": COMPOSE,
        "other/compose.yaml": COMPOSE,
    }
    found = gather(Repository(files), load_readers())
    assert [(each.file, each.machine) for each in found.services] == [
        ("nas/compose.yaml", "nas.lan"),
        ("other/compose.yaml", None),
        ("stacks/web/app/compose.yaml", "web"),
    ]


def test_what_a_role_brings_to_one_machine_runs_there():
    files = {
        "hosts.yml": "all: {hosts: {nas: {}, web: {}}}",
        "site.yml": "- hosts: nas\n  roles: [media]\n",
        "roles/media/tasks/main.yml": "- command: docker compose up -d\n",
        "roles/media/files/compose.yaml": COMPOSE,
    }
    assert [each.machine for each in gather(Repository(files), load_readers()).services] == ["nas"]


def test_a_reader_that_fails_stops_nothing():
    def fail(sources, path):
        raise RecursionError

    def fail_to_claim(sources):
        raise ValueError

    def read(sources, path):
        return Declaration(services=(DeclaredService(name="x", kind="y", file=path, line=1),))

    readers = [
        Reader(name="bad", summary="", claims=lambda sources: sources.paths, read=fail),
        Reader(name="worse", summary="", claims=fail_to_claim, read=read),
        Reader(name="good", summary="", claims=lambda sources: sources.paths, read=read),
    ]
    found = gather(Repository({"a": ""}), readers)
    assert [each.name for each in found.services] == ["x"]
    assert [(each.file, each.reason) for each in found.unreadable] == [
        ("a", "our mistake while reading it as bad: RecursionError"),
        (".", "our mistake while reading it as worse: ValueError"),
    ]


def test_mistakes_in_yaml_are_told_with_line_and_reason_and_the_rest_is_read():
    files = {
        "broken.yaml": "services:\n  a: [\n",
        "template.yaml.j2": "services:\n  a: {image: x:{{ y }}}\n  b: [\n",
        "compose.yaml": COMPOSE,
    }
    found = gather(Repository(files), load_readers())
    assert [(each.file, each.line) for each in found.unreadable] == [("broken.yaml", 3), ("template.yaml.j2", 4)]
    assert "template" in found.unreadable[1].reason
    assert ("app", "compose.yaml") in [(each.name, each.file) for each in found.services]


def test_the_object_has_the_promised_keys_and_one_fixed_order():
    files = {"b/compose.yaml": COMPOSE, "a/compose.yaml": COMPOSE, "broken.yaml": "a: ["}
    told = report(gather(Repository(files), load_readers()), ())
    assert list(told) == [
        "machines",
        "services",
        "images",
        "ports",
        "volumes",
        "secrets",
        "dependencies",
        "problems",
        "unreadable",
    ]
    assert [each["file"] for each in told["services"]] == ["a/compose.yaml", "b/compose.yaml"]
    assert set(told["services"][0]) == {"name", "machine", "kind", "image", "file", "line"}
    assert set(told["problems"][0]) == {"kind", "message", "file", "line", "severity"}
    assert set(told["unreadable"][0]) == {"file", "line", "reason"}
    assert all({"file", "line"} <= set(each) for rows in told.values() for each in rows)
    assert {each["kind"] for each in told["problems"]} <= set(PROBLEMS)
    again = report(gather(Repository(dict(reversed(files.items()))), load_readers()), ())
    assert json.dumps(told) == json.dumps(again)


def test_nothing_of_a_secret_gets_into_the_object():
    token = "gh" + "p_" + "Zk3vQ9wLr7TyB2nXe5MpHs8DfG1aJc4Uo6Ki"
    files = {
        ".env": f"DB_PASSWORD=hunter2secret\nTOKEN={token}\n",
        "compose.yaml": f"""
            services:
              "{token}":
                image: x:${{DB_PASSWORD}}
                environment: [DB_PASSWORD=hunter2secret, "URL=https://u:hunter2secret@h/x"]
                volumes: ["/srv/{token}:/x"]
        """,
        "play.yml": "- hosts: all\n  vars: {db_password: hunter2secret}\n  tasks:\n"
        "    - docker_container: {name: a, image: 'x:{{ db_password }}'}\n",
    }
    text = json.dumps(report(gather(Repository(files), load_readers()), ()))
    assert "hunter2" not in text
    assert token not in text


def test_a_unit_that_a_role_brings_and_starts_is_told_once():
    files = {
        "roles/x/tasks/main.yml": "- systemd: {name: x.service, state: started}\n",
        "roles/x/templates/x.service.j2": "[Service]\nExecStart=/bin/x\n",
        "roles/x/templates/y.service.j2": "[Service]\nExecStart=/bin/y\n",
    }
    found = gather(Repository(files), load_readers())
    assert [(each.name, each.file) for each in found.services] == [
        ("x", "roles/x/tasks/main.yml"),
        ("y", "roles/x/templates/y.service.j2"),
    ]


def test_what_lies_in_a_submodule_is_believed_and_told_when_it_is_not_here():
    files = {
        ".gitmodules": '[submodule "a"]\n\tpath = roles/a\n[submodule "b"]\n\tpath = roles/b\n',
        "roles/b/tasks/main.yml": "- ping:\n",
        "site.yml": "- hosts: all\n  roles: [a, b, gone, gone]\n",
        "compose.yaml": "services: {x: {build: ./roles/a/image}}",
    }
    found = gather(Repository(files), load_readers())
    assert [each.message for each in found.problems if each.kind == "dead-reference"] == ["the role gone is not there"]
    assert [(each.file, each.line) for each in found.unreadable] == [(".gitmodules", 2)]


def test_a_folder_among_hosts_is_a_machine_so_that_ports_of_two_do_not_clash():
    files = {
        "hosts/one/compose.yaml": COMPOSE,
        "hosts/two/web/compose.yaml": COMPOSE,
        "hosts/two/other/compose.yaml": COMPOSE,
        "hosts/shared/compose.yaml": "services: {x: {image: 'x:1'}}",
    }
    found = gather(Repository(files), load_readers())
    assert [(each.name, each.kind, each.file) for each in found.machines] == [
        ("one", "folder", "hosts/one/compose.yaml"),
        ("two", "folder", "hosts/two/other/compose.yaml"),
    ]
    assert [each.machine for each in found.services] == ["one", None, "two", "two"]
    clash = [(each.file, each.severity.value) for each in found.problems if each.kind == "port-clash"]
    assert clash == [("hosts/two/web/compose.yaml", "error")]
