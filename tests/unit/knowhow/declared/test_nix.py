"""Nix modules, read as text."""

from __future__ import annotations

import pytest

from steward.knowhow.declared.nix import PLUGIN
from steward.knowhow.declared.nix_text import assignments
from tests.unit.knowhow.declared.repository import declared, named, told


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("{ a.b = 1; c = { d = 2; }; }", ["a.b", "c", "c.d"]),
        ("{ config, lib, ... }: { a = true; }", ["a"]),
        ("{ pkgs }: { a = true; }", ["a"]),
        ("let x = { y = 1; }; in { a = x; }", ["let.x", "let.x.y", "a"]),
        ("{ a = lib.mkIf c { b = 1; }; }", ["a", "a.b"]),
        ("{ a = lib.mkMerge [ { b = 1; } { c = 2; } ]; }", ["a", "a.b", "a.c"]),
        ('{ a."b c".d = 1; }', ["a.b c.d"]),
        ("{ a.${x}.b = 1; }", ["a.*.b"]),
        ('{ a = "x ${y "z"} }"; b = 1; }', ["a", "b"]),
        ("{ a = ''\n  b = 1;\n  ''${c}\n''; d = 2; }", ["a", "d"]),
        ("# a = 1;\n{ /* b = 2; */ c = 3; }", ["c"]),
        ("{ inherit (x) y; a = { inherit z; b = 1; }; }", ["a", "a.b"]),
        ("{ a = with x; [ y ]; b = 1; }", ["a", "b"]),
    ],
)
def test_assignments_are_found_with_their_full_path(text, paths):
    assert [".".join(each.path) for each in assignments(text)] == paths


@pytest.mark.parametrize("text", ["{" * 5000, "a = ''" + "x" * 5000, "}" * 100, "{ a = ${", '"', "{ a = [ ( ; }"])
def test_what_is_broken_comes_to_an_end(text):
    assert isinstance(assignments(text), list)


HOSTS = {
    "flake.nix": """
        {
          outputs = { self, nixpkgs, ... }: {
            nixosConfigurations.nas = nixpkgs.lib.nixosSystem {
              modules = [ ./hosts/nas ./modules/only-nas.nix ];
            };
            nixosConfigurations = {
              web = nixpkgs.lib.nixosSystem { modules = [ ./hosts/web/configuration.nix ]; };
            };
          };
        }
    """,
    "hosts/nas/default.nix": """
        { ... }:
        {
          imports = [ ../../modules/shared.nix ./gone.nix ];
          networking.hostName = "nas";
          services = {
            jellyfin.enable = true;
            off.enable = false;
            openssh = {
              enable = true;
              settings.x = 1;
            };
          };
          services.restic.backups.home.paths = [ "/srv" "/home" ];
          sops.secrets."restic/password" = { };
          age.secrets.token.file = ./token.age;
        }
    """,
    "hosts/web/configuration.nix": """
        {
          imports = [ ../../modules/shared.nix ];
          services.nginx.virtualHosts."a.example.org".locations."/".proxyPass = "http://127.0.0.1:3000";
          virtualisation.oci-containers.containers.app = {
            image = "ghcr.io/x/app:latest";
            ports = [ "127.0.0.1:3000:3000" ];
            volumes = [ "/srv/app:/data" ];
            dependsOn = [ "db" ];
          };
        }
    """,
    "modules/shared.nix": "{ services.tailscale.enable = lib.mkDefault true; }",
    "modules/only-nas.nix": """
        { config, lib, ... }:
        {
          options.services.own.enable = lib.mkEnableOption "own";
          config = lib.mkIf config.services.own.enable {
            systemd.services.own = {
              wantedBy = [ "multi-user.target" ];
              serviceConfig.ExecStart = "/bin/own";
            };
            systemd.services.nginx.serviceConfig.Nice = 5;
            services.prometheus.enable = true;
            services.prometheus.exporters.node.enable = true;
            services.prometheus.web.enable = true;
          };
        }
    """,
}


def test_what_is_enabled_is_told_on_the_machine_that_takes_the_file_in():
    found = declared(PLUGIN, HOSTS)
    assert [(each.name, each.kind, each.machine, each.file, each.line) for each in found.services] == [
        ("jellyfin", "nix", "nas", "hosts/nas/default.nix", 6),
        ("openssh", "nix", "nas", "hosts/nas/default.nix", 9),
        ("app", "nix-container", "web", "hosts/web/configuration.nix", 5),
        ("prometheus", "nix", "nas", "modules/only-nas.nix", 10),
        ("prometheus.exporters.node", "nix", "nas", "modules/only-nas.nix", 11),
        ("own", "systemd", "nas", "modules/only-nas.nix", 5),
        ("tailscale", "nix", None, "modules/shared.nix", 1),
    ]


def test_machines_of_a_flake_are_told_at_the_line_that_names_them():
    found = declared(PLUGIN, HOSTS)
    assert [(each.name, each.kind, each.file, each.line) for each in found.machines] == [
        ("nas", "nixos", "hosts/nas/default.nix", 4),
        ("web", "nixos", "hosts/web/configuration.nix", 1),
    ]


def test_what_belongs_to_containers_and_machines_is_told():
    found = declared(PLUGIN, HOSTS)
    assert [(each.port, each.address) for each in found.ports] == [(3000, "127.0.0.1")]
    assert [each.name for each in found.volumes] == ["/srv/app"]
    assert {(each.service, each.on, each.kind) for each in found.dependencies} == {
        ("a.example.org", "127.0.0.1:3000", "proxy"),
        ("app", "db", "depends-on"),
    }
    assert [(each.name, each.kind) for each in found.secrets] == [("restic/password", "sops"), ("token", "age")]
    assert [(each.what, each.scope) for each in found.covers] == [("/srv", "machine:nas"), ("/home", "machine:nas")]
    assert told(found, "dead-reference") == [("hosts/nas/default.nix", 3, "error")]
    assert told(found, "unpinned-image") == [("hosts/web/configuration.nix", 5, "warning")]


def test_services_of_packages_and_checks_are_not_told():
    assert named(declared(PLUGIN, {"checks/test.nix": "{ services.x.enable = true; }"})) == []
