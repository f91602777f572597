"""A certificate authority that speaks ACME (pebble), certbot and nginx, whose certificate can be made old."""

from __future__ import annotations

from tests.real.lab import Lab
from tests.real.parts.installing import install

DOMAIN = "photos.lab.test"
LIVE = f"/etc/letsencrypt/live/{DOMAIN}"
SITE = "/etc/nginx/conf.d/photos.conf"
_FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
_PLAIN = f"server {{ listen 80; server_name {DOMAIN}; root /var/www/photos; }}"
_SECURE = (
    f"server {{ listen 443 ssl; server_name {DOMAIN}; "
    f"ssl_certificate {LIVE}/fullchain.pem; ssl_certificate_key {LIVE}/privkey.pem; }}"
)
_AUTHORITY = f"""
mkdir -p /etc/pebble /var/www/photos
echo "127.0.0.1 {DOMAIN}" >>/etc/hosts
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost \\
    -keyout /etc/pebble/key.pem -out /etc/pebble/cert.pem
cat >/etc/pebble/config.json <<END
{{"pebble": {{"listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
"httpPort": 80, "tlsPort": 443, "certificateValidityPeriod": 7776000,
"certificate": "/etc/pebble/cert.pem", "privateKey": "/etc/pebble/key.pem"}}}}
END
systemd-run --unit=pebble -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=0 pebble -config /etc/pebble/config.json
rm -f /etc/nginx/sites-enabled/default
echo '{_PLAIN}' >{SITE}
systemctl restart nginx
until curl -sk https://localhost:14000/dir >/dev/null; do sleep 0.2; done
"""
_CERTIFICATE = f"""
printf 'server = https://localhost:14000/dir\\nno-verify-ssl = true\\n' >>/etc/letsencrypt/cli.ini
certbot certonly --webroot -w /var/www/photos -d {DOMAIN} --cert-name {DOMAIN} --key-type rsa \\
    --non-interactive --agree-tos --register-unsafely-without-email
echo '{_SECURE}' >>{SITE}
"""
_AGE = f"""
cd {LIVE}
openssl req -new -key privkey.pem -subj /CN={DOMAIN} -out /tmp/old.csr
echo subjectAltName=DNS:{DOMAIN} >/tmp/old.names
LD_PRELOAD={_FAKETIME} FAKETIME=-80d openssl x509 -req -in /tmp/old.csr \\
    -CA /etc/pebble/cert.pem -CAkey /etc/pebble/key.pem -set_serial $(date +%s) \\
    -days 90 -extfile /tmp/old.names -out /tmp/old.pem
cat /tmp/old.pem >cert.pem
cat cert.pem chain.pem >fullchain.pem
systemctl reload nginx
wanted=$(openssl x509 -noout -serial -in cert.pem)
until openssl s_client -connect 127.0.0.1:443 -servername {DOMAIN} </dev/null 2>/dev/null \\
    | openssl x509 -noout -serial 2>/dev/null | grep -qx "$wanted"; do sleep 0.2; done
"""
"""A reload of nginx only begins one: the workers from before still answer for a moment."""


def issue(lab: Lab, machine: str) -> None:
    """Install all of it, and let nginx serve a certificate of the authority."""
    install(lab, machine, ("pebble", "certbot", "nginx-light", "openssl"))
    lab.run(machine, ["sh", "-ec", _AUTHORITY], check=True, timeout_seconds=180)
    lab.run(machine, ["sh", "-ec", _CERTIFICATE], check=True, timeout_seconds=180)


def age(lab: Lab, machine: str) -> None:
    """Put a certificate in the place of the newest one that was signed 80 days ago, for 90, and serve it."""
    lab.run(machine, ["sh", "-ec", _AGE], check=True, timeout_seconds=180)
