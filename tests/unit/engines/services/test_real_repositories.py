"""Ten public repositories of homelabs, which lie beside the checkout and not in it: counts, and 40 services by hand.

`index.json` was counted by a short script over files whose names contain `compose`; where the numbers differ, the
comment says why.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from steward.adapters.trees.folder import FolderTree
from steward.app.plugins import load_readers
from steward.engines.services.gather import gather
from steward.model.declared import Declaration

HOMELABS = Path(__file__).parents[4].parent / "shared" / "data" / "homelabs"
pytestmark = pytest.mark.skipif(not HOMELABS.is_dir(), reason="the repositories of others are not here")

SMART, AWESOME, HOMEIAC = "SmartMur+homelab", "docker+awesome-compose", "homeiac+home"
KHUEDOAN, NOTTHEBEE, NAS = "khuedoan+homelab", "notthebee+infra", "davestephens+ansible-nas"
MIC92, BILLIMEK, ONEDR0P = "Mic92+dotfiles", "billimek+k8s-gitops", "onedr0p+home-ops"

# repository, (name, machine, kind, image, file, line); each was looked up in the file by a person's eyes
SAMPLE = [
    (SMART, ("client", None, "compose", "bluewaveuptime/uptime_client:latest", "Checkmate/docker-compose.yaml", 2)),
    (SMART, ("web", None, "compose", "nginx", "Authentik/Web-Proxies/example-nginx-docker-compose.yaml", 2)),
    (SMART, ("pihole", None, "deployment", "pihole/pihole:latest", "Pihole/Kubernetes/pihole-deployment.yaml", 12)),
    (
        SMART,
        (
            "longhorn-manager",
            None,
            "daemonset",
            "longhornio/longhorn-manager:v1.6.1",
            "Kubernetes/Longhorn/longhorn.yaml",
            4362,
        ),
    ),
    (
        SMART,
        (
            "docker",
            "docker01",
            "systemd",
            None,
            "Ansible/Playbooks/Docker-Portainer/roles/portainer_deploy/tasks/main.yaml",
            8,
        ),
    ),
    (SMART, ("docker", None, "systemd", None, "Ansible/Playbooks/Secrets-Variables/File-Copy-Playbook.yaml", 15)),
    (AWESOME, ("wordpress", None, "compose", "wordpress:latest", "wordpress-mysql/compose.yaml", 19)),
    (AWESOME, ("db", None, "compose", "mariadb:10.9", "wasmedge-kafka-mysql/compose.yml", 33)),
    (AWESOME, ("kibana", None, "compose", "kibana:7.16.1", "elasticsearch-logstash-kibana/compose.yaml", 37)),
    (AWESOME, ("frontend", None, "compose", "nginx:alpine", "wasmedge-mysql-nginx/compose.yml", 2)),
    (AWESOME, ("frontend", None, "compose", None, "react-express-mongodb/compose.yaml", 2)),
    (HOMEIAC, ("airplay", None, "compose", None, "docker-compose-sound.yml", 13)),
    (
        HOMEIAC,
        (
            "external-dns",
            None,
            "helm-release",
            None,
            "gitops/clusters/homelab/infrastructure/external-dns/helmrelease.yaml",
            4,
        ),
    ),
    (
        HOMEIAC,
        (
            "copy-claude-data",
            None,
            "job",
            "alpine:3.21",
            "gitops/clusters/homelab/apps/claudecodeui/blue/copy-job.yaml",
            4,
        ),
    ),
    (
        HOMEIAC,
        (
            "cloudflare-ddns",
            None,
            "deployment",
            "oznu/cloudflare-ddns:latest",
            "k8s/cloudflare-ddns-deployment.yaml",
            10,
        ),
    ),
    (
        HOMEIAC,
        (
            "kube-vip",
            None,
            "daemonset",
            "ghcr.io/kube-vip/kube-vip:v0.8.7",
            "gitops/clusters/homelab/infrastructure/kube-vip/daemonset.yaml",
            15,
        ),
    ),
    (HOMEIAC, ("zfs-exporter", None, "systemd", None, "raspberrypi-master/zfs-exporter.service", 8)),
    (KHUEDOAN, ("k3s", None, "systemd", None, "metal/roles/k3s/tasks/main.yml", 77)),
    (KHUEDOAN, ("cilium", None, "helm-release", None, "metal/roles/cilium/tasks/main.yml", 2)),
    (KHUEDOAN, ("dnsmasq", None, "compose", None, "metal/roles/pxe_server/files/docker-compose.yml", 2)),
    (KHUEDOAN, ("kanidm", None, "helm-chart", "docker.io/kanidm/server:1.3.3", "platform/kanidm/Chart.yaml", 2)),
    (
        KHUEDOAN,
        (
            "actualbudget",
            None,
            "helm-chart",
            "docker.io/actualbudget/actual-server:24.12.0-alpine",
            "apps/actualbudget/Chart.yaml",
            2,
        ),
    ),
    (
        KHUEDOAN,
        (
            "kube-bench",
            None,
            "job",
            "docker.io/aquasec/kube-bench:v0.7.2",
            "test/benchmark/security/kube-bench.yaml",
            6,
        ),
    ),
    (NOTTHEBEE, ("tailscaled", None, "systemd", None, "roles/tailscale/tasks/install.yml", 22)),
    (
        NOTTHEBEE,
        (
            "nginxproxymanager",
            None,
            "compose",
            "jc21/nginx-proxy-manager:latest",
            "roles/containers/templates/compose.yaml",
            14,
        ),
    ),
    (
        NOTTHEBEE,
        ("photoprism_mariadb", None, "compose", "mariadb:latest", "roles/containers/templates/compose.yaml", 101),
    ),
    (NAS, ("airsonic", None, "ansible-container", "airsonic/airsonic:latest", "roles/airsonic/tasks/main.yml", 13)),
    (NAS, ("organizr", None, "ansible-container", "organizr/organizr:latest", "roles/organizr/tasks/main.yml", 12)),
    (NAS, ("gitea", None, "ansible-container", "gitea/gitea:latest", "roles/gitea/tasks/main.yml", 29)),
    (
        NAS,
        (
            "calibreweb",
            None,
            "ansible-container",
            "linuxserver/calibre-web:latest",
            "roles/calibreweb/tasks/main.yml",
            13,
        ),
    ),
    (NAS, ("docker", None, "systemd", None, "roles/ansible-nas-docker/tasks/main.yml", 42)),
    (MIC92, ("openssh", "bernie", "nix", None, "machines/bernie/configuration.nix", 113)),
    (MIC92, ("postfix", "eve", "nix", None, "machines/eve/modules/postfix.nix", 36)),
    (MIC92, ("telegraf", "eva", "systemd", None, "machines/eva/modules/telegraf/http-sd.nix", 94)),
    (MIC92, ("mbsync", None, "systemd", None, "home-manager/modules/mail.nix", 55)),
    (MIC92, ("flakelets", "eve", "nix", None, "machines/eve/modules/nixbot.nix", 116)),
    (
        BILLIMEK,
        (
            "frigate",
            None,
            "helm-release",
            "ghcr.io/blakeblackshear/frigate:0.17.2@sha256:"
            "d4351369984d4a9e2a49ac59736f6490856a7ea11f7790040746d21496967010",
            "kubernetes/default/frigate/frigate.yaml",
            6,
        ),
    ),
    (BILLIMEK, ("grafana", None, "grafana", None, "kubernetes/monitoring/grafana/instance/grafana.yaml", 6)),
    (
        ONEDR0P,
        (
            "atuin",
            None,
            "helm-release",
            "ghcr.io/atuinsh/atuin:18.19.0@sha256:4d0ccca1d151f860b3f469c60df78bf1ab798f15e88dc1912d31d6741653eb99",
            "kubernetes/apps/default/atuin/app/helmrelease.yaml",
            6,
        ),
    ),
    (
        ONEDR0P,
        (
            "bazarr",
            None,
            "helm-release",
            "ghcr.io/home-operations/bazarr:1.6.0@sha256:"
            "cd63bbd0986c93e238eb8b9442604d249f0d4080099b389f822abe2062044417",
            "kubernetes/apps/default/bazarr/app/helmrelease.yaml",
            6,
        ),
    ),
]


@lru_cache(maxsize=16)
def found(repository: str) -> Declaration:
    return gather(FolderTree(HOMELABS / repository), load_readers())


def index(repository: str) -> dict[str, int]:
    entries = json.loads((HOMELABS / "index.json").read_text("utf-8"))
    return next(each for each in entries if each["folder"] == f"homelabs/{repository}")["compose_stats"]


def problems(repository: str, kind: str, *, files: str = "") -> int:
    """Count problems of compose services: those of other formats are not in the index."""
    compose = {each.file for each in found(repository).services if each.kind == "compose"} - {files}
    return sum(each.kind == kind and each.file in compose for each in found(repository).problems)


@pytest.mark.parametrize(("repository", "service"), SAMPLE, ids=[f"{one}:{each[0]}" for one, each in SAMPLE])
def test_a_service_is_told_as_the_file_says_it(repository, service):
    told = [
        (each.name, each.machine, each.kind, each.image, each.file, each.line) for each in found(repository).services
    ]
    assert service in told


def test_forty_services_are_looked_at():
    assert len({each for _, each in SAMPLE}) == 40


# portainer-agent-stack.yml has no `compose` in its name and was not counted: 2 services, 1 file. Immich/hwaccel.yml has
# neither image nor build: it is only extended, and is no service here either.
STACK = "Docker-Swarm/portainer-agent-stack.yml"


@pytest.mark.parametrize("repository", [SMART, AWESOME, HOMEIAC, KHUEDOAN])
def test_compose_files_services_and_images_are_as_many_as_the_index_says(repository):
    services = [each for each in found(repository).services if each.kind == "compose" and each.file != STACK]
    files = {each.file for each in services}
    expected = index(repository)
    assert len(files) == expected["compose files"]
    assert len(services) == expected["services"]
    assert sum(each.image is not None for each in services) == expected.get("images", 0)


@pytest.mark.parametrize("repository", [SMART, AWESOME, HOMEIAC, KHUEDOAN])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("no-healthcheck", "no healthcheck"),
        ("privileged", "privileged"),
        ("host-network", "host network"),
        ("docker-socket", "mounts docker.sock"),
        ("no-restart-policy", "no restart policy"),
    ],
)
def test_problems_are_as_many_as_the_index_says(repository, kind, name):
    # one service of awesome-compose says `deploy: {resources: ...}` and nothing of restarting; the index took any
    # `deploy` for a policy
    more = 1 if (repository, kind) == (AWESOME, "no-restart-policy") else 0
    assert problems(repository, kind, files=STACK) == index(repository).get(name, 0) + more


@pytest.mark.parametrize(
    ("repository", "built", "defaults"), [(SMART, 2, 4), (AWESOME, 2, 0), (HOMEIAC, 0, 0), (KHUEDOAN, 0, 0)]
)
def test_images_that_move_are_as_many_as_the_index_says(repository, built, defaults):
    # an image that is built here only gets its name here: it is not pulled, and not told;
    # `${TAG:-latest}` is `latest` once it is filled in, which the index did not do
    expected = index(repository)
    moving = expected.get("latest", 0) + expected.get("no tag", 0)
    assert problems(repository, "unpinned-image", files=STACK) == moving - built + defaults


def test_variables_without_value_are_those_of_the_index_but_for_comments():
    # the index searched the text: the others stand in lines that are commented out
    assert index(SMART)["variables without a value or default"] == 68
    assert problems(SMART, "missing-variable") == 50


@pytest.mark.parametrize(("repository", "more"), [(SMART, 7), (AWESOME, 0), (HOMEIAC, 0)])
def test_published_ports_are_as_many_as_the_index_says(repository, more):
    # the index counted single ports only: ranges are claims too
    ports = [each for each in found(repository).ports if each.kind == "compose" and each.file != STACK]
    assert len(ports) == index(repository)["published ports"] + more


@pytest.mark.parametrize(("repository", "more"), [(SMART, 1), (AWESOME, 0), (HOMEIAC, 0), (KHUEDOAN, 0)])
def test_ports_that_several_services_want_are_as_many_as_the_index_says(repository, more):
    # here a port of TCP and one of UDP are two, and the file that the index left out wants three
    clashes = [each for each in found(repository).problems if each.kind == "port-clash"]
    assert len(clashes) == index(repository)["host ports claimed by more than one service in the repo"] + more


@pytest.mark.parametrize(
    ("repository", "kind", "count"),
    [
        (BILLIMEK, "helm-release", 90),  # 74 releases of Flux and 16 of the helmfiles that start the cluster
        (ONEDR0P, "helm-release", 69),
        (HOMEIAC, "helm-release", 11),
        (KHUEDOAN, "helm-chart", 31),
        (NOTTHEBEE, "compose", 7),  # the index gave up on the template
        (NAS, "ansible-container", 120),
    ],
)
def test_other_kinds_are_as_many_as_a_search_in_the_files_finds(repository, kind, count):
    assert Counter(each.kind for each in found(repository).services)[kind] == count


def test_templates_that_only_ask_questions_declare_nothing():
    # `library/compose/*/template.yaml` lists variables of a generator; the compose files themselves are not there
    assert found("ChristianLempa+boilerplates").services == ()


def test_machines_are_told():
    assert sorted(each.name for each in found(MIC92).machines) == sorted(
        each.name for each in (HOMELABS / MIC92 / "machines").iterdir() if each.is_dir()
    )
    assert [each.name for each in found(KHUEDOAN).machines if each.file == "metal/inventories/prod.yml"] == [
        "metal0",
        "metal1",
        "metal2",
        "metal3",
    ]


def test_every_place_that_is_told_is_there():
    for repository in (SMART, AWESOME, HOMEIAC, KHUEDOAN, NOTTHEBEE, NAS, MIC92, BILLIMEK, ONEDR0P):
        lines = {
            each: len((HOMELABS / repository / each).read_text("utf-8", "replace").split("\n"))
            for each in {one.file for one in found(repository).problems}
        }
        assert [one for one in found(repository).problems if not 1 <= one.line <= lines[one.file]] == []
