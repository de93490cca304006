#!/usr/bin/env bash
# Runs every fuzz target of some packages for a time or a number of executions each,
# one after the other, and tells how many each took.
# Usage: tools/fuzz.sh TIME|COUNTx PACKAGE...
set -euo pipefail
cd "$(dirname "$0")/.."
time=$1
shift
for package in $(go list "$@"); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		# Making an interesting input smaller counts as no execution; five seconds
		# of it are enough where fifteen are all there is.
		run=(go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 5s "$package")
		if ! log=$("${run[@]}" 2>&1); then
			# Go's fuzzer now and then takes the end of its own time for an error, with
			# no input to show. What hangs does so again, what fails leaves its input.
			if grep -q 'context deadline exceeded' <<<"$log" && ! grep -q 'Failing input\|hung or terminated' <<<"$log"; then
				echo "${package#fieldseal/} $target: the fuzzer overran its time, once more"
				log=$("${run[@]}" 2>&1) && failed= || failed=yes
			else
				failed=yes
			fi
			if [ -n "$failed" ]; then
				printf '%s\n' "$log"
				echo "$package $target failed; what failed it is in its testdata/fuzz" >&2
				exit 1
			fi
		fi
		printf '%-40s %-24s %s executions\n' "${package#fieldseal/}" "$target" "$(grep -o 'execs: [0-9]*' <<<"$log" | tail -n 1 | tr -dc 0-9)"
	done
done
