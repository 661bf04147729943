#!/usr/bin/env bash
# Runs `gatehouse conformance` in a CI job, from the job's own directory. By environment:
#   GATEHOUSE  a checkout of Gatehouse
#   SPEC, TARGET, BASELINE, SHARD  as the command's options; empty ones are left out
#   MERGE      results of all shards, separated by spaces, to be put together instead of a run
#   RESULT     where the result is written, as JSON
#   REPORTS    reports to write, as FORMAT=FILE separated by spaces
# Its exit code is the command's: 0 as expected, 1 not as expected, 2 could not run.
set -euo pipefail
: "${GATEHOUSE:?the checkout of Gatehouse}" "${RESULT:?where the result goes}"

absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$PWD/$1" ;; esac; }

options=(--json)
if [ -n "${MERGE:-}" ]; then
  options+=(--merge)
  for file in $MERGE; do options+=("$(absolute "$file")"); done
else
  [ -z "${SPEC:-}" ] || options+=(--spec "$(absolute "$SPEC")")
  [ -z "${TARGET:-}" ] || options+=(--target "$(absolute "$TARGET")")
  [ -z "${BASELINE:-}" ] || options+=(--discover --baseline "$(absolute "$BASELINE")")
  [ -z "${SHARD:-}" ] || options+=(--shard "$SHARD")
fi
for report in ${REPORTS:-}; do
  options+=(--report "${report%%=*}=$(absolute "${report#*=}")")
done

result=$(absolute "$RESULT")
# pnpm may print lines of its own; node does not.
cd "$GATEHOUSE"
npx -y pnpm@12 install --frozen-lockfile >&2
exec node_modules/.bin/node apps/cli/src/main.ts conformance "${options[@]}" >"$result"
