"""Quadlets, units, Dockerfiles, scripts, guests, proxies."""

from __future__ import annotations

from steward.knowhow.declared import dockerfiles, guests, proxies, scripts, units
from tests.unit.knowhow.declared.repository import declared, named, told


def test_a_quadlet_is_told_with_what_belongs_to_it():
    found = declared(
        units.PLUGIN,
        {
            "quadlets/web.container": """
                [Unit]
                Requires=db.service
                [Container]
                Image=docker.io/nginx:latest
                PublishPort=8080:80
                PublishPort=127.0.0.1:53:53/udp
                Volume=data.volume:/data
                Volume=%h/conf:/conf:ro,Z
                Volume=/run/podman/podman.sock:/sock
                Environment=API_TOKEN=x COLOR=blue
                Secret=token,type=env
                Network=host
            """,
            "quadlets/pod.pod": "[Pod]\nPublishPort=9000:9000\n",
        },
    )
    assert named(found) == [("web", "quadlet", "docker.io/nginx:latest", 4)]
    assert [(each.service, each.port, each.address, each.protocol) for each in found.ports] == [
        ("pod", 9000, "", "tcp"),
        ("web", 8080, "", "tcp"),
        ("web", 53, "127.0.0.1", "udp"),
    ]
    assert [(each.name, each.kind, each.holds_data) for each in found.volumes] == [
        ("data", "named", True),
        ("~/conf", "bind", False),
        ("/run/podman/podman.sock", "bind", False),
    ]
    assert {(each.name, each.kind) for each in found.secrets} == {
        ("token", "podman-secret"),
        ("API_TOKEN", "environment"),
    }
    assert [(each.on, each.kind) for each in found.dependencies] == [("db", "unit")]
    kinds = {each.kind for each in found.problems}
    assert kinds == {"unpinned-image", "docker-socket", "host-network", "no-restart-policy", "no-healthcheck"}


def test_a_unit_that_starts_something_is_told_and_one_that_only_adds_is_not():
    found = declared(
        units.PLUGIN,
        {
            "proxy.service": "[Service]\nExecStart=/bin/proxy \\\n  --port 1\nRestart=always\n",
            "once.service": "[Service]\nType=oneshot\nExecStart=/bin/once\n",
            "loose.service": "[Service]\nExecStart=/bin/loose\n",
            "drop.service": "[Service]\nNice=5\n",
            "restic.service": "[Service]\nType=oneshot\nExecStart=/usr/bin/restic backup /srv /home\n",
        },
    )
    assert [each.name for each in found.services] == ["loose", "once", "proxy", "restic"]
    assert told(found, "no-restart-policy") == [("loose.service", 2, "warning")]
    assert [each.what for each in found.covers] == ["/srv", "/home"]


def test_images_of_dockerfiles_are_told_without_their_own_stages():
    text = "ARG V=22\nFROM node:${V} AS build\nFROM build AS test\nFROM --platform=x nginx\nFROM scratch\n"
    found = declared(dockerfiles.PLUGIN, {"app/Dockerfile": text})
    assert [(each.image, each.pinned, each.line) for each in found.images] == [
        ("node:22", "tag", 2),
        ("nginx", "none", 4),
    ]
    assert told(found, "unpinned-image") == [("app/Dockerfile", 4, "note")]


def test_containers_that_a_script_leaves_running_are_told():
    found = declared(
        scripts.PLUGIN,
        {
            "run.sh": """
                # docker run -d commented
                docker run --rm -it busybox sh
                docker run -d --name=web \\
                  -p 8080:80 -v /srv/web:/data \\
                  -e API_KEY=hunter2secret --privileged \\
                  nginx:1 && echo ok
                podman run --detach redis
            """
        },
    )
    assert named(found) == [("web", "docker-run", "nginx:1", 3), ("redis", "docker-run", "redis", 7)]
    assert [each.port for each in found.ports] == [8080]
    assert [each.name for each in found.secrets] == ["API_KEY"]
    assert told(found, "privileged") == [("run.sh", 3, "warning")]
    assert "hunter2" not in repr(found)


def test_machines_are_told_however_a_file_names_them():
    found = declared(
        guests.PLUGIN,
        {
            "etc/pve/nodes/pve1/qemu-server/100.conf": "name: docker\nipconfig0: ip=10.0.0.9/24\n[snap]\nname: old\n",
            "etc/pve/lxc/101.conf": "hostname: dns\n",
            ".ssh/config": "Host nas backup\n  HostName 10.0.0.2\nHost *\n  User me\nHost lone\n",
            "Vagrantfile": 'config.vm.define "box" do |box|\n# config.vm.define "no"\n',
            "talconfig.yaml": "talosVersion: v1\nnodes:\n  - hostname: cp1\n    ipAddress: 10.0.0.3\n",
            "controlplane.yaml": "machine: {network: {hostname: cp2}}\ncluster: {}\n",
        },
    )
    assert [(each.name, each.kind, each.address) for each in found.machines] == [
        ("nas", "ssh", "10.0.0.2"),
        ("backup", "ssh", "10.0.0.2"),
        ("lone", "ssh", ""),
        ("box", "vagrant", ""),
        ("cp2", "talos", ""),
        ("dns", "proxmox-lxc", ""),
        ("docker", "proxmox-vm", "10.0.0.9"),
        ("cp1", "talos", "10.0.0.3"),
    ]
    assert [(each.service, each.on) for each in found.dependencies] == [("docker", "pve1")]


def test_where_names_lead_is_told():
    found = declared(
        proxies.PLUGIN,
        {
            "Caddyfile": "a.lan, b.lan {\n  reverse_proxy /api/* app:3000\n}\n(snippet) {\n  reverse_proxy no:1\n}\n",
            "nginx.conf": "server {\n server_name c.lan;\n set $up web:80;\n location / { }\n proxy_pass http://$up/x;\n}\n",
            "dynamic.yml": "http: {services: {d: {loadBalancer: {servers: [{url: 'http://u:p@10.0.0.1:80'}]}}}}",
            "tunnel.yml": "ingress:\n - hostname: e.lan\n   service: http://e:1\n - service: http_status:404\n",
        },
    )
    assert [(each.service, each.on, each.line) for each in found.dependencies] == [
        ("a.lan", "app:3000", 2),
        ("b.lan", "app:3000", 2),
        ("d", "10.0.0.1:80", 1),
        ("c.lan", "web:80", 5),
        ("e.lan", "e:1", 2),
    ]
