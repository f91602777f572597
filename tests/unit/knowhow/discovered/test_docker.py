"""Engines of Docker contexts."""

from __future__ import annotations

import json

import pytest

from steward.knowhow.discovered.docker import parse
from steward.model.discovery import Discovered, Gathered

META = "/home/anna/.docker/contexts/meta/abc/meta.json"


def read(host: str, name: str = "tower") -> Discovered:
    """A context as `docker context create` of Docker 27 writes it."""
    text = json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}})
    return parse(Gathered(texts={META: text}))


def test_an_engine_over_ssh_is_its_machine_with_user_and_port():
    (found,) = read("ssh://anna@tower.lan:2222").machines
    assert (found.name, found.address, found.user, found.port) == ("tower", "tower.lan", "anna", 2222)
    assert found.where == META


def test_an_engine_over_tcp_is_a_machine_whose_ssh_is_only_assumed():
    (found,) = read("tcp://10.0.0.8:2376").machines
    assert (found.address, found.port) == ("10.0.0.8", 22)
    assert found.says == "a Docker engine at port 2376; SSH is only assumed"


@pytest.mark.parametrize(
    "host", ["unix:///var/run/docker.sock", "npipe:////./pipe/docker_engine", "tcp://127.0.0.1:2375"]
)
def test_an_engine_of_this_box_is_no_other_machine(host):
    assert [each.why for each in read(host).left_out] == ["an engine of this box itself"]


@pytest.mark.parametrize("host", ["", "ssh://[::1", "ssh://a:b:c", "gopher://x", "x" * 4000])
def test_an_endpoint_that_cannot_be_read_is_left_out(host):
    found = read(host)
    assert found.machines == ()
    assert len(found.left_out) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"Name": 1}', '{"Name": "x", "Endpoints": []}', "{"])
def test_a_file_that_is_no_context_is_left_out(text):
    assert [each.why for each in parse(Gathered(texts={META: text})).left_out] == ["it is no context of Docker"]
