"""Manifests of Kubernetes: workloads, services, claims, secrets, ways in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.kubernetes_objects import KubernetesObject, chart_of, objects, with_kinds
from steward.knowhow.declared.kubernetes_pods import Pod, first_image, read_pod
from steward.knowhow.declared.kustomize import renaming
from steward.knowhow.declared.reader import Reader, Sources, is_known
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration, PortClaim

_POD_SPECS = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "ReplicationController": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "Rollout": ("spec", "template", "spec"),
}
_ENDING = {"Job", "CronJob"}
_OPERATED = {
    ("postgresql.cnpg.io", "Cluster"),
    ("acid.zalan.do", "postgresql"),
    ("postgres-operator.crunchydata.com", "PostgresCluster"),
    ("k8s.mariadb.com", "MariaDB"),
    ("mariadb.mmontes.io", "MariaDB"),
    ("dragonflydb.io", "Dragonfly"),
    ("redis.redis.opstreelabs.in", "Redis"),
    ("kafka.strimzi.io", "Kafka"),
    ("apps.emqx.io", "EMQX"),
    ("minio.min.io", "Tenant"),
    ("ceph.rook.io", "CephCluster"),
    ("grafana.integreatly.org", "Grafana"),
    ("monitoring.coreos.com", "Prometheus"),
    ("monitoring.coreos.com", "Alertmanager"),
    ("operator.victoriametrics.com", "VMSingle"),
    ("operator.victoriametrics.com", "VMAgent"),
    ("mongodbcommunity.mongodb.com", "MongoDBCommunity"),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    ("kibana.k8s.elastic.co", "Kibana"),
    ("serving.knative.dev", "Service"),
}
"""Objects by which an operator runs something."""
_GUESTS = {"EnvironmentVM": "proxmox-vm", "EnvironmentContainer": "proxmox-lxc", "VirtualMachine": "kubevirt-vm"}


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file that holds an object."""
    return with_kinds(sources, "kind")


def read(sources: Sources, path: str) -> Declaration:
    """Return what the objects of a file declare."""
    found = Found(path)
    chart = chart_of(sources, path)
    for each in objects(sources, path):
        if each.kind in _POD_SPECS:
            _workload(sources, each, found, is_of_chart=chart is not None)
        elif each.is_named and (each.group, each.kind) in _OPERATED:
            image = each.node.string("spec", "image") or each.node.string("spec", "imageName")
            found.add_service(each.name, each.kind.lower(), each.line, image=image)
            if image:
                found.add_image(image, each.name, each.line, pinned=pinned(image))
        elif each.is_named and each.kind in _GUESTS and each.group:
            name = each.node.string("spec", "forProvider", "name") or each.name
            found.add_machine(name, _GUESTS[each.kind], each.line)
        elif each.kind in _READ:
            _READ[each.kind](each, found)
    return found.declaration()


def _workload(sources: Sources, each: KubernetesObject, found: Found, *, is_of_chart: bool) -> None:
    spec = each.node.at(*_POD_SPECS[each.kind])
    if spec is None or (each.kind == "Rollout" and "argoproj" not in each.group):
        return
    if not each.is_named and is_of_chart:
        return
    name = each.name if each.is_named else each.node.string("metadata", "generateName") or ""
    if not is_known(name) or not name:
        return
    renamed = renaming(sources, found.file)
    pod = Pod(service=name, kind=each.kind.lower(), line=each.line, spec=spec, ends=each.kind in _ENDING)
    found.add_service(name, each.kind.lower(), each.line, image=first_image(pod, renamed), machine=_node_of(spec))
    read_pod(pod, found, renamed)
    for node in each.node.list("spec", "volumeClaimTemplates"):
        claim = node.string("metadata", "name") or "data"
        found.add_volume(claim, "template", node.line, service=name)


def _node_of(spec: Node) -> str | None:
    name = spec.string("nodeName") or spec.string("nodeSelector", "kubernetes.io/hostname")
    return name if is_known(name) else None


def _service(each: KubernetesObject, found: Found) -> None:
    for node in each.node.list("spec", "ports"):
        text = node.string("nodePort") or ""
        if text.isdigit() and 0 < int(text) < 65536:
            protocol = (node.string("protocol") or "tcp").lower()
            line = node.line_of("nodePort")
            port = int(text)
            found.add_port(
                PortClaim(port=port, last_port=port, service=each.name, line=line, protocol=protocol, kind="node-port")
            )


def _claim(each: KubernetesObject, found: Found) -> None:
    if each.is_named:
        found.add_volume(each.name, "claim", each.line)


def _secret(each: KubernetesObject, found: Found) -> None:
    is_encrypted = each.node.at("sops") is not None
    if each.name:
        found.add_secret(
            each.name, "sops" if is_encrypted else "kubernetes-secret", each.line, is_encrypted=is_encrypted
        )
    if is_encrypted:
        return
    values = [*each.node.map("data").items(), *each.node.map("stringData").items()]
    given = [key for key, node in values if _is_value(node.scalar or "")]
    if given:
        shown = ", ".join(given[:4])
        found.problem("unencrypted-secret-object", f"the Secret {each.name} holds {shown} in clear", each.line)


def _is_value(text: str) -> bool:
    """Tell whether a value is one, and not a variable, a template, a placeholder or a thing of another tool."""
    low = text.strip().lower()
    is_filler = not low or low[0] in "<$" or low.startswith(("enc[", "vault:", "ref+", "op://"))
    words = ("changeme", "change-me", "change_me", "replace", "placeholder", "your", "example", "xxx", "todo")
    return not is_filler and is_known(text) and not any(word in low for word in words)


def _sealed(each: KubernetesObject, found: Found) -> None:
    found.add_secret(each.name, "sealed-secret", each.line, is_encrypted=True)


def _external(each: KubernetesObject, found: Found) -> None:
    target = each.node.string("spec", "target", "name")
    found.add_secret(target if target and is_known(target) else each.name, "external-secret", each.line)
    store = each.node.string("spec", "secretStoreRef", "name")
    if store:
        found.add_dependency(each.name, store, "secret-store", each.node.line)
    keys = [(node.string("remoteRef", "key"), node.line) for node in each.node.list("spec", "data")]
    keys += [(node.string("extract", "key"), node.line) for node in each.node.list("spec", "dataFrom")]
    for key, line in keys:
        if key and is_known(key):
            found.add_secret(key, "external-key", line, service=each.name)


def _ingress(each: KubernetesObject, found: Found) -> None:
    for rule in each.node.list("spec", "rules"):
        for path in rule.list("http", "paths"):
            _leads(each, path.string("backend", "service", "name"), path.line, found)
    _leads(each, each.node.string("spec", "defaultBackend", "service", "name"), each.line, found)
    for node in each.node.list("spec", "tls"):
        if name := node.string("secretName"):
            found.add_secret(name, "certificate", node.line, service=each.name)


def _route(each: KubernetesObject, found: Found) -> None:
    for rule in each.node.list("spec", "rules"):
        for backend in rule.list("backendRefs"):
            _leads(each, backend.string("name"), backend.line, found)
    for route in each.node.list("spec", "routes"):
        for backend in route.list("services"):
            _leads(each, backend.string("name"), backend.line, found)


def _leads(each: KubernetesObject, name: str | None, line: int, found: Found) -> None:
    if name and is_known(name) and each.is_named:
        found.add_dependency(each.name, name, "ingress", line)


def _replication(each: KubernetesObject, found: Found) -> None:
    source = each.node.string("spec", "sourcePVC")
    if source:
        known = is_known(source)
        found.add_cover(source if known else "*", "volsync", each.line, scope="" if known else _folder(found.file))


def _schedule(each: KubernetesObject, found: Found) -> None:
    """A schedule of Velero or K8up covers claims; of which namespaces is not followed."""
    if each.group in {"velero.io", "k8up.io", "backup.appuio.ch", "stash.appscode.com", "kopiur.home-operations.com"}:
        found.add_cover("*", each.group, each.line)


def _folder(path: str) -> str:
    return f"folder:{path.rpartition('/')[0]}"


def _config_map(each: KubernetesObject, found: Found) -> None:
    if each.is_named and each.node.at("sops") is not None:
        found.add_secret(each.name, "sops", each.line, is_encrypted=True)


_READ: dict[str, Callable[[KubernetesObject, Found], None]] = {
    "Service": _service,
    "PersistentVolumeClaim": _claim,
    "Secret": _secret,
    "SealedSecret": _sealed,
    "ExternalSecret": _external,
    "Ingress": _ingress,
    "HTTPRoute": _route,
    "TCPRoute": _route,
    "UDPRoute": _route,
    "GRPCRoute": _route,
    "TLSRoute": _route,
    "IngressRoute": _route,
    "IngressRouteTCP": _route,
    "IngressRouteUDP": _route,
    "ReplicationSource": _replication,
    "Schedule": _schedule,
    "ConfigMap": _config_map,
}

PLUGIN = Reader(name="kubernetes", summary="Manifests of Kubernetes", claims=claims, read=read)
