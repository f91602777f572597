"""API servers of a kubeconfig."""

from __future__ import annotations

from steward.knowhow.discovered.kubeconfig import parse
from steward.model.discovery import Gathered

CONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: lab
  cluster:
    certificate-authority-data: QUJD
    server: https://10.0.0.10:6443
- name: second-name
  cluster: {server: "https://10.0.0.10:6443"}
- name: kind
  cluster: {server: "https://127.0.0.1:40001"}
- name: broken
  cluster: {}
users:
- name: admin
  user: {client-key-data: c2VjcmV0a2V5}
"""


def test_every_server_is_told_once_and_no_key_at_all():
    found = parse(Gathered(texts={"/home/anna/.kube/config": CONFIG}))
    (server,) = found.machines
    assert (server.name, server.address) == ("lab", "10.0.0.10")
    assert "nodes are not known" in server.says
    assert {each.what.split(" ")[0]: each.why for each in found.left_out} == {
        "kind": "a cluster within this box",
        "broken": "its server cannot be read",
    }
    assert "c2VjcmV0a2V5" not in repr(found)


def test_a_file_that_is_no_yaml_is_said_with_its_line():
    assert parse(Gathered(texts={"/k": "a: [\n"})).left_out[0].what.startswith("/k:")
