#!/bin/sh
# Compiles the contracts and writes ABI, bytecode, runtime code and Go bindings, all committed; holds the sources to solhint.
# With --check nothing is left changed: it fails if what is committed is not what comes out.
set -eu
cd "$(dirname "$0")"
outputs="bindings.go"
for c in Anchors Governance Registry; do
	outputs="$outputs $c.abi.json $c.bin $c.runtime.bin"
done

if [ "${1:-}" = "--check" ]; then
	kept=$(mktemp -d)
	trap 'cp "$kept"/* . && rm -rf "$kept"' EXIT
	cp $outputs "$kept"
fi

npm ci --no-audit --no-fund --silent
npm run --silent lint
node compile.js
CGO_ENABLED=0 go run bind.go

if [ "${1:-}" = "--check" ]; then
	for f in $outputs; do
		cmp "$f" "$kept/$f" || {
			echo "notary/contracts/$f is not what the contracts compile to: run notary/contracts/generate.sh and commit" >&2
			exit 1
		}
	done
fi
