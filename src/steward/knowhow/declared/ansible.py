"""Playbooks and roles of Ansible: what they start where, and what they name that is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steward.knowhow.declared.ansible_plays import Play, hosts_of, hosts_of_roles, plays, roles, roles_of
from steward.knowhow.declared.ansible_tasks import beside, read_tasks
from steward.knowhow.declared.ansible_variables import Variables, of_role, shared
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.reader import YAML_ENDINGS, Reader, Sources, folder_of, is_known, name_of, submodules
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration, Severity

_TESTS = {"molecule"}
_INCLUDES = ("include_tasks", "import_tasks", "include")
_PLAYBOOKS = ("import_playbook", "ansible.builtin.import_playbook")


def claims(sources: Sources) -> Iterator[str]:
    """Yield playbooks, and files of tasks."""
    known = {play.file for play in sources.once(plays) if not _TESTS & set(play.file.split("/"))}
    yield from known
    for path in sources.paths:
        if not path.endswith(YAML_ENDINGS):
            continue
        is_task = (
            "tasks" in path.split("/")[:-1] and not _TESTS & set(path.split("/")) and _is_of_ansible(sources, path)
        )
        if path not in known and (is_task or _imports(sources, path)):
            yield path


def _is_of_ansible(sources: Sources, path: str) -> bool:
    """Tell whether a file is a list of tasks: it is one of a role, or looks like one."""
    for document in sources.yaml(path).documents:
        for task in document.sequence[:5]:
            is_task = "name" in task.mapping or any("." in key for key in task.mapping)
            if is_task or (task.mapping and _role_of(sources, path)):
                return True
    return False


def _imports(sources: Sources, path: str) -> bool:
    return "import_playbook" in (sources.text(path) or "") and any(
        key in task.mapping for node in sources.yaml(path).documents for task in node.sequence for key in _PLAYBOOKS
    )


def read(sources: Sources, path: str) -> Declaration:
    """Return what a playbook or a file of tasks starts."""
    role = _role_of(sources, path)
    hosts = _hosts(sources, path, role)
    machine = next(iter(hosts)) if len(hosts) == 1 else None
    found = Found(path, project=role or folder_of(path) or path, machine=machine)
    if role and machine:
        found.add_placement(role, machine)
    variables = _variables(sources, role)
    own = {play.line: play for play in sources.once(plays) if play.file == path}
    for document in sources.yaml(path).documents:
        if own:
            _playbook(sources, document, own, variables, found)
        else:
            read_tasks(document, variables, found)
            _included(sources, document, found, role)
    return found.declaration()


def _role_of(sources: Sources, path: str) -> str:
    folders = (folder for group in sources.once(roles).values() for folder in group)
    return max((folder for folder in folders if path.startswith(folder + "/")), key=len, default="")


def _hosts(sources: Sources, path: str, role: str) -> frozenset[str]:
    if role:
        return sources.once(hosts_of_roles).get(role, frozenset())
    own = [hosts_of(sources, play) for play in sources.once(plays) if play.file == path]
    return frozenset(host for hosts in own for host in hosts)


def _variables(sources: Sources, role: str) -> Variables:
    groups: Mapping[str, Node] = sources.once(shared)
    if not role:
        return Variables(groups)
    defaults, fixed = of_role(sources, role)
    return Variables(defaults, groups, fixed)


def _playbook(sources: Sources, document: Node, own: Mapping[int, Play], variables: Variables, found: Found) -> None:
    for node in document.sequence:
        for key in _PLAYBOOKS:
            name = node.string(key)
            if name and is_known(name) and "." not in name.split("/")[-1].rpartition(".")[0]:
                _is_there(sources, beside(found.file, name), name, node.line_of(key), found)
        play = own.get(node.line_of("hosts")) if "hosts" in node.mapping else None
        if play is None:
            continue
        for key in ("pre_tasks", "tasks", "post_tasks"):
            tasks = node.at(key)
            if tasks is not None:
                read_tasks(tasks, variables.also(node.map("vars")), found)
                _included(sources, tasks, found, "")
        for name, line, _ in roles_of(node):
            _role(sources, name, line, found)


def _is_there(sources: Sources, path: str, name: str, line: int, found: Found) -> None:
    if not path.startswith("..") and not sources.exists(path):
        found.problem("dead-reference", f"it names {name}, which is not there", line)


def _role(sources: Sources, name: str, line: int, found: Found) -> None:
    """Look for a role; one of a collection or of Galaxy is believed where the requirements name it."""
    known = sources.once(roles)
    if not is_known(name) or name_of(name) in known or not known or name.count(".") >= 2:
        return
    required = sources.once(_required)
    if name in required or name_of(name) in required or not found.is_first(f"role {name}"):
        return
    if any(name_of(each) == name_of(name) for each in sources.once(submodules)):
        return
    if "." in name:
        message = f"the role {name} is neither here nor in a requirements file"
        found.problem("dead-reference", message, line, severity=Severity.WARNING)
    elif sources.has_folder(beside(found.file, f"roles/{name}")):
        return
    else:
        found.problem("dead-reference", f"the role {name} is not there", line)


def _required(sources: Sources) -> frozenset[str]:
    """Return names of roles that requirements files name."""
    found: set[str] = set()
    for path in sources.paths:
        if name_of(path) in {"requirements.yml", "requirements.yaml"}:
            for document in sources.yaml(path).documents:
                for each in (*document.sequence, *document.list("roles")):
                    names = (each.scalar, each.string("name"), each.string("src"), each.string("role"))
                    found.update(name.rpartition("/")[2].removesuffix(".git") for name in names if name)
                    found.update(name for name in names if name)
    return frozenset(found)


def _included(sources: Sources, tasks: Node, found: Found, role: str) -> None:
    """Look for files of tasks that tasks include."""
    waiting = list(tasks.sequence)
    while waiting:
        task = waiting.pop(0)
        for key, value in task.mapping.items():
            if key in {"block", "rescue", "always"}:
                waiting.extend(value.sequence)
            if key.rpartition(".")[2] not in _INCLUDES or key.endswith("_vars"):
                continue
            name = value.scalar or value.string("file")
            if not name or not is_known(name) or not name.endswith(YAML_ENDINGS):
                continue
            places = [beside(found.file, name), f"{role}/tasks/{name}" if role else name]
            if not any(sources.exists(place) for place in places):
                found.problem("dead-reference", f"it includes {name}, which is not there", task.line_of(key))


PLUGIN = Reader(name="ansible", summary="Playbooks and roles of Ansible", claims=claims, read=read)
