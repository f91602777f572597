"""Compose files: what they declare and what is wrong with them."""

from __future__ import annotations

from steward.knowhow.declared.compose import PLUGIN
from tests.unit.knowhow.declared.repository import declared, named, told


def test_services_are_told_with_image_and_the_line_of_their_name():
    found = declared(
        PLUGIN,
        {
            "media/compose.yaml": """
                services:
                  jellyfin:
                    image: jellyfin/jellyfin:10.9
                  builder:
                    build: .
            """
        },
    )
    assert named(found) == [
        ("jellyfin", "compose", "jellyfin/jellyfin:10.9", 2),
        ("builder", "compose", None, 4),
    ]
    assert [each.file for each in found.services] == ["media/compose.yaml"] * 2


def test_any_yaml_with_services_that_start_something_is_one_and_pipelines_are_not():
    found = declared(
        PLUGIN,
        {
            "stack.yml": "services: {a: {image: x:1}}",
            "hw.yml": "services: {cpu: {devices: []}}",
            ".github/workflows/compose.yml": "services: {b: {image: x:1}}",
            "ci.yaml": "steps: []\nservices: {c: {image: x:1}}",
            "gitlab.yml": "services: [postgres]",
            "k8s.yaml": "apiVersion: v1\nkind: X\nservices: {d: {image: x:1}}",
        },
    )
    assert [each.name for each in found.services] == ["a"]


def test_anchors_merge_keys_and_extensions_are_followed():
    found = declared(
        PLUGIN,
        {
            "compose.yml": """
                x-base: &base
                  restart: always
                  healthcheck: {test: "true"}
                services:
                  a:
                    <<: *base
                    image: x:1
            """
        },
    )
    assert [each.kind for each in found.problems] == []
    assert named(found) == [("a", "compose", "x:1", 5)]


def test_an_override_file_is_read_on_top_and_its_services_are_not_told_twice():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": "services:\n  a: {image: 'x:1', ports: ['80:80']}\n",
            "compose.override.yaml": """
                services:
                  a: {image: 'x:2', restart: always, ports: ['81:80']}
                  b: {image: 'y:1'}
            """,
        },
    )
    assert [(each.name, each.image, each.file) for each in found.services] == [
        ("a", "x:2", "compose.yaml"),
        ("b", "y:1", "compose.override.yaml"),
    ]
    assert [(each.port, each.file) for each in found.ports] == [(80, "compose.yaml"), (81, "compose.override.yaml")]
    assert [(each.file, each.line) for each in found.problems if each.kind == "no-restart-policy"] == [
        ("compose.override.yaml", 3)
    ]


def test_reset_and_override_tags_end_what_was_before():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": "services: {a: {image: 'x:1', ports: ['80:80'], privileged: true}}",
            "compose.override.yaml": "services:\n  a:\n    ports: !override ['81:80']\n    privileged: !reset null\n",
        },
    )
    assert [each.port for each in found.ports] == [81]
    assert told(found, "privileged") == []


def test_what_a_service_extends_counts_as_its_own():
    found = declared(
        PLUGIN,
        {
            "base/common.yml": "services:\n  base:\n    image: x:1\n    restart: always\n    healthcheck: {test: x}\n",
            "compose.yaml": "services:\n  a:\n    extends: {file: base/common.yml, service: base}\n",
        },
    )
    assert ("a", "x:1") in [(each.name, each.image) for each in found.services]
    assert [each.kind for each in found.problems if each.file == "compose.yaml"] == []


def test_extending_what_is_not_there_or_itself_is_told():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  a: {image: 'x:1', extends: {file: gone.yml, service: base}}
                  b: {image: 'x:1', extends: nobody}
                  c: {image: 'x:1', extends: d}
                  d: {image: 'x:1', extends: c}
            """
        },
    )
    messages = [each.message for each in found.problems if each.kind == "dead-reference"]
    assert messages[0] == "a extends a service of gone.yml, which is not there"
    assert messages[1] == "b extends nobody, which compose.yaml does not have"
    assert any("circle" in each for each in messages)


def test_included_files_are_one_project_and_one_that_is_not_there_is_told():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                include:
                  - db/compose.yaml
                  - path: [gone.yaml]
                services:
                  app: {image: 'x:1', depends_on: [db], networks: [back]}
            """,
            "db/compose.yaml": "networks: {back: {}}\nservices: {db: {image: 'pg:1', ports: ['80:80']}}",
        },
    )
    assert {each.project for each in found.services} == {"compose.yaml"}
    assert told(found, "dead-reference") == [("compose.yaml", 3, "error")]
    assert told(found, "undeclared") == []


def test_files_that_include_each_other_come_to_an_end():
    found = declared(
        PLUGIN,
        {
            "a.yaml": "include: [b.yaml]\nservices: {a: {image: x:1}}",
            "b.yaml": "include: [a.yaml]\nservices: {b: {image: x:1}}",
        },
    )
    assert sorted(each.name for each in found.services) == ["a", "b"]


def test_variables_are_filled_from_the_environment_file_beside_it():
    found = declared(
        PLUGIN,
        {
            "app/.env": "TAG=1.2 # now\nexport PORT='8080'\n",
            "app/compose.yaml": "services:\n  a:\n    image: x:${TAG}\n    ports: ['${PORT:-80}:80']\n",
        },
    )
    assert found.services[0].image == "x:1.2"
    assert [each.port for each in found.ports] == [8080]
    assert told(found, "missing-variable") == []


def test_a_variable_without_value_is_told_once_a_file_with_how_much_it_matters():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                # ${COMMENTED}
                services:
                  a:
                    image: x:${MISSING}
                    environment:
                      - A=${MISSING}
                      - B=${NEEDED:?say it}
                      - C=${SHOWN}
                      - D=${DEFAULTED:-1}
                      - E=$$NOT
                      - HOME=$HOME
            """,
            ".env.example": "SHOWN=\n",
        },
    )
    assert told(found, "missing-variable") == [
        ("compose.yaml", 4, "warning"),
        ("compose.yaml", 7, "error"),
        ("compose.yaml", 8, "note"),
    ]
    assert any(".env.example names it" in each.message for each in found.problems)


def test_a_variable_that_an_env_file_gives_is_not_missing():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": "services: {a: {image: 'x:1', env_file: conf/app.env, command: '${GIVEN}'}}",
            "conf/app.env": "GIVEN=1",
        },
    )
    assert told(found, "missing-variable") == []


def test_a_dollar_sign_that_begins_nothing_is_told():
    found = declared(PLUGIN, {"compose.yaml": "services:\n  a:\n    image: x:1\n    command: echo ${}\n"})
    assert told(found, "invalid-variable") == [("compose.yaml", 4, "error")]


def test_ports_are_told_in_every_form():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  a:
                    image: x:1
                    profiles: [debug]
                    ports:
                      - 8080:80
                      - "53:53/udp"
                      - "127.0.0.1:3000-3001:3000-3001"
                      - 9000
                      - target: 80
                        published: "8443"
                        host_ip: 10.0.0.1
                        protocol: tcp
                      - {target: 81, published: 8444}
                      - "${LATER}:80"
                      - "99999:80"
            """
        },
    )
    assert [(each.port, each.last_port, each.protocol, each.address, each.line) for each in found.ports] == [
        (8080, 8080, "tcp", "", 6),
        (53, 53, "udp", "", 7),
        (3000, 3001, "tcp", "127.0.0.1", 8),
        (8443, 8443, "tcp", "10.0.0.1", 10),
        (8444, 8444, "tcp", "", 14),
    ]
    assert {each.profiles for each in found.ports} == {("debug",)}
    assert told(found, "invalid-value") == [("compose.yaml", 16, "error")]


def test_on_the_network_of_the_machine_the_port_inside_is_the_one_outside():
    found = declared(PLUGIN, {"compose.yaml": "services: {a: {image: 'x:1', network_mode: host, ports: ['8080:80']}}"})
    assert [each.port for each in found.ports] == [80]
    assert told(found, "host-network") == [("compose.yaml", 1, "note")]


def test_volumes_are_told_and_those_that_are_not_declared():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  a:
                    image: x:1
                    volumes:
                      - data:/data
                      - gone:/gone
                      - ./app:/app
                      - ./app/conf.yml:/etc/conf.yml:ro
                      - /etc/localtime:/etc/localtime:ro
                      - type: bind
                        source: /srv/media
                        target: /media
                        read_only: true
                      - type: tmpfs
                        target: /tmp
                      - /anonymous
                volumes: {data: {}}
            """,
            "app/conf.yml": "",
        },
    )
    assert [(each.name, each.kind, each.holds_data) for each in found.volumes] == [
        ("data", "named", True),
        ("gone", "named", True),
        ("./app", "bind", True),
        ("./app/conf.yml", "bind", False),
        ("/etc/localtime", "bind", False),
        ("/srv/media", "bind", False),
    ]
    assert told(found, "undeclared") == [("compose.yaml", 6, "error")]


def test_files_that_are_named_and_not_there_are_told_and_folders_are_not():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  a:
                    build: {context: ./gone}
                    env_file: [gone.env, {path: maybe.env, required: false}, shown.env]
                    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./data:/data", "./there.yml:/x.yml"]
                    secrets: [s]
                  b:
                    build: ./here
                secrets:
                  s: {file: ./gone.txt}
            """,
            "there.yml": "",
            "here/main.py": "",
            "shown.env.example": "A=1",
        },
    )
    assert sorted(told(found, "dead-reference")) == [
        ("compose.yaml", 3, "error"),
        ("compose.yaml", 4, "note"),
        ("compose.yaml", 4, "warning"),
        ("compose.yaml", 5, "warning"),
        ("compose.yaml", 8, "warning"),
        ("compose.yaml", 10, "warning"),
    ]


def test_needs_are_told_in_every_form_and_those_that_are_not_there():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  a:
                    image: x:1
                    depends_on: [db]
                    links: ["cache:redis"]
                    network_mode: service:vpn
                    environment:
                      DATABASE_URL: postgres://u:p@db:5432/x
                      SMTP_HOST: mail
                      WORD: mail
                  b:
                    image: x:1
                    depends_on:
                      db: {condition: service_healthy}
                      gone: {condition: service_started}
                      maybe: {condition: service_started, required: false}
                  db: {image: 'pg:1'}
                  cache: {image: 'r:1'}
                  vpn: {image: 'v:1'}
                  mail: {image: 'm:1'}
            """
        },
    )
    assert [(each.service, each.on, each.kind) for each in found.dependencies] == [
        ("a", "db", "depends-on"),
        ("a", "cache", "link"),
        ("a", "vpn", "network"),
        ("a", "db", "environment"),
        ("a", "mail", "environment"),
        ("b", "db", "depends-on"),
        ("b", "gone", "depends-on"),
    ]
    assert told(found, "dead-reference") == [("compose.yaml", 15, "error")]


def test_services_that_wait_in_a_circle_are_told():
    needs = {"a": "b", "b": "c", "c": "b"}
    text = "services:\n" + "".join(f"  {one}: {{image: 'x:1', depends_on: [{on}]}}\n" for one, on in needs.items())
    found = declared(PLUGIN, {"compose.yaml": text})
    assert [each.message for each in found.problems if each.kind == "dependency-cycle"] == [
        "services wait in a circle: b -> c -> b"
    ]


def test_networks_secrets_and_configs_that_are_not_declared_are_told():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  a:
                    image: x:1
                    networks: {front: {}, default: {}}
                    secrets: [one, {source: two}]
                    configs: [three]
                secrets: {one: {external: true}}
            """
        },
    )
    assert told(found, "undeclared") == [
        ("compose.yaml", 4, "error"),
        ("compose.yaml", 5, "error"),
        ("compose.yaml", 6, "error"),
    ]


def test_what_is_risky_is_told():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  a:
                    image: x
                    privileged: true
                    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
                  b:
                    image: x:latest
                    restart: "no"
                    healthcheck: {disable: true}
                  c:
                    image: x@sha256:aaaa
                    deploy: {restart_policy: {condition: any}}
                    container_name: same
                  d:
                    image: registry:5000/x
                    build: .
                    restart: always
                    container_name: same
            """,
            "Dockerfile": "FROM scratch",
        },
    )
    assert told(found, "unpinned-image") == [("compose.yaml", 3, "warning"), ("compose.yaml", 7, "warning")]
    assert told(found, "privileged") == [("compose.yaml", 4, "warning")]
    assert told(found, "docker-socket") == [("compose.yaml", 5, "warning")]
    assert told(found, "no-restart-policy") == [("compose.yaml", 2, "warning")]
    assert [line for _, line, _ in told(found, "no-healthcheck")] == [2, 10, 14]
    assert told(found, "duplicate-name") == [("compose.yaml", 18, "error")]


def test_names_of_secrets_are_told_and_their_values_never():
    found = declared(
        PLUGIN,
        {
            ".env": "DB_PASSWORD=hunter2secret\n",
            "compose.yaml": """
                services:
                  a:
                    image: x:${DB_PASSWORD}
                    environment:
                      - DB_PASSWORD=hunter2secret
                      - API_TOKEN_FILE=/run/secrets/token
                      - COLOR=blue
                    volumes: ["/srv/${DB_PASSWORD:-hunter2secret}:/x"]
            """,
        },
    )
    assert {(each.name, each.kind, each.service) for each in found.secrets} == {
        ("DB_PASSWORD", "environment", "a"),
        ("API_TOKEN_FILE", "file", "a"),
        ("DB_PASSWORD", "variable", ""),
    }
    assert "hunter2" not in repr(found)


def test_a_template_is_read_as_far_as_it_goes():
    found = declared(
        PLUGIN,
        {
            "roles/x/templates/compose.yaml.j2": """
                services:
                {% if "a" in wanted %}
                  a:
                    image: "x:{{ tag }}"
                    restart: {{ policy }}
                    ports:
                      - "{{ port }}:80"
                      - 81:81
                {% endif %}
                  b:
                    image: y:1
            """
        },
    )
    assert [(each.name, each.line) for each in found.services] == [("a", 3), ("b", 10)]
    assert [each.port for each in found.ports] == [81]
    assert [each.pinned for each in found.images] == ["unknown", "tag"]
    assert told(found, "duplicate-key") == []


def test_a_service_that_says_nothing_is_told():
    found = declared(PLUGIN, {"compose.yaml": "services:\n  a: {image: x:1}\n  b:\n  c: text\n"})
    assert told(found, "invalid-value") == [("compose.yaml", 3, "error"), ("compose.yaml", 4, "error")]
    assert [each.name for each in found.services] == ["a"]


def test_a_backup_container_covers_what_it_mounts():
    found = declared(
        PLUGIN,
        {
            "compose.yaml": """
                services:
                  backup:
                    image: offen/docker-volume-backup:v2
                    volumes: ["data:/backup/data:ro", "/srv:/backup/srv:ro"]
                volumes: {data: {}}
            """
        },
    )
    assert [(each.what, each.scope) for each in found.covers] == [("data", "project:compose.yaml"), ("/srv", "")]


def test_a_file_that_only_adds_to_the_one_beside_it_tells_no_service_twice():
    found = declared(
        PLUGIN,
        {
            "docker-compose.yml": """
                services:
                  a: {image: 'x:1', restart: always, healthcheck: {test: x}}
                  db: {image: 'pg:1', restart: always, healthcheck: {test: x}}
                networks: {back: {}}
            """,
            "docker-compose.prod.yml": """
                services:
                  a: {ports: ['80:80'], privileged: true, networks: [back], depends_on: [db]}
                  b: {restart: always}
            """,
        },
    )
    assert [(each.name, each.file) for each in found.services] == [
        ("b", "docker-compose.prod.yml"),
        ("a", "docker-compose.yml"),
        ("db", "docker-compose.yml"),
    ]
    assert [each.port for each in found.ports] == [80]
    assert told(found, "undeclared") == told(found, "dead-reference") == []
    assert told(found, "privileged") == [("docker-compose.prod.yml", 2, "warning")]
    assert told(found, "invalid-value") == [("docker-compose.prod.yml", 3, "error")]
    assert told(found, "no-restart-policy") == []
