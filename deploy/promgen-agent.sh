#!/bin/sh
# `promgen-agent sync` for hosts without Node: it needs curl, sha256sum, awk, mv and their like, ssh-keygen for signatures.
# Options, files, lock and exit codes are those of promgen-agent, which checks and proves more: see docs/agent.md.
set -u && umask 077 && export LC_ALL=C
usage() { cat <<'USAGE'
promgen-agent.sh --source URL --shard NAME|--all-shards --targets FILE [option…]
  --source URL (https://… or file:///…), --credentials bearer:FILE|basic:FILE, --ca FILE, --allow-http: where from
  --targets FILE, --urls FILE, --state DIR: what to replace, and where the lock lies (/var/lib/promgen-agent)
  --allowed-signers FILE, --identity NAME: refuse what NAME did not sign · --accept GENERATION: although it empties a file
  --prometheus URL, --reload always|never, --proof-timeout SECONDS (30), --no-proof: a change without proof ends with 3
  --prometheus-path FILE, --prometheus-urls-path FILE: the files as Prometheus sees them, in a container
  --bootstrap: whatever was in place: its SHA256SUMS is damaged, or this host takes another shard or repository from now on
exit: 0 confirmed or nothing new, 2 usage, 3 not proven, 4 held, 5 refused, 6 source, 7 disk, 75 another run is at work
USAGE
}
say() { printf 'promgen-agent: %s\n' "$1" | tr -d '\001-\011\013-\037\177' >&2; }
die() { say "$2" && exit "$1"; }
source='' shard='' targets='' urls='' state=/var/lib/promgen-agent prometheus='' seen='' seen_urls='' reload=always
proof=yes wait=30 cause='no --prometheus is named' signers='' identity='' credentials='' ca='' accept='' changed='' plain=no bootstrap=no
while [ $# -gt 0 ]; do
  case $1 in --help) usage && exit 0 ;; sync | --all-shards | --no-proof | --allow-http | --bootstrap) set -- "$1" "$@" ;; esac # have no value
  [ $# -gt 1 ] || die 2 "$1 is not known here or needs a value: see --help"
  case $1 in
    --source) source=${2%/} ;; --shard) shard=$2 ;; --targets) targets=$2 ;; --urls) urls=$2 ;; --state) state=$2 ;;
    --prometheus) prometheus=${2%/} ;; --prometheus-path) seen=$2 ;; --prometheus-urls-path) seen_urls=$2 ;;
    --reload) reload=$2 ;; --proof-timeout) wait=${2%s} ;; --allowed-signers) signers=$2 ;; --identity) identity=$2 ;;
    --credentials) credentials=$2 ;; --ca) ca=$2 ;; --accept) accept=$2 ;;
    sync) ;; --all-shards) shard='*' ;; --no-proof) proof=no ;; --allow-http) plain=yes ;; --bootstrap) bootstrap=yes ;;
    *) die 2 "$1 is not known here: see --help" ;;
  esac
  shift 2
done
case $source,$shard,$targets in ,* | *,,* | *,) die 2 "--source, --shard and --targets are needed: see --help" ;; esac
case $reload in always | never) ;; *) die 2 "--reload is always or never here, not $reload" ;; esac
case $wait in '' | *[!0-9]*) die 2 "--proof-timeout takes seconds, not $wait" ;; esac
case $plain,$source in *,file:///*) ;;
  *,https://* | yes,http://* | *,http://127.0.0.1[:/]* | *,http://localhost[:/]*) query='' ;;
  *) die 2 "--source must begin with https:// or file:///; http:// only to loopback, or with --allow-http" ;; esac
case $credentials in '') ;; bearer:* | basic:*) [ -r "${credentials#*:}" ] ;; *) false ;; esac ||
  die 2 "--credentials takes bearer:FILE or basic:FILE, and a file that can be read" # which is not named: it may be the secret
[ -z "$signers" ] || [ -n "$identity" ] || die 2 "--allowed-signers needs --identity, a name that stands in that file"
# Names as in the artifacts: each byte but letters, digits, "_", "-" and "." as %XX. In a URL "%" is encoded once more.
encoded=$(printf '%s' "$shard" | od -An -v -tx1 | awk 'BEGIN { for (i = 1; i < 256; i++) c[sprintf("%02x", i)] = sprintf("%c", i) }
  { for (i = 1; i <= NF; i++) printf "%s", c[$i] ~ /[A-Za-z0-9_.-]/ ? c[$i] : "%" toupper($i) }')
[ ${#encoded} -le 200 ] || die 2 "the name of this shard is too long for this script: use promgen-agent"
case $shard in '*') encoded='*' base=$source ;; *) base=$source/shards/$(printf '%s' "$encoded" | sed 's/%/%25/g') ;; esac
staging() { echo "$(dirname "$1")/.promgen-agent"; } # beside each file: from another file system nothing comes in one step
user=$(id -u) kept=$(staging "$targets") aside=$(staging "${urls:-$targets}")
for path in "$targets" "$urls" "$kept/SHA256SUMS" "$state/lock" "$kept" "$aside"; do
  [ ! -L "$path" ] || die 7 "$path is a symbolic link"
  [ ! -e "$path" ] || { [ -r "$path" ] && { [ -f "$path" ] || [ "${path##*/}" = .promgen-agent ]; }; } || die 7 "$path is no file, or not for user $user"
done
own() { if [ "$user" = 0 ] && owner=$(stat -c %u:%g "$1") && [ "$owner" != 0:0 ] && [ "$(stat -c %u "$2")" = 0 ]; then chown -h "$owner" "$2" || true; fi; } # for who runs this else
{ mkdir -p "$state" && command exec 9>>"$state/lock" && own "$state" "$state/lock"; } || die 7 "cannot create $state, or write to it"
! command -v flock >/dev/null || flock -n 9 || die 75 "another run is at work"
rm -rf "$kept"/sh.* "$aside"/sh.*; new=$kept/sh.$$; trap 'rm -rf "$new" "$aside/sh.$$"' EXIT; trap 'exit 143' TERM INT HUP
for path in "$kept" "$aside"; do # mostly the same
  { (umask 022 && mkdir -p "${path%/*}") && mkdir -p "$path/sh.$$" && own "${path%/*}" "$path" && own "$path" "$path/sh.$$"; } || die 7 "cannot write to $path"
done
secret() { # through a pipe, never as an argument, which every user of this host can read
  [ -z "$credentials" ] || awk -v kind="${credentials%%:*}" '{ sub(/\r$/, ""); gsub(/["\\]/, "\\\\&")
    printf kind == "basic" ? "user = \"%s\"\n" : "header = \"Authorization: Bearer %s\"\n", $0; exit }' "${credentials#*:}"
}
get() { # path below the shard, file, largest size in bytes, cache header
  into=$2 status=$(secret | curl -qsS --fail -K - -w '%{http_code} %{redirect_url}' ${ca:+--cacert "$ca"} --proto '=https,http,file' --connect-timeout 10 --max-time 60 \
    --max-filesize "$3" -H "$4" -o "$2" "$base/$1" 9>&-) || return
  to=${status#* } to=${to%%\?*} at=${base#"$source"}/${1%%\?*} # what is asked there may be a secret
  case $status,$to in 3*"$at") die 6 "redirected to $to, and not followed: if it is yours, say --source ${to%"$at"}/" ;; 3*) die 6 "redirected to ${to:-nowhere}, and not followed: see what --source leads to" ;; esac
}
lost() { case $1 in 23) die 7 "cannot write $into: is the disk full?" ;; 63) die 5 "$2 is too large" ;; esac; die 6 "cannot get $2; the old targets stay"; }
is_absent() { case $1,$status in 22,404* | 22,410* | 37,*) ;; *) return 1 ;; esac; }
get SHA256SUMS "$new/SHA256SUMS" 65536 Cache-Control:no-cache || { error=$?
  [ "$shard" != '*' ] && is_absent $error && base=$source && get manifest.json "$new/x" 268435456 Accept:\*/\* &&
    ! grep -qF "\"shards/$encoded\"" "$new/x" && die 5 "the source has no shard $shard; the old targets stay"
  lost $error SHA256SUMS
}
if [ -n "$signers" ]; then
  get SHA256SUMS.sig "$new/SHA256SUMS.sig" 65536 Cache-Control:no-cache || { error=$?
    is_absent $error && die 5 "SHA256SUMS is not signed, and --allowed-signers asks for it"; lost $error SHA256SUMS.sig; }
  why=$(ssh-keygen -Y verify -f "$signers" -I "$identity" -n promgen-gen -s "$new/SHA256SUMS.sig" 2>&1 <"$new/SHA256SUMS") || case $why in
    *'incorrect signature'*) die 6 "SHA256SUMS.sig is of other bytes: changed, or a cache in between has another generation" ;;
    *) die 5 "SHA256SUMS is not signed by $identity of $signers: $why" ;; esac
fi
header() { awk -v key="$1=" 'NR == 1 { for (i = 4; i <= NF; i++) if (index($i, key) == 1) print substr($i, length(key) + 1) }' "$2"; }
digest() { awk -v name="$1" '$2 == name && $1 ~ /^[0-9a-f]+$/ && length($1) == 64 { print $1 }' "$2"; }
is_number() { case $1 in '' | *[!0-9]* | 0?*) return 1 ;; *) [ ${#1} -le 15 ] ;; esac }
sums=$new/SHA256SUMS was=$kept/SHA256SUMS old=-1 way_out='if that is meant, run once with --bootstrap'
[ "$(head -c 16 "$sums" | tr '\000' '?')" = '# promgen-gen 1 ' ] || die 5 "this is no SHA256SUMS of format 1: wrong --source, or upgrade"
generation=$(header generation "$sums") accepts=$(header accepts "$sums") repository=$(header repository "$sums")
is_number "$generation" || die 5 "SHA256SUMS has no valid generation"
[ "$(header shard "$sums")" = "$encoded" ] || die 5 "SHA256SUMS is of shard $(header shard "$sums"), not of $shard"
if [ -f "$was" ] && [ $bootstrap = no ]; then
  old=$(header generation "$was") before=$(header repository "$was")
  is_number "$old" || die 5 "$was is damaged: run once with --bootstrap"
  [ "$(header shard "$was")" = "$encoded" ] || die 5 "shard $(header shard "$was") is in place, not $encoded: $way_out"
  [ -z "$before" ] || [ "$repository" = "$before" ] || die 5 "this is of repository ${repository:-(none)}, not $before: $way_out"
  [ "$generation" -ge "$old" ] || die 5 "generation $generation is older than $old, which is in place"
fi
# Whoever wrote it, with whatever white space, be it all on one line: from comma to comma.
filled() { [ -f "$1" ] && awk 'BEGIN { RS = "," } { gsub(/[ \t\r\n]/, "") } /"targets":\["/ { any = 1; exit } END { exit !any }' "$1"; }
locate() { case $1 in targets.json) path=$targets ;; *) path=$urls ;; esac; file=$(staging "$path")/sh.$$/$1; }
for name in targets.json ${urls:+urls.json}; do
  locate "$name" && want=$(digest "$name" "$sums")
  [ ${#want} -eq 64 ] || die 5 "SHA256SUMS must name $name exactly once"
  [ "$generation" != "$old" ] || [ "$want" = "$(digest "$name" "$was")" ] || die 5 "generation $generation is in place with other bytes"
  there=$([ ! -f "$path" ] || sha256sum <"$path") && [ "${there%% *}" = "$want" ] && [ "$(stat -c %a "$path")" = 644 ] && continue
  for cache in Accept:\*/\* Cache-Control:no-cache; do # what a cache still had is asked for once more
    get "$name${query+?$want}" "$file" 268435456 "$cache" || lost $? "$name"
    case $(sha256sum <"$file") in "$want"*) cache='' && break ;; esac
  done
  [ -z "$cache" ] || die 6 "$name does not fit SHA256SUMS: a cache in between has another generation; the old targets stay"
  awk '/^\[/ { list = 1 } /"targets":\[/ { group = 1 } END { exit !(list && group) }' "$file" || die 5 "$name has no target group"
  filled "$file" || ! filled "$path" || [ "$accept" = "$generation" ] || { is_number "$accepts" && [ "$accepts" -le "$generation" ] &&
    [ "$old" -ge 0 ] && [ "$old" -lt "$accepts" ] && [ "${there%% *}" = "$(digest "$name" "$was")" ]; } || # is for what we put there
    die 4 "generation $generation leaves no target in $name: held; --accept $generation takes it"
  changed="$changed $name"
done
has_read() { # the file in place, and its path as Prometheus sees it
  unread=$1 && at=$2 awk -v time="$(stat -c %Y "$1")" 'index($0, "prometheus_sd_file_mtime_seconds{filename=\"" ENVIRON["at"] "\"} ") == 1 &&
    $NF == time { found = 1 } END { exit !found }' "$new/metrics"
}
prove() { # seconds to wait until Prometheus has read the files as they are now
  end=$(($(date +%s) + $1)) unread=$targets
  until curl -qsS --fail --max-time 5 -o "$new/metrics" "$prometheus/metrics" 2>"$new/cause" && has_read "$targets" "${seen:-$targets}" &&
    { [ -z "$urls" ] || has_read "$urls" "${seen_urls:-$urls}"; }; do
    [ "$(date +%s)" -lt "$end" ] || { cause=$(cat "$new/cause") && return 1; }
    nudge=$(dirname "$unread")/.promgen-agent-nudge && true >"$nudge" && rm -f "$nudge"; sleep 1 # an event: Prometheus looks again
  done
}
[ -z "$changed" ] || { true >"$kept/unconfirmed" && own "$kept" "$kept/unconfirmed"; } || die 7 "cannot write to $kept"
for name in $changed; do
  { locate "$name" && chmod 644 "$file"; } || die 7 "cannot set the mode of $file"
  if [ -f "$path" ]; then # the proof needs a later time than before, in whole seconds
    own "$path" "$file"
    [ "$(stat -c %Y "$path")" -lt "$(stat -c %Y "$file")" ] || touch -d "@$(($(stat -c %Y "$path") + 1))" "$file"
  fi
  sync "$file" 2>/dev/null || sync
  mv "$file" "$path" || die 7 "cannot replace $path"
done
for name in SHA256SUMS.sig SHA256SUMS; do
  [ ! -f "$new/$name" ] || { own "$kept" "$new/$name" && mv "$new/$name" "$kept/$name"; } || die 7 "cannot write to $kept"
done
[ -z "$changed" ] || say "generation $generation is in place:$changed"
if [ -n "$changed" ] && [ -n "$prometheus" ] && [ "$reload" = always ]; then
  prove 10
  curl -qsS --fail --max-time 30 -X POST -o /dev/null "$prometheus/-/reload" || say "the reload failed; files are read without it"
fi
[ ! -f "$kept/unconfirmed" ] || [ $proof = no ] || { [ -n "$prometheus" ] && prove "$wait"; } ||
  die 3 "not proven${cause:+ ($cause)}: Prometheus has not read generation $generation; --no-proof if nobody wants to know"
rm -f "$kept/unconfirmed"
