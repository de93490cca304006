#!/usr/bin/env bash
# Runs every fuzz target of some packages for a time each, one after the other, and
# tells how many executions each took. Usage: tools/fuzz.sh TIME PACKAGE...
set -euo pipefail
cd "$(dirname "$0")/.."
time=$1
shift
for package in $(go list "$@"); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		log=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" 2>&1) || {
			printf '%s\n' "$log"
			echo "$package $target failed; what failed it is in its testdata/fuzz" >&2
			exit 1
		}
		printf '%-40s %-24s %s executions\n' "${package#fieldseal/}" "$target" "$(grep -o 'execs: [0-9]*' <<<"$log" | tail -n 1 | tr -dc 0-9)"
	done
done
