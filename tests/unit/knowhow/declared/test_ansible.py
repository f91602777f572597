"""Inventories, playbooks and roles of Ansible."""

from __future__ import annotations

from steward.knowhow.declared import ansible, ansible_inventory
from tests.unit.knowhow.declared.repository import declared, named, told

INVENTORY = """
    all:
      children:
        servers:
          hosts:
            nas: {ansible_host: 10.0.0.2}
            web[1:2]:
        desktops:
          hosts:
            tower:
"""


def test_a_yaml_inventory_names_machines_with_addresses_and_lines():
    found = declared(ansible_inventory.PLUGIN, {"inventory/hosts.yml": INVENTORY})
    assert [(each.name, each.address, each.line) for each in found.machines] == [
        ("nas", "10.0.0.2", 5),
        ("web1", "", 6),
        ("web2", "", 6),
        ("tower", "", 9),
    ]


def test_an_ini_inventory_names_machines_ranges_included_and_host_vars_give_addresses():
    text = """
        # comment
        localhost ansible_connection=local
        [nodes]
        node[01:03].lan
        db ansible_host=10.0.0.9 ansible_user=root
        plain
        [nodes:vars]
        x=y
        [all:children]
        nodes
    """
    files = {"hosts.ini": text, "host_vars/plain.yml": "ansible_host: 10.0.0.7", "host_vars/lone/main.yml": "x: 1"}
    found = declared(ansible_inventory.PLUGIN, files)
    assert [(each.name, each.address) for each in found.machines] == [
        ("lone", ""),
        ("node01.lan", ""),
        ("node02.lan", ""),
        ("node03.lan", ""),
        ("db", "10.0.0.9"),
        ("plain", "10.0.0.7"),
    ]


def test_files_of_settings_are_no_inventories():
    files = {
        "ansible.cfg": "[defaults]\ninventory = hosts\n",
        "php.ini": "[PHP]\nengine = On\n",
        "inventory/group_vars/all.yml": "all: {hosts: {x: {}}}",
        "inventory/values.yaml": "a: {b: c}",
    }
    assert declared(ansible_inventory.PLUGIN, files).machines == ()


ROLE = {
    "inventory/hosts.yml": INVENTORY,
    "site.yml": """
        - hosts: nas
          roles:
            - media
            - {role: gone}
            - geerlingguy.docker
            - community.general.thing
        - hosts: all
          roles: [everywhere]
    """,
    "group_vars/all.yml": "docker_root: /srv/docker\nmedia_port: 8096\n",
    "roles/media/defaults/main.yml": """
        media_name: jellyfin
        media_port: 8000
        media_tag: "10.9"
        units: [{name: one, on: true}, {name: two}]
    """,
    "roles/media/tasks/main.yml": """
        - include_tasks: more.yml
        - import_tasks: gone.yml
        - name: Run it
          block:
            - community.docker.docker_container:
                name: "{{ media_name }}"
                image: "jellyfin/jellyfin:{{ media_tag }}"
                ports: ["{{ media_port }}:8096", "127.0.0.1:1900:1900/udp"]
                volumes:
                  - "{{ docker_root }}/jellyfin:/config"
                  - /var/run/docker.sock:/var/run/docker.sock
                env: {API_TOKEN: "{{ vault_token }}"}
                restart_policy: unless-stopped
                privileged: true
          when: media_enabled
        - docker_container: {name: old, image: x, state: absent}
    """,
    "roles/media/tasks/more.yml": """
        - ansible.builtin.systemd:
            name: "{{ item.name }}.service"
            state: started
            enabled: yes
          loop: "{{ units }}"
        - service: {name: off, state: stopped}
    """,
    "roles/everywhere/tasks/main.yml": "- docker_container: {name: agent, image: 'agent:latest'}\n",
    "roles/media/molecule/default/verify.yml": "- hosts: all\n  tasks:\n    - docker_container: {name: test}\n",
}


def test_containers_and_units_of_roles_are_told_on_the_machine_that_gets_the_role():
    found = declared(ansible.PLUGIN, ROLE)
    assert [(each.name, each.kind, each.image, each.machine, each.file, each.line) for each in found.services] == [
        ("agent", "ansible-container", "agent:latest", None, "roles/everywhere/tasks/main.yml", 1),
        ("jellyfin", "ansible-container", "jellyfin/jellyfin:10.9", "nas", "roles/media/tasks/main.yml", 5),
        ("one", "systemd", None, "nas", "roles/media/tasks/more.yml", 1),
        ("two", "systemd", None, "nas", "roles/media/tasks/more.yml", 1),
    ]
    assert [(each.port, each.address, each.protocol) for each in found.ports] == [
        (8096, "", "tcp"),
        (1900, "127.0.0.1", "udp"),
    ]
    assert [each.name for each in found.volumes] == ["/srv/docker/jellyfin", "/var/run/docker.sock"]
    assert [(each.name, each.service) for each in found.secrets] == [("API_TOKEN", "jellyfin")]
    assert {each.machine for each in found.placements} == {"nas"}


def test_what_plays_and_tasks_name_and_is_not_there_is_told():
    found = declared(ansible.PLUGIN, ROLE)
    assert told(found, "dead-reference") == [
        ("roles/media/tasks/main.yml", 2, "error"),
        ("site.yml", 4, "error"),
        ("site.yml", 5, "warning"),
    ]
    required = {**ROLE, "requirements.yml": "roles: [{name: geerlingguy.docker}]"}
    assert ("site.yml", 5, "warning") not in told(declared(ansible.PLUGIN, required), "dead-reference")


def test_what_is_risky_in_a_task_is_told():
    found = declared(ansible.PLUGIN, ROLE)
    assert {
        (each.kind, each.file) for each in found.problems if each.kind not in {"dead-reference", "no-healthcheck"}
    } == {
        ("docker-socket", "roles/media/tasks/main.yml"),
        ("privileged", "roles/media/tasks/main.yml"),
        ("unpinned-image", "roles/everywhere/tasks/main.yml"),
        ("no-restart-policy", "roles/everywhere/tasks/main.yml"),
    }


def test_roles_of_the_same_name_belong_to_the_playbook_beside_them():
    files = {
        "hosts.yml": INVENTORY,
        "a/play.yml": "- hosts: nas\n  roles: [r]\n",
        "b/play.yml": "- hosts: tower\n  roles: [r]\n",
        "a/roles/r/tasks/main.yml": "- docker_container: {name: x, image: 'x:1'}\n",
        "b/roles/r/tasks/main.yml": "- docker_container: {name: x, image: 'x:1'}\n",
    }
    found = declared(ansible.PLUGIN, files)
    assert [(each.file, each.machine) for each in found.services] == [
        ("a/roles/r/tasks/main.yml", "nas"),
        ("b/roles/r/tasks/main.yml", "tower"),
    ]


def test_charts_and_guests_of_tasks_are_told():
    files = {
        "play.yml": """
            - hosts: localhost
              tasks:
                - kubernetes.core.helm: {name: cilium, chart_ref: cilium/cilium}
                - community.general.proxmox: {hostname: dns, vmid: 101}
        """
    }
    found = declared(ansible.PLUGIN, files)
    assert named(found) == [("cilium", "helm-release", None, 3)]
    assert told(found, "unpinned-chart") == [("play.yml", 3, "warning")]
    assert [(each.name, each.kind) for each in found.machines] == [("dns", "proxmox-lxc")]


def test_variables_that_hold_themselves_come_to_an_end():
    files = {
        "roles/r/defaults/main.yml": 'a: "{{ b }}{{ b }}"\nb: "{{ a }}{{ a }}"\n',
        "roles/r/tasks/main.yml": "- docker_container: {name: x, image: '{{ a }}'}\n",
    }
    assert [each.name for each in declared(ansible.PLUGIN, files).services] == ["x"]
