"""Kustomizations, Flux, Argo CD, Helm."""

from __future__ import annotations

from steward.knowhow.declared import argo, flux, helm, kustomize
from tests.unit.knowhow.declared.repository import declared, named, told

APP_TEMPLATE = """
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata:
      name: atuin
    spec:
      chartRef: {kind: OCIRepository, name: app-template}
      dependsOn: [{name: postgres}]
      valuesFrom: [{kind: Secret, name: atuin-values}]
      values:
        controllers:
          atuin:
            initContainers:
              init: {image: {repository: ghcr.io/init, tag: "1"}}
            containers:
              app:
                image:
                  repository: ghcr.io/atuinsh/atuin
                  tag: 18.1@sha256:aaaa
                envFrom: [{secretRef: {name: atuin-secret}}]
                securityContext: {privileged: true}
        persistence:
          config: {existingClaim: atuin}
          media: {type: nfs, server: nas, path: /media}
          socket: {type: hostPath, hostPath: /var/run/docker.sock}
"""


def test_a_release_of_the_app_template_is_told_with_its_first_container():
    found = declared(flux.PLUGIN, {"hr.yaml": APP_TEMPLATE})
    assert named(found) == [("atuin", "helm-release", "ghcr.io/atuinsh/atuin:18.1@sha256:aaaa", 4)]
    assert [(each.image, each.pinned) for each in found.images] == [
        ("ghcr.io/init:1", "tag"),
        ("ghcr.io/atuinsh/atuin:18.1@sha256:aaaa", "digest"),
    ]
    assert {each.name for each in found.secrets} == {"atuin-values", "atuin-secret"}
    assert [(each.on, each.kind) for each in found.dependencies] == [("postgres", "flux")]
    assert [(each.name, each.kind) for each in found.volumes] == [
        ("atuin", "claim"),
        ("nas:/media", "nfs"),
        ("/var/run/docker.sock", "bind"),
    ]
    assert {each.kind for each in found.problems} == {"no-healthcheck", "privileged", "docker-socket"}


def test_a_release_without_a_version_of_its_chart_is_told():
    head = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\n"
    text = head + "spec: {chart: {spec: {chart: x}}}"
    assert told(declared(flux.PLUGIN, {"hr.yaml": text}), "unpinned-chart") == [("hr.yaml", 4, "warning")]


def test_a_chart_of_k3s_is_read_with_the_values_in_its_text():
    text = """
        apiVersion: helm.cattle.io/v1
        kind: HelmChart
        metadata: {name: pihole}
        spec:
          chart: pihole
          version: "1.0"
          valuesContent: |-
            image:
              repository: pihole/pihole
              tag: latest
    """
    found = declared(flux.PLUGIN, {"c.yaml": text})
    assert named(found) == [("pihole", "helm-release", "pihole/pihole:latest", 3)]
    assert told(found, "unpinned-image") == [("c.yaml", 8, "warning")]


def test_a_flux_kustomization_that_applies_nothing_is_told():
    text = """
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps}
        spec:
          path: ./kubernetes/{PATH}
          sourceRef: {kind: GitRepository, name: flux-system}
          dependsOn: [{name: infra}]
          components: [../components/volsync, ../components/gone]
          postBuild: {substituteFrom: [{kind: Secret, name: cluster-secrets}]}
    """
    files = {"kubernetes/apps/a.yaml": "", "kubernetes/components/volsync/kustomization.yaml": ""}
    found = declared(flux.PLUGIN, {**files, "ks.yaml": text.replace("{PATH}", "apps")})
    assert told(found, "dead-reference") == [("ks.yaml", 8, "error")]
    assert [(each.on, each.kind) for each in found.dependencies] == [("infra", "flux")]
    assert [each.name for each in found.secrets] == ["cluster-secrets"]
    assert [(each.by, each.scope) for each in found.covers] == [("volsync", "folder:kubernetes/apps")]
    gone = declared(flux.PLUGIN, {**files, "ks.yaml": text.replace("{PATH}", "gone")})
    assert told(gone, "dead-reference") == [("ks.yaml", 5, "error")]


def test_a_kustomization_names_what_is_not_there():
    found = declared(
        kustomize.PLUGIN,
        {
            "app/kustomization.yaml": """
                resources:
                  - there.yaml
                  - ../base
                  - gone.yaml
                  - https://example.org/x.yaml
                  - github.com/org/repo//deploy?ref=v1
                patches: [{path: gone-patch.yaml}]
                configMapGenerator: [{name: c, files: [conf=gone.conf]}]
                images: [{name: x, newTag: latest}]
                helmCharts: [{name: chart, releaseName: rel}]
            """,
            "app/there.yaml": "",
            "base/x.yaml": "",
        },
    )
    assert [line for _, line, _ in told(found, "dead-reference")] == [4, 7, 8]
    assert told(found, "unpinned-image") == [("app/kustomization.yaml", 9, "warning")]
    assert named(found) == [("rel", "helm-chart", None, 10)]
    assert told(found, "unpinned-chart") == [("app/kustomization.yaml", 10, "warning")]


def test_an_application_of_argo_is_told_with_the_image_of_its_values():
    text = """
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: app}
        spec:
          sources:
            - chart: app-template
              repoURL: https://example.org
              targetRevision: "*"
              helm:
                values: |
                  image: {repository: x/y, tag: "1"}
            - path: apps/gone
        ---
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: set}
        spec: {generators: [{git: {directories: [{path: apps/*}, {path: apps/other/*}]}}]}
    """
    found = declared(argo.PLUGIN, {"a.yaml": text, "apps/one/Chart.yaml": "name: one"})
    assert named(found) == [("app", "argo-application", "x/y:1", 3)]
    assert told(found, "unpinned-chart") == [("a.yaml", 6, "warning")]
    assert [line for _, line, _ in told(found, "dead-reference")] == [12, 17]


def test_a_chart_is_told_with_its_values_and_what_it_depends_on():
    files = {
        "apps/x/Chart.yaml": "apiVersion: v2\nname: x\ndependencies:\n- {name: app-template, repository: https://a}\n",
        "apps/x/values.yaml": """
            app-template:
              controllers:
                main:
                  containers:
                    main:
                      image: {repository: r/x, tag: latest}
        """,
        "apps/x/charts/sub/Chart.yaml": "name: sub",
        "lib/Chart.yaml": "name: lib\ntype: library",
    }
    found = declared(helm.PLUGIN, files)
    assert named(found) == [("x", "helm-chart", "r/x:latest", 2)]
    assert [(each.on, each.kind) for each in found.dependencies] == [("app-template", "chart")]
    assert told(found, "unpinned-chart") == [("apps/x/Chart.yaml", 4, "warning")]
    assert told(found, "unpinned-image") == [("apps/x/values.yaml", 6, "warning")]


def test_a_helmfile_is_read_around_its_templates():
    text = """
        releases:
          - name: cilium
            chart: cilium/cilium
            version: 1.0.0
            values: [./gone.yaml, "{{ .Values.x }}.yaml"]
          - name: {{ .Values.name }}
            chart: x/y
          - name: spegel
            chart: x/y
            needs: [kube-system/cilium]
    """
    found = declared(helm.PLUGIN, {"helmfile.yaml": text})
    assert [each.name for each in found.services] == ["cilium", "spegel"]
    assert told(found, "unpinned-chart") == [("helmfile.yaml", 8, "warning")]
    assert told(found, "dead-reference") == [("helmfile.yaml", 5, "error")]
    assert [(each.service, each.on) for each in found.dependencies] == [("spegel", "cilium")]
