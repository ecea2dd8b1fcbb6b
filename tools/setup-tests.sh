#!/usr/bin/env bash
# Installs what the tests use beside Node: prometheus with promtool, blackbox_exporter, git, ssh-keygen, strace (to kill the
# programs at every system call), ip (for networks of their own), shells and checkers, Python with PyYAML: Debian's packages.
# Newer versions of Prometheus are unpacked beside it. What cannot be had is skipped here; the tests then name the suites that did not run.
set -u

missing=()
# Who needs what: "program package".
while read -r program package; do
  command -v "$program" >/dev/null || missing+=("${package:-$program}")
done <<'END'
prometheus
prometheus-blackbox-exporter
git
strace
ip iproute2
curl
openssl
ssh-keygen openssh-client
shellcheck
busybox
systemd-analyze systemd
chattr e2fsprogs
setfacl acl
setpriv util-linux
rabbitmq-server
END
/usr/bin/python3 -c 'import yaml' 2>/dev/null || missing+=(python3-yaml)

newer() { "$(dirname "$0")/fetch-prometheus.sh"; }

if [ ${#missing[@]} -eq 0 ]; then
  newer
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "setup-tests: not installed, and no apt-get: ${missing[*]}" >&2
  exit 0
fi

as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo env DEBIAN_FRONTEND=noninteractive); fi

# Debian starts a package's service when it installs it; the tests want port 9090 free. 101 is "not allowed".
policy=/usr/sbin/policy-rc.d
own_policy=false
if [ ! -e $policy ]; then
  own_policy=true
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
  "${as_root[@]}" chmod 755 $policy
fi
finish() { if $own_policy; then "${as_root[@]}" rm -f "$policy"; fi; }
trap finish EXIT

apt=("${as_root[@]}" apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=30)
"${apt[@]}" update ||
  echo "setup-tests: apt-get update failed" >&2
# One that is not to be had must not keep the others away.
for package in "${missing[@]}"; do
  "${apt[@]}" install -y --no-install-recommends "$package" >/dev/null || echo "setup-tests: not installed: $package" >&2
done
newer
exit 0
