#!/bin/sh
# What a CI does with an inventory, for every forge and for a bare Git server: see docs/gitops.md.
set -eu
usage() {
  cat <<'USAGE'
promgen-ci.sh check     of what is proposed: validates it, and plans it against PROMGEN_BASE
promgen-ci.sh publish   of what was merged: publishes it to the branch PROMGEN_BRANCH, and verifies that
Both run in a checkout with its history, and take their settings from the environment. Paths begin where this is run:
  PROMGEN_GEN              the program (the one beside this script, else promgen-gen)
  PROMGEN_DIRECTORY        where promgen.yml lies in the checkout (.)
  PROMGEN_ACCEPT           a digest that the safety gate named: lets pass what it holds back under it
  check:
    PROMGEN_BASE           the revision to compare with (where the branch left the default branch)
    PROMGEN_FORMAT         of findings: text, github, junit, sarif or json (text)
    PROMGEN_OUT            a directory, outside of the inventory, for plan.json and plan.md (nowhere)
  publish:
    PROMGEN_BRANCH         the branch of the artifacts (artifacts)
    PROMGEN_REMOTE         the remote that it is pushed to (origin); empty for none
    PROMGEN_SIGNING_KEY    the text of an SSH private key that signs what is published; or
    PROMGEN_SIGNING_FILE   a file with one, or with the public key of one that ssh-agent has
    PROMGEN_ALLOWED_SIGNERS, PROMGEN_IDENTITY   whose signature has to be on it then (of anybody in the file)
On GitHub, the plan also goes to the summary of the job, and `commit` and `changed` to the outputs of the step.
exit: 0 done, or nothing to do; 1 findings; 2 usage or environment; 4 held back by the safety gate; 70 a bug
USAGE
}
tool() { "$program" -C "$directory" "$@"; }
say() { printf '%s\n' "$1" >&2; }
# The program looks for paths in the directory of promgen.yml.
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac; }

check() {
  out=${PROMGEN_OUT:-}
  if [ -n "$out" ]; then mkdir -p -- "$out"; else out=$(mktemp -d) && trap 'rm -rf -- "$out"' EXIT; fi
  out=$(cd -- "$out" && pwd -P)
  # Of an earlier run, and so of another commit: nobody is to take them for this one's, wherever this ends.
  rm -f -- "$out/plan.json" "$out/plan.md"
  tool validate --format "${PROMGEN_FORMAT:-text}"
  set -- ${PROMGEN_BASE:+--base "$PROMGEN_BASE"} ${PROMGEN_ACCEPT:+--accept "$PROMGEN_ACCEPT"}
  code=0
  tool plan "$@" --format json >"$out/plan.json" || code=$?
  if ! [ -s "$out/plan.json" ]; then
    rm -f -- "$out/plan.json"
    return "$code"
  fi
  tool comment --dry-run --plan "$out/plan.json" >"$out/plan.md"
  [ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat -- "$out/plan.md" >>"$GITHUB_STEP_SUMMARY"
  # Once more for people: this is what the log of the job shows.
  tool plan "$@" || true
  return "$code"
}

publish() {
  branch=${PROMGEN_BRANCH:-artifacts} remote=${PROMGEN_REMOTE-origin}
  before=$(tip)
  tool publish branch --branch "$branch" ${remote:+--push "$remote"} ${PROMGEN_ACCEPT:+--accept "$PROMGEN_ACCEPT"} \
    ${PROMGEN_SIGNING_FILE:+--sign "$(absolute "$PROMGEN_SIGNING_FILE")"}
  after=$(tip)
  # Where somebody else has published since, it is not here yet.
  git -C "$directory" cat-file -e "$after^{commit}" 2>/dev/null ||
    git -C "$directory" fetch --quiet --no-tags -- "$remote" "refs/heads/$branch" || true
  # What was published, where it was published to: of a branch, the remote `origin` would be asked, whichever is meant.
  tool verify "branch:$after" --rebuild \
    ${PROMGEN_ALLOWED_SIGNERS:+--allowed-signers "$(absolute "$PROMGEN_ALLOWED_SIGNERS")"} \
    ${PROMGEN_IDENTITY:+--identity "$PROMGEN_IDENTITY"}
  [ -n "${GITHUB_OUTPUT:-}" ] || return 0
  if [ "$before" = "$after" ]; then changed=false; else changed=true; fi
  printf 'commit=%s\nchanged=%s\n' "$after" "$changed" >>"$GITHUB_OUTPUT"
}
# The commit that the branch of the artifacts is at, on the remote where one is pushed to; nothing where there is no branch.
tip() {
  if [ -n "$remote" ]; then
    git -C "$directory" ls-remote --heads -- "$remote" "refs/heads/$branch" | cut -f 1
  else
    # Of the two that promgen-gen goes on from, the one that comes after the other.
    tips=$(git -C "$directory" for-each-ref --format='%(objectname)' "refs/heads/$branch" "refs/remotes/origin/$branch")
    # shellcheck disable=SC2086 # an id is a word each
    [ -z "$tips" ] || git -C "$directory" rev-list --max-count=1 --topo-order $tips --
  fi
}

here=$(dirname -- "$(readlink -f -- "$0")")
program=${PROMGEN_GEN:-}
[ -n "$program" ] || program=$here/../../lib/cli.js
[ -x "$program" ] || program=${PROMGEN_GEN:-promgen-gen}
directory=${PROMGEN_DIRECTORY:-.}
case $#,${1:-} in
  1,check) check ;;
  1,publish) publish ;;
  1,--help | 1,-h) usage ;;
  *)
    say "promgen-ci.sh: check or publish? --help says more"
    exit 2
    ;;
esac
