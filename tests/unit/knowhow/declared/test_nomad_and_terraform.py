"""HCL: jobs of Nomad, resources of Terraform."""

from __future__ import annotations

import pytest

from steward.knowhow.declared import nomad, terraform
from steward.knowhow.declared.hcl import parse
from tests.unit.knowhow.declared.repository import declared, named, told


def test_blocks_and_attributes_are_read_with_their_lines():
    root = parse(
        'a = 1\nb "x" "y" {\n  # c = 2\n  d = "e ${f("g")} }"\n  list = [\n    "one",\n    "two",\n  ]\n'
        '  text = <<-EOT\n    not = a\n    EOT\n  object = {\n    k = "v"\n  }\n  in { z = true }\n}\n'
    )
    block = root.blocks[0]
    assert (root.value("a"), block.kind, block.labels, block.line) == ("1", "b", ("x", "y"), 2)
    assert block.value("d") == 'e ${f("g")} }'
    assert block.values["list"] == ["one", "two"]
    assert block.value("text") == "    not = a\n"
    assert [(each.kind, each.values) for each in block.blocks] == [("object", {"k": ["v"]}), ("in", {"z": ["true"]})]
    assert block.line_of("object") == 12


@pytest.mark.parametrize("text", ["a {" * 5000, '"' * 1000, "a = [", "<<EOT\nx", "}" * 50, "a = ${" * 500, "/* "])
def test_what_is_broken_comes_to_an_end(text):
    parse(text)


JOB = """
    job "media" {
      type = "service"
      constraint {
        attribute = "${attr.unique.hostname}"
        value     = "nuc-1"
      }
      group "g" {
        network {
          mode = "bridge"
          port "http" {
            static = 8096
            to     = 8096
          }
          port "free" {}
        }
        volume "config" {
          type   = "host"
          source = "jellyfin-config"
        }
        task "jellyfin" {
          driver = "docker"
          config {
            image   = "jellyfin/jellyfin:latest"
            ports   = ["http"]
            volumes = ["/srv/media:/media:ro", "local/x.conf:/etc/x.conf"]
            privileged = true
          }
          volume_mount {
            volume = "config"
            destination = "/config"
          }
          template {
            data = <<EOH
    KEY={{ with secret "kv/data/jellyfin" }}x{{ end }}
    {{ range service "postgres" }}DB={{ .Address }}{{ end }}
    CACHE=redis.service.consul:6379
    EOH
            destination = "secrets/env"
          }
        }
        task "helper" {
          driver = "docker"
          config { image = "busybox:1.36" }
        }
      }
    }
"""


def test_tasks_of_a_job_are_told_with_what_belongs_to_them():
    found = declared(nomad.PLUGIN, {"jobs/media.nomad": JOB})
    assert [(*one, each.machine) for one, each in zip(named(found), found.services, strict=True)] == [
        ("jellyfin", "nomad", "jellyfin/jellyfin:latest", 20, "nuc-1"),
        ("helper", "nomad", "busybox:1.36", 41, "nuc-1"),
    ]
    assert [(each.port, each.service, each.line) for each in found.ports] == [(8096, "media", 11)]
    assert [(each.name, each.kind, each.holds_data) for each in found.volumes] == [
        ("jellyfin-config", "named", True),
        ("/srv/media", "bind", False),
    ]
    assert [(each.name, each.kind) for each in found.secrets] == [("kv/data/jellyfin", "vault")]
    assert [(each.service, each.on) for each in found.dependencies] == [("jellyfin", "postgres"), ("jellyfin", "redis")]
    assert told(found, "unpinned-image") == [("jobs/media.nomad", 23, "warning")]
    assert told(found, "privileged") == [("jobs/media.nomad", 26, "warning")]


def test_a_job_of_one_task_has_the_name_of_the_job():
    job = 'job "web" {\n group "g" {\n  task "server" {\n   config {\n    image = "x:1"\n   }\n  }\n }\n}\n'
    assert named(declared(nomad.PLUGIN, {"web.hcl": job})) == [("web", "nomad", "x:1", 3)]


def test_settings_of_nomad_itself_are_no_job():
    assert named(declared(nomad.PLUGIN, {"nomad.hcl": "server {\n  enabled = true\n}\n"})) == []


def test_guests_containers_and_charts_of_terraform_are_told():
    found = declared(
        terraform.PLUGIN,
        {
            "main.tf": """
                resource "proxmox_vm_qemu" "vm" {
                  name = "k3s-1"
                }
                resource "proxmox_virtual_environment_container" "dns" {
                  initialization {
                    hostname = "dns"
                    ip_config {
                      ipv4 { address = "10.0.0.5/24" }
                    }
                  }
                }
                resource "docker_image" "web" {
                  name = "nginx:latest"
                }
                resource "docker_container" "web" {
                  name  = "web"
                  image = docker_image.web.image_id
                  ports {
                    internal = 80
                    external = 8080
                  }
                  volumes {
                    host_path      = "/srv/web"
                    container_path = "/usr/share/nginx"
                  }
                }
                resource "helm_release" "cilium" {
                  name  = "cilium"
                  chart = "cilium"
                }
                variable "token" {
                  sensitive = true
                }
                module "gone" {
                  source = "./modules/gone"
                }
            """
        },
    )
    assert [(each.name, each.kind, each.address) for each in found.machines] == [
        ("k3s-1", "proxmox-vm", ""),
        ("dns", "proxmox-lxc", "10.0.0.5"),
    ]
    assert named(found) == [
        ("web", "terraform-container", "nginx:latest", 15),
        ("cilium", "helm-release", None, 27),
    ]
    assert [(each.port, each.service) for each in found.ports] == [(8080, "web")]
    assert [each.name for each in found.volumes] == ["/srv/web"]
    assert [each.name for each in found.secrets] == ["token"]
    assert told(found, "dead-reference") == [("main.tf", 35, "error")]
    assert told(found, "unpinned-chart") == [("main.tf", 27, "warning")]
