#!/bin/sh
# The part of scripts/check-systemd that runs within the container, as root.
set -eu
cd /check
export DEBIAN_FRONTEND=noninteractive
secret=whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG
ok() { printf 'ok: %s\n' "$1"; }
fail() { printf 'FAILED: %s\n' "$1"; journalctl --no-pager -u clerk-courier | tail -n 20; exit 1; }

# systemd-run talks to systemd by way of D-Bus.
systemctl start dbus
dpkg --install clerk-courier.deb
[ "$(stat -c '%U %a' /etc/clerk-courier/secrets.env)" = "root 600" ] || fail "secrets.env is readable for others"
[ "$(systemctl is-active clerk-courier || true)" = inactive ] || fail "the package starts before it is configured"
systemd-analyze verify /usr/lib/systemd/system/clerk-courier.service
ok "the package is installed, and systemd-analyze verify has nothing to say"
systemd-analyze security --no-pager clerk-courier.service | tail -n 1
man_page=$(gzip -dc /usr/share/man/man1/clerk-courier.1.gz | grep -c '^\.TH') || fail "there is no manual page"
[ "$man_page" = 1 ] || fail "the manual page is broken"

# A wrong configuration is not tried again and again.
echo '[emailx]' >>/etc/clerk-courier/config.toml
systemctl start clerk-courier || true
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(systemctl is-failed clerk-courier || true)" = failed ] && break
    sleep 0.3
done
[ "$(systemctl show -P NRestarts clerk-courier)" = 0 ] || fail "exit status 2 was followed by a restart"
[ "$(systemctl show -P ExecMainStatus clerk-courier)" = 2 ] || fail "the exit status is not 2"
ok "a wrong configuration: exit status 2, and no restart"

python3 - <<'END' &
import sys
sys.path.insert(0, "/check")
from servers import Mail
with Mail(port=2525) as mail:
    mail.wait_for("", lambda: len(mail.taken) > 0, within=120)
    open("/check/mail", "wb").write(mail.taken[0])
END
mail=$!
sed -i -e '/^\[emailx\]$/d' -e 's|^url = "smtp:.*|url = "smtp://127.0.0.1:2525"|' /etc/clerk-courier/config.toml
printf 'CLERK_WEBHOOK_SIGNING_SECRET=%s\nSMTP_PASSWORD=not-a-password\n' "$secret" >/etc/clerk-courier/secrets.env
systemctl reset-failed clerk-courier
systemctl enable --now clerk-courier
for _ in $(seq 50); do
    clerk-courier health --config /etc/clerk-courier/config.toml >/dev/null 2>&1 && break
    sleep 0.1
done
clerk-courier health --config /etc/clerk-courier/config.toml || fail "it does not serve"
clerk-courier trigger verification_code --to ada@mail.example --secret "$secret" || fail "the message was not delivered"
wait "$mail"
grep -q '^To: ada@mail.example' mail || fail "no mail came"
ok "one signed event became one mail"

systemctl reload clerk-courier
systemctl restart clerk-courier
[ "$(stat -c '%U %a' /var/lib/clerk-courier)" = "clerk-courier 700" ] || fail "the ledger's directory is open to others"
systemd-run --quiet --pipe --wait --collect --uid=clerk-courier \
    --property=EnvironmentFile=/etc/clerk-courier/secrets.env \
    clerk-courier check --config /etc/clerk-courier/config.toml >/check/checked || { cat /check/checked; fail "check fails under systemd-run"; }
ok "reload, restart, and check as the service would run it"

dpkg --purge clerk-courier
[ ! -e /etc/clerk-courier ] && [ ! -e /var/lib/clerk-courier ] || fail "purging leaves secrets or the ledger"
ok "purged: secrets, configuration and ledger are gone"
echo passed >/check/result
