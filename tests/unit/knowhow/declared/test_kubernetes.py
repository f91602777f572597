"""Manifests of Kubernetes."""

from __future__ import annotations

from steward.knowhow.declared.kubernetes import PLUGIN
from tests.unit.knowhow.declared.repository import declared, named, told

DEPLOYMENT = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: default
    spec:
      template:
        spec:
          hostNetwork: true
          nodeSelector: {kubernetes.io/hostname: nuc-1}
          imagePullSecrets: [{name: registry}]
          containers:
            - name: web
              image: nginx
              securityContext: {privileged: true}
              ports: [{containerPort: 8080}]
              env:
                - name: PASSWORD
                  valueFrom: {secretKeyRef: {name: web-secret, key: password}}
              envFrom: [{secretRef: {name: web-env}}]
          volumes:
            - {name: d, persistentVolumeClaim: {claimName: web-data}}
            - {name: s, hostPath: {path: /var/run/docker.sock}}
            - {name: n, nfs: {server: nas, path: /x}}
            - {name: k, secret: {secretName: web-tls}}
"""


def test_a_workload_is_told_with_everything_that_belongs_to_it():
    found = declared(PLUGIN, {"web.yaml": DEPLOYMENT})
    assert named(found) == [("web", "deployment", "nginx", 4)]
    assert found.services[0].machine == "nuc-1"
    assert [each.port for each in found.ports] == [8080]
    assert [(each.name, each.kind) for each in found.volumes] == [
        ("web-data", "claim"),
        ("/var/run/docker.sock", "bind"),
        ("nas:/x", "nfs"),
    ]
    assert {each.name for each in found.secrets} == {"registry", "web-secret", "web-env", "web-tls"}
    kinds = {each.kind for each in found.problems}
    assert kinds == {"unpinned-image", "privileged", "docker-socket", "host-network", "no-healthcheck"}


def test_every_kind_of_workload_and_lists_of_them_are_found():
    pod = "spec: {containers: [{image: 'x:1', livenessProbe: {}}]}"
    template = f"spec: {{template: {{{pod}}}}}"
    objects = [
        ("Pod", pod),
        *((kind, template) for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet")),
        ("CronJob", f"spec: {{jobTemplate: {{{template}}}}}"),
    ]
    documents = [
        f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {kind.lower()}}}\n{body}\n" for kind, body in objects
    ]
    listed = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: inner}\n  " + pod
    found = declared(PLUGIN, {"all.yaml": "---\n".join([*documents, listed])})
    assert [each.kind for each in found.services] == [*(kind.lower() for kind, _ in objects), "pod"]
    assert {each.image for each in found.services} == {"x:1"}
    assert found.problems == ()


def test_jobs_need_no_probe():
    job = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {template: {spec: {containers: [{image: 'x:1'}]}}}"
    )
    assert told(declared(PLUGIN, {"job.yaml": job}), "no-healthcheck") == []


def test_templates_of_a_chart_belong_to_the_chart():
    template = DEPLOYMENT.replace("name: web\n      namespace", 'name: {{ include "x.name" . }}\n      namespace')
    files = {"charts/x/Chart.yaml": "name: x\n", "charts/x/templates/web.yaml": template}
    found = declared(PLUGIN, files)
    assert found.services == ()
    assert found.unreadable == ()


def test_a_kustomization_beside_it_names_the_image():
    files = {
        "app/web.yaml": DEPLOYMENT,
        "kustomization.yaml": "resources: [app/web.yaml]\nimages: [{name: nginx, newTag: '1.27'}]\n",
    }
    found = declared(PLUGIN, files)
    assert found.services[0].image == "nginx:1.27"
    assert told(found, "unpinned-image") == []


def test_secrets_are_told_by_name_and_those_in_clear_are_problems():
    text = """
        apiVersion: v1
        kind: Secret
        metadata: {name: open}
        stringData: {password: hunter2secret, other: "${FROM_FLUX}"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: closed}
        data: {password: 'ENC[AES256_GCM,data:x]'}
        sops: {mac: x}
        ---
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        metadata: {name: sealed}
        ---
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: outer}
        spec:
          target: {name: inner}
          secretStoreRef: {name: store}
          dataFrom: [{extract: {key: item}}]
    """
    found = declared(PLUGIN, {"s.yaml": text})
    assert [(each.name, each.kind, each.is_encrypted) for each in found.secrets] == [
        ("open", "kubernetes-secret", False),
        ("closed", "sops", True),
        ("sealed", "sealed-secret", True),
        ("inner", "external-secret", False),
        ("item", "external-key", False),
    ]
    assert [each.message for each in found.problems] == ["the Secret open holds password in clear"]


def test_ways_in_node_ports_claims_and_backups_are_told():
    text = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{port: 80, nodePort: 30080, protocol: UDP}]}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web}
        spec:
          rules: [{http: {paths: [{backend: {service: {name: web-svc}}}]}}]
          tls: [{secretName: web-cert}]
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: route}
        spec: {rules: [{backendRefs: [{name: behind}]}]}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        ---
        apiVersion: volsync.backube/v1alpha1
        kind: ReplicationSource
        metadata: {name: data}
        spec: {sourcePVC: data}
    """
    found = declared(PLUGIN, {"in.yaml": text})
    assert [(each.port, each.protocol) for each in found.ports] == [(30080, "udp")]
    assert [(each.service, each.on) for each in found.dependencies] == [("web", "web-svc"), ("route", "behind")]
    assert [each.name for each in found.volumes] == ["data"]
    assert [each.what for each in found.covers] == ["data"]


def test_what_operators_run_and_guests_are_told():
    text = """
        apiVersion: postgresql.cnpg.io/v1
        kind: Cluster
        metadata: {name: pg}
        spec: {imageName: 'ghcr.io/pg:16'}
        ---
        apiVersion: virtualenvironment.crossplane.io/v1alpha1
        kind: EnvironmentVM
        metadata: {name: object}
        spec: {forProvider: {name: k3s-vm}}
    """
    found = declared(PLUGIN, {"x.yaml": text})
    assert named(found) == [("pg", "cluster", "ghcr.io/pg:16", 3)]
    assert [(each.name, each.kind) for each in found.machines] == [("k3s-vm", "proxmox-vm")]
