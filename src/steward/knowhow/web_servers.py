"""What nginx, Apache and Caddy are configured to serve: parts of the scripts that read it."""

from __future__ import annotations

_NGINX = r"""
    {
        sub(/#.*/, "")
        gsub(/[{};]/, " & ")
        for (at = 1; at <= NF; at++) {
            if ($at == "{") {
                if (directive == "server") { in_server = depth + 1; names = ""; ports = "" }
                depth++; directive = ""
            } else if ($at == "}") {
                if (in_server == depth) {
                    count = split(names, name, " "); bound = split(ports, port, " ")
                    for (one = 1; one <= count; one++)
                        for (two = 1; two <= bound; two++) print "name", port[two], name[one]
                    in_server = 0
                }
                depth--; directive = ""
            } else if ($at == ";") {
                if (directive == "listen" && is_tls) ports = ports " " place
                directive = ""
            } else if (directive == "") {
                directive = $at; is_tls = 0; place = ""
            } else if (directive == "listen") {
                if (place == "") { place = $at; sub(/.*:/, "", place) }
                if ($at == "ssl") is_tls = 1
            } else if (directive == "server_name") {
                names = names " " $at
            } else if (directive == "ssl_certificate") print "configured", $at
        }
    }
"""

_APACHE = r"""
    { word = tolower($1) }
    word == "<virtualhost" { port = $2; sub(/>.*/, "", port); sub(/.*:/, "", port); names = ""; is_tls = 0 }
    word == "servername" || word == "serveralias" { for (at = 2; at <= NF; at++) names = names " " $at }
    word == "sslengine" && tolower($2) == "on" { is_tls = 1 }
    word == "sslcertificatefile" { print "configured", $2 }
    word == "</virtualhost>" && is_tls {
        count = split(names, name, " ")
        for (one = 1; one <= count; one++) print "name", port, name[one]
    }
"""

_CADDY = r"""
    { line = $0; sub(/^[ \t]*#.*/, "", line); opened = gsub(/[{]/, "{", line); closed = gsub(/[}]/, "}", line) }
    depth == 0 && opened && line !~ /^[ \t]*[({]/ {
        gsub(/[,{]/, " ", line)
        count = split(line, place, " ")
        for (at = 1; at <= count; at++) {
            if (place[at] ~ /^http:/) continue
            sub(/^https:\/\//, "", place[at])
            port = 443
            if (split(place[at], part, ":") == 2) port = part[2]
            print "name", port, part[1]
        }
    }
    { depth += opened - closed }
"""

WEB_SERVERS = f"""\
all() {{ for file; do [ -f "$file" ] && cat "$file" && echo; done; }}
web_servers() {{
    all /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* | awk '{_NGINX}'
    all /etc/apache2/sites-enabled/* /etc/httpd/conf.d/*.conf | awk '{_APACHE}'
    all /etc/caddy/Caddyfile | awk '{_CADDY}'
}}
"""
"""Functions of the shell: `web_servers` prints `name PORT NAME` for each name served with TLS, and `configured PATH`
for each file of a certificate; both as they were written, unchecked."""
