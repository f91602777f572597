"""Secrets that files keep: encrypted is fine and said so, in clear is told by place and kind."""

from __future__ import annotations

import pytest

from steward.knowhow.declared.secrets_kept import PLUGIN
from tests.unit.knowhow.declared.repository import declared, told

TOKEN = "gh" + "p_" + "Zk3vQ9wLr7TyB2nXe5MpHs8DfG1aJc4Uo6Ki"


def test_encrypted_files_are_told_as_such():
    found = declared(
        PLUGIN,
        {
            "secrets.sops.yaml": "db:\n  password: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[AES256_GCM,data:y]\n",
            "app.env": "TOKEN=ENC[AES256_GCM,data:x]\nsops_mac=ENC[AES256_GCM,data:y]\n",
            "vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
            "key.txt.age": "-----BEGIN AGE ENCRYPTED FILE-----\nx\n",
            "vars.yml": "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\nother: '{{ vault_other }}'\n",
        },
    )
    assert [(each.file, each.name, each.kind, each.is_encrypted) for each in found.secrets] == [
        ("app.env", "TOKEN", "sops", True),
        ("app.env", "sops_mac", "sops", True),
        ("key.txt.age", "key.txt.age", "age", True),
        ("secrets.sops.yaml", "db.password", "sops", True),
        ("vars.yml", "db_password", "ansible-vault", True),
        ("vars.yml", "vault_other", "ansible-vault", False),
        ("vault.yml", "vault.yml", "ansible-vault", True),
    ]
    assert told(found, "plaintext-secret") == []


def test_names_of_environment_files_are_told_and_values_in_clear_are_problems():
    found = declared(PLUGIN, {"app/.env": "DB_PASSWORD=hunter2secret\nCOLOR=blue\nAPI_TOKEN=\n"})
    assert [(each.name, each.kind, each.line) for each in found.secrets] == [
        ("DB_PASSWORD", "env-file", 1),
        ("API_TOKEN", "env-file", 3),
    ]
    assert told(found, "plaintext-secret") == [("app/.env", 1, "error")]
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("x.yml", f"token: {TOKEN}"),
        ("compose.yml", "- MYSQL_PASSWORD=gitea"),
        ("v.yml", 'admin_password: "Sommer2024!"'),
        ("main.tf", 'password = "Sommer2024!"'),
        ("x.nix", 'password = "Sommer2024!";'),
        ("s.sh", "curl -u admin:Sommer2024 http://x"),
        ("u.yml", "url: postgres://app:Sommer2024@db/x"),
    ],
)
def test_a_secret_in_clear_is_told(path, line):
    assert told(declared(PLUGIN, {path: line}), "plaintext-secret") == [(path, 1, "error")]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("w.yml", "  id-token: write"),
        ("c.yml", "password: ${DB_PASSWORD}"),
        ("c.yml", 'test: mysqladmin --password="$$(cat /run/secrets/db)"'),
        ("v.yml", "password: '{{ vault_password }}'"),
        ("g.yml", "password: $__file{/etc/secrets/pass}"),
        ("h.yml", "githubConfigSecret: runner-secret"),
        ("k.yml", "- secretKey: APP__SESSION_SECRET"),
        ("m.tf", "secret = base64encode(random_password.x.result)"),
        ("n.nix", "SSH_ASKPASS = askPasswordWrapper;"),
        ("n.nix", 'entries."my-api-token" = "my-api-token";'),
        ("o.yml", "password: op://vault/item/field"),
        ("p.conf", "fastcgi_pass unix:/run/php.sock;"),
        ("README.md", "password: Sommer2024!"),
        ("e.yml", "token: <your token here>"),
        ("x.yml", "- /srv/credentials.yaml:/credentials.yaml:ro"),
    ],
)
def test_a_reference_is_no_secret(path, line):
    assert told(declared(PLUGIN, {path: line}), "plaintext-secret") == []


def test_in_examples_and_comments_it_is_only_noted():
    files = {".env.example": "DB_PASSWORD=hunter2secret", "a.yml": "# password: Sommer2024!"}
    found = declared(PLUGIN, files)
    assert told(found, "plaintext-secret") == [(".env.example", 1, "note"), ("a.yml", 1, "note")]
