"""Sources that lie on this box as files: what is read, and what is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from steward.adapters.discoverers import ansible, docker, kubeconfig, ssh_config
from steward.model.discovery import Gathered
from steward.ports.discoverer import DiscovererPlugin, Inquiry, Places


async def gathered(plugin: DiscovererPlugin, home: Path, target: str = "") -> Gathered:
    places = Places(home=str(home), ssh_config=str(home / ".ssh/config"), docker_config=str(home / ".docker"))
    return await plugin.build(places).gather(Inquiry(target=target))


def put(home: Path, **files: str) -> None:
    for name, text in files.items():
        path = home / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def test_included_files_are_read_in_order_each_once(tmp_path):
    (tmp_path / ".ssh/conf.d").mkdir(parents=True)
    (tmp_path / ".ssh/config").write_text(f"Include conf.d/*\nInclude ~/far {tmp_path}/.ssh/config missing\n")
    (tmp_path / ".ssh/conf.d/2").write_text("Host two\n")
    (tmp_path / ".ssh/conf.d/1").write_text("Include conf.d/2\n")
    (tmp_path / "far").write_text("Host far\n")
    found = await gathered(ssh_config.PLUGIN, tmp_path)
    places = [str(tmp_path / name) for name in (".ssh/config", ".ssh/conf.d/1", ".ssh/conf.d/2", "far")]
    assert sorted(found.texts) == sorted(places)
    assert next(iter(found.texts)) == places[0]
    assert found.stands_for["conf.d/*"] == (places[1], places[2])
    assert found.stands_for["missing"] == ()
    assert found.left_out == ()


async def test_a_file_that_cannot_be_read_is_said_and_the_others_are_read(tmp_path):
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Include pipe large\n")
    os.mkfifo(tmp_path / ".ssh/pipe")
    (tmp_path / ".ssh/large").write_bytes(b"#" * (1 << 20) + b"\n")
    found = await gathered(ssh_config.PLUGIN, tmp_path)
    assert [each.why for each in found.left_out] == ["it is no regular file", "it has more than 1.0 MB"]
    assert len(found.texts) == 1


async def test_without_a_configuration_nothing_is_there_and_it_says_so(tmp_path):
    found = await gathered(ssh_config.PLUGIN, tmp_path)
    assert [each.why for each in found.left_out] == ["No such file or directory"]


async def test_an_inventory_comes_with_the_variables_beside_it_and_nothing_else(tmp_path):
    put(tmp_path, hosts="nas\n", group_vars__all="a: 1\n", host_vars__nas__ssh="b: 2\n", notes="no\n")
    found = await gathered(ansible.PLUGIN, tmp_path, str(tmp_path / "hosts"))
    assert list(found.texts) == ["hosts", "group_vars/all", "host_vars/nas/ssh"]


async def test_a_folder_gives_all_its_inventories_but_programs_are_not_run(tmp_path):
    put(tmp_path, a="one\n", b="two\n", c="#!/bin/sh\ntouch /tmp/never\n")
    put(tmp_path, **{"ansible.cfg": "[defaults]\n", ".hidden": "three\n"})
    (tmp_path / "c").chmod(0o755)
    found = await gathered(ansible.PLUGIN, tmp_path, str(tmp_path))
    assert list(found.texts) == ["a", "b"]
    assert [each.why for each in found.left_out] == ["a program that would write the inventory; it is not run"]


async def test_variables_are_not_looked_for_behind_links_to_folders(tmp_path):
    put(tmp_path, lab__hosts="nas\n", elsewhere__deep__secret="x: 1\n")
    (tmp_path / "lab/host_vars").mkdir()
    (tmp_path / "lab/host_vars/nas").symlink_to(tmp_path / "elsewhere")
    assert list((await gathered(ansible.PLUGIN, tmp_path, str(tmp_path / "lab/hosts"))).texts) == ["hosts"]


async def test_only_descriptions_of_contexts_are_read_and_no_key(tmp_path):
    put(tmp_path, **{".docker__contexts__meta__abc__meta.json": "{}", ".docker__contexts__tls__abc__key.pem": "key"})
    found = await gathered(docker.PLUGIN, tmp_path)
    assert list(found.texts) == [str(tmp_path / ".docker/contexts/meta/abc/meta.json")]


async def test_no_context_at_all_is_said(tmp_path):
    assert [each.why for each in (await gathered(docker.PLUGIN, tmp_path)).left_out] == ["there are no contexts here"]


@pytest.mark.parametrize("target", ["", "other"])
async def test_a_kubeconfig_is_read_where_it_usually_lies_or_where_it_was_named(tmp_path, target):
    path = tmp_path / (target or ".kube/config")
    path.parent.mkdir(exist_ok=True)
    path.write_text("clusters: []\n")
    found = await gathered(kubeconfig.PLUGIN, tmp_path, str(path) if target else "")
    assert found.texts == {str(path): "clusters: []\n"}
