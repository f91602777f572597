"""Hosts of an SSH configuration, as OpenSSH would reach them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.knowhow.discovered.ssh_config import parse
from steward.model.discovery import Discovered, Found, Gathered

MAIN = "/home/anna/.ssh/config"


def read(text: str, **more: str) -> Discovered:
    texts = {MAIN: text, **{f"/home/anna/.ssh/{name}": body for name, body in more.items()}}
    return parse(Gathered(texts=texts, stands_for={"*.conf": tuple(texts)[1:]}))


def hosts(text: str, **more: str) -> dict[str, Found]:
    return {found.name: found for found in read(text, **more).machines}


CONFIG = """\
# my lab
Host nas tower
    HostName 192.168.7.20
    Port=2222
    User "anna b"
    IdentityFile ~/.ssh/nas
Host inner
    HostName %h.lab.example
    ProxyJump nas,second
Host *.lan !odd.lan
    User admin
    Port 2200
Host web.lan odd.lan
    HostName 10.0.0.9
Host *
    User fallback
    Port 22
"""


def test_what_is_written_first_counts_and_patterns_fill_in_the_rest():
    found = hosts(CONFIG)
    assert set(found) == {"nas", "inner", "web.lan", "odd.lan"}
    nas, inner = found["nas"], found["inner"]
    assert (nas.address, nas.port, nas.user, nas.identity_file) == ("192.168.7.20", 2222, "anna b", "~/.ssh/nas")
    assert (inner.address, inner.proxy_jump, inner.user) == ("inner.lab.example", "nas,second", "fallback")
    assert (found["web.lan"].user, found["web.lan"].port) == ("admin", 2200)
    assert (found["odd.lan"].user, found["odd.lan"].port) == ("fallback", 22)
    assert nas.where == f"{MAIN}:2"


@pytest.mark.parametrize("alias", ["nas", "tower", "inner", "web.lan", "odd.lan"])
def test_the_real_ssh_says_the_same(alias, tmp_path):
    if shutil.which("ssh") is None:
        pytest.skip("ssh is not installed")
    text = CONFIG.replace('"anna b"', "anna")
    file = tmp_path / "config"
    file.write_text(text)
    said = subprocess.run(["ssh", "-G", "-F", str(file), alias], capture_output=True, text=True, check=True).stdout
    real = dict(line.partition(" ")[::2] for line in said.splitlines())
    found = hosts(text.replace("Host nas tower", f"Host {alias}") if alias == "tower" else text)[alias]
    assert (found.address, str(found.port), found.user) == (real["hostname"], real["port"], real["user"])
    assert found.proxy_jump == real.get("proxyjump", "")


def test_two_names_of_one_place_are_one_machine():
    found = read(CONFIG)
    assert [each.why for each in found.left_out if each.what.startswith("tower")] == ["the same machine as nas"]


def test_included_files_count_where_they_are_included_and_only_for_whom_they_are():
    found = hosts(
        "Include *.conf\nHost a\n  User late\nHost b\n",
        **{"one.conf": "Host a\n  User early\n  HostName 10.0.0.1\nHost c\n  HostName 10.0.0.3\n"},
    )
    assert found["a"].user == "early"
    assert found["c"].where == "/home/anna/.ssh/one.conf:4"
    within = hosts("Host inside\n  Include *.conf\nHost outside\n", **{"one.conf": "User anna\nHost other\n"})
    assert (within["inside"].user, within["outside"].user) == ("anna", "")
    assert "other" not in within


def test_files_that_include_each_other_come_to_an_end():
    texts = {MAIN: "Include a\nHost nas\n", "/a": "Include b\n", "/b": "Include a\nInclude b\n"}
    found = parse(Gathered(texts=texts, stands_for={"a": ("/a",), "b": ("/b",)}))
    assert [each.name for each in found.machines] == ["nas"]


def test_match_is_left_out_and_said_and_what_follows_it_counts_again():
    found = read('Match host nas exec "true"\n  User evil\nHost nas\n  HostName 10.0.0.1\n')
    assert [each.user for each in found.machines] == [""]
    assert [each.why for each in found.left_out] == ["blocks of Match are not followed"]
    assert [each.user for each in read("Match all\n  User anna\nHost nas\n").machines] == ["anna"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Host github.com\n  User git\n", "a forge for git, no machine"),
        ("Host work\n  HostName gitlab.com\n", "a forge for git, no machine"),
        ("Host me\n  HostName 127.0.0.1\n", "this box itself"),
    ],
)
def test_what_is_no_machine_to_look_after_is_left_out_with_its_reason(text, why):
    assert [each.why for each in read(text).left_out] == [why]


def test_a_virtual_machine_behind_a_port_of_this_box_is_a_machine():
    assert "guest" in hosts("Host guest\n  HostName 127.0.0.1\n  Port 2222\n")


def test_patterns_alone_and_an_empty_file_name_no_machine():
    assert read("Host *.lan 10.?.0.1\n  User x\n").machines == ()
    assert read("").machines == ()
    assert parse(Gathered()).machines == ()


@given(st.text(max_size=300))
def test_any_text_gives_machines_or_nothing(text):
    assert len(read(text + "\nHost nas\n").machines) >= 0


def test_a_file_full_of_stars_is_read_in_no_time():
    text = "".join(f"Host h{number}{'*a' * 60}\n  Port {number}\n" for number in range(400)) + f"Host {'a' * 250}\n"
    assert len(read(text).machines) == 1
