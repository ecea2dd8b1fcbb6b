#!/usr/bin/env bash
# Unpacks the Prometheus of newer Debian suites beside the machine's own, for the tests: prometheus and promtool into
# ${XDG_CACHE_HOME:-~/.cache}/promgen-gen/prometheus/<suite>/. What is there already is not asked for again.
#
# apt works on a root of its own (sources, lists, cache), so that the machine's lists and packages stay as they are. The
# archive is the one that the machine's own apt uses. Nothing here is fatal: the tests name what is not there.
set -u

cache="${XDG_CACHE_HOME:-$HOME/.cache}/promgen-gen/prometheus"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

missing=()
for suite in trixie sid; do
  if [ ! -x "$cache/$suite/prometheus" ] || [ ! -x "$cache/$suite/promtool" ]; then missing+=("$suite"); fi
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

fail() {
  echo "fetch-prometheus: not unpacked: ${missing[*]}: $1" >&2
  exit 0
}

# Another distribution's libraries and archive need not fit.
id=$(. /etc/os-release 2>/dev/null && echo "${ID:-}/${VERSION_CODENAME:-}")
case $id in
debian/?*) ;;
*) fail "this is no Debian" ;;
esac
archive=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(SITE)' 'Created-By: Packages' 2>/dev/null |
  awk -v release="${id#debian/}" '$1 == release && $2 == "main" { print $3; exit }')
[ -n "$archive" ] || fail "apt has no archive of ${id#debian/}"
[ -e $keyring ] || fail "no $keyring"
mkdir -p "$cache" || fail "cannot write to $cache"

fetch() {
  local suite=$1 root=$2
  mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/new" || return
  echo "deb [signed-by=$keyring] $archive $suite main" >"$root/sources.list"
  local apt=(apt-get -qq
    -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::Lists="$root/lists" -o Dir::Cache="$root/cache" -o APT::Sandbox::User="$(id -un)"
    -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=30)
  timeout 180 "${apt[@]}" update || return
  (cd "$root" && timeout 300 "${apt[@]}" download prometheus promtool) || return
  for package in "$root"/*.deb; do dpkg -x "$package" "$root/unpacked" || return; done
  # A binary that does not run here (its libraries are too new) is none.
  for program in prometheus promtool; do
    "$root/unpacked/usr/bin/$program" --version >/dev/null || return
    cp "$root/unpacked/usr/bin/$program" "$root/new/" || return
  done
  rm -rf "${cache:?}/$suite" && mv "$root/new" "$cache/$suite"
}

work=$(mktemp -d "$cache/.fetch-XXXXXX") || fail "cannot write to $cache"
trap 'rm -rf "$work"' EXIT
for suite in "${missing[@]}"; do
  fetch "$suite" "$work/$suite" || echo "fetch-prometheus: not unpacked: the Prometheus of $suite" >&2
done
exit 0
