"""Foreign texts in the shapes their tools write, made up for these tests, and a way to read them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from steward.app.plugins import load_know_how
from steward.core.foreign.imported import Imported, Known
from steward.core.foreign.read import read
from steward.core.gate import shipped

GRAPH = """\
apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata:
  name: photo-site
spec:
  schema:
    apiVersion: v1alpha1
    kind: PhotoSite
    spec:
      name: string | required=true description="Name of the site"
      replicas: integer | default=2 minimum=1
      tier: string | enum="small,large" default="small"
      ingress:
        enabled: boolean | default=false
        hostName: string | default="photos.example.org"
      zones: "[]string"
      limits: map[string]string
    status:
      address: ${service.spec.clusterIP}
  resources:
    - id: settings
      externalRef: {apiVersion: v1, kind: ConfigMap, metadata: {name: shared}}
    - id: deployment
      readyWhen: ["${deployment.status.availableReplicas >= 1}"]
      template:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: "${schema.spec.name}"}
        spec: {replicas: "${schema.spec.replicas}", note: "${settings.data.region}-${schema.spec.tier}"}
    - id: service
      template: {apiVersion: v1, kind: Service, metadata: {name: "${deployment.metadata.name}"}}
    - id: ingress
      includeWhen: ["${schema.spec.ingress.enabled}", "${schema.spec.tier == 'large'}"]
      template: {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: "${service.metadata.name}"}}
    - id: volumes
      forEach: [{zone: "${schema.spec.zones}"}]
      template: {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: "${schema.spec.name + zone}"}}
"""

TASKS = """\
apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata:
  name: bigger-pool
spec:
  resources:
    - {name: look, type: ai-task, dependencies: [], analysis_output: "the pool is nearly full"}
    - name: buy
      type: external-task
      dependencies: [look]
      waitForHuman: true
      procurement_details: {part: a disk of 4 TB, cost: "120 EUR"}
    - {name: settle, type: wait, duration: 10m, dependencies: [buy]}
    - {name: sure, type: approval, question: "Scrub now?", dependencies: [settle]}
    - {name: scrub, type: system-task, dependencies: [sure], commands: ["zpool scrub tank", "systemctl restart smbd"]}
    - {name: grow, type: proxmox-task, dependencies: [scrub], commands: ["zpool scrub tank", "zpool add tank sdx"]}
    - {name: page, type: git-commit, dependencies: [grow], files_to_update: [README.md]}
"""

NIGHTLY = """\
name: nightly
description: "Tidy up at night"
notify_profile: info
steps:
  - name: dump
    type: shell
    command: "pg_dump shop | gzip > /backups/shop.gz"
    on_failure: abort
    timeout: 600
  - name: prune
    type: shell
    command: docker image prune -f
    timeout: 120
    on_failure: continue
  - {name: certs, type: skill, command: ssl-cert-check}
  - {name: sure, type: approval_gate, args: {prompt: "Restart the proxy? [y/N] "}}
  - name: restart
    type: shell
    command: ssh root@proxy 'systemctl restart nginx && systemctl restart php-fpm'
    on_failure: rollback
  - {name: check, type: http, command: "http://localhost:8100/health", args: {method: GET}}
  - {name: sum, type: claude_prompt, command: Summarize tonight}
  - {name: alarm, type: shell, command: "claw msg notify critical x", condition: previous.failed}
rollback:
  - {name: back, type: shell, command: docker compose down}
"""

JOBS = """\
{
  "scrub": {"type": "shell", "command": "ssh nas 'zpool scrub tank'", "schedule": "every 6h", "output": "slack:#a"},
  "deploy": {"type": "shell", "command": "claw workflow run nightly", "schedule": "daily at 9:05"},
  "reload": {"type": "shell", "command": "systemctl reload caddy", "schedule": "0 */6 * * *"},
  "odd": {"type": "shell", "command": "ssh nas 'zpool scrub tank'", "schedule": "every 90s"},
  "ask": {"type": "claude", "prompt": "What changed?", "schedule": "0 8 * * 1-5"}
}
"""

WATCHERS = """\
- {name: torrents, path: "/srv/in/*.torrent", events: [created, moved], action: move, command: /srv/watch/}
- {name: release, path: /srv/releases, action: workflow, command: nightly}
- {name: shots, path: "~/Desktop/*.png", action: copy, command: /backup/shots}
- {name: optimize, path: "/srv/shots/*.png", action: shell, command: "optipng $WATCHER_FILE"}
- {name: bills, path: "/srv/bills/*.pdf", action: skill, command: process-bill}
"""

TRIGGERS = """\
- {pattern: "!deploy", action: shell, command: claw workflow run nightly, reply: true}
- {pattern: "!ask (.+)", action: claude, command: "$1"}
"""

HOSTS = """\
hosts:
  - {alias: pve, hostname: 192.0.2.10, username: root, auth: key, key_file: ~/.ssh/id_lab, groups: [servers]}
  - {alias: nas, hostname: nas.example.org, port: 2222, auth: password, tags: {role: storage}}
  - {alias: bad, hostname: "-oProxyCommand=x"}
"""

PROFILES = """\
critical:
  - {channel: slack, target: "#alerts"}
info:
  - {channel: email, target: me@example.org}
"""

EVERYTHING = {
    "cron/jobs.json": JOBS,
    "graph.yaml": GRAPH,
    "hosts.yaml": HOSTS,
    "profiles.yaml": PROFILES,
    "tasks.yaml": TASKS,
    "triggers.yaml": TRIGGERS,
    "watchers.yaml": WATCHERS,
    "workflows/nightly.yaml": NIGHTLY,
}


@lru_cache
def known() -> Known:
    """What an installation without further machines knows."""
    operations = {each.name: each for each in load_know_how().operations}
    return Known(operations=operations, tools=shipped())


def imported(machine: str = "", **files: str) -> Imported:
    """Read texts by name; two underscores of a name stand for a dot."""
    return read({name.replace("__", "."): text for name, text in files.items()}, replace(known(), machine=machine))


def whys(found: Imported) -> dict[str, str]:
    """Return why each part was not taken over."""
    return {each.what: each.why for each in found.unmapped}


def became(found: Imported) -> dict[str, str]:
    """Return what each part became."""
    return {each.what: each.became for each in found.mapped}
