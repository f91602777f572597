"""Texts to begin from, made up here: each is understood by its reader, and together they use what there is to use."""

from __future__ import annotations

from importlib import resources

from tests.unit.core.foreign.texts import EVERYTHING
from tests.whole_workflow import WHOLE


def _shipped(folder: str, ending: str) -> tuple[str, ...]:
    found = resources.files("steward").joinpath("library", folder).iterdir()
    return tuple(item.read_text("utf-8") for item in sorted(found, key=str) if item.name.endswith(ending))


YAML = (
    "a: 1\nb: [x, 'y', \"z\\u00e9\"]\nc: {d: null, e: true, f: 1.5}\n",
    "- |\n  lines\n  of text\n- >-\n  folded\n- &one {a: b}\n- *one\n",
    "base: &base {a: 1}\nmore:\n  <<: *base\n  b: 2\n# the end\n",
    "? a\n: b\n---\nsecond: document\n...\n",
    "when: 2026-03-01\nhex: 0x1F\noctal: 0o17\nfloat: 1e3\nnot: .nan\nlong: 1_000\ntag: !!str 1\n",
)

_WHOLE = WHOLE.replace("[SETTINGS]", "[FAILED_UNITS]").replace("[SETTING a]", "[UNIT nginx.service]")
WORKFLOWS = (_WHOLE, *(text for text in _shipped("workflows", ".yaml") if len(text) < 2_900))

TRIGGERS = (
    "kind: schedule\nschedule: {cron: '30 2 * * mon', zone: Europe/Berlin, jitter: 5m}\nstarts: {workflow: nightly}\n",
    "kind: schedule\nsays: often\nschedule: {every: 15m}\nmissed: all\noverlap: queue\nmostAtOnce: 2\nstarts:\n"
    "  command: unit.restart\n  with: {machine: nas, unit: nginx.service}\n",
    "kind: schedule\nschedule: {calendar: 'Mon..Fri *-*-* 03:00'}\nstarts: {goal: health-check}\nenabled: false\n",
    "kind: ping\nschedule: {dailyAt: '03:30,08:00'}\nstartWithin: 1h\nendWithin: 2h\ncoalesce: 10\n",
    "kind: hook\nstarts: {workflow: nightly}\n",
    "kind: files\nfolder: /srv/in\npatterns: ['*.pdf']\nevents: [created, moved]\nmoveTo: /srv/out\n",
    "kind: mqtt\nsource:\n  broker: mqtt.lan\n  topics: ['home/+/door', 'a/#']\n  user: a\n  password: secret://mqtt\n",
    "kind: mqtt\nbroker: mqtt.lan\nentity: binary_sensor.door\nto: 'on'\nfor: 5m\nstarts: {workflow: nightly}\n",
    "kind: consul\nurl: http://127.0.0.1:8500\nservice: web\nstarts: {workflow: nightly}\n",
    "kind: journal\nmachine: nas\nunit: smbd.service\nmatches: 'failed .* times'\n",
    "kind: condition\nline: '[FAILED_UNITS] > 0'\nmachine: nas\nfor: 10m\n",
    "kind: units\nmachines: [nas]\nunits: ['nginx*']\n",
)

GOALS = (
    '---\ngather: [units]\nallow: [unit.restart]\nbudget: {plans: 2}\nsuccess: ["[FAILED_UNITS] == 0"]\n---\n'
    "# Keep it running\n\nIn words.\n",
    *(text for text in _shipped("goals", ".md") if len(text) < 1_000),
)

HOOKS = (
    "hooks:\n  - {name: git, scheme: github, secret: secret://git, about: pushes}\n  - {name: open, scheme: none}\n",
    "hooks:\n  - name: plain\n    scheme: hmac\n    secret: secret://plain\n    header: X-Sign\n    prefix: sha256=\n"
    "    encoding: base64\n    timestamp_header: X-Time\n    separator: ':'\n",
    "hooks: [{name: std, scheme: standard-webhooks, secret: secret://std}]\n",
)

OTHER_FILES = (
    "names:\n  - {name: cloud.example.net, machine: nas, inside: 192.168.7.2, outside: 203.0.113.9, expect: same}\n"
    'registries: [docker.io, "http://registry.lan:5000"]\nquiet: [printer]\n',
    "sources:\n  - name: home\n    url: https://prometheus.lan:9090\n    secret: secret://prometheus\n"
    '    match: {job: node}\n    machines: {"10.0.0.5:9100": nas}\n',
)

_FENCED = f"# Notes\n\n```yaml\n{EVERYTHING['tasks.yaml']}```\n\n```sh\nreboot\n```\n"
FOREIGN = (*EVERYTHING.values(), _FENCED)
