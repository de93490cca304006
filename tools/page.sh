#!/usr/bin/env bash
# Builds the supervision centre's page (notary/web/app) into notary/web/dist, with
# the inspector's desk and its verifier, and the same desk as one file into
# notary/web/verifier.
# Without a fit Node.js it says so and does nothing; where CI=true it fails.
#
#   tools/page.sh build   builds it
#   tools/page.sh check   its types and its components, without building
set -euo pipefail
cd "$(dirname "$0")/../notary/web/app"

ready() {
	local why=""
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		why="no Node.js with npm"
	elif ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || a == 22 && b >= 12 || a == 20 && b >= 19 ? 0 : 1)'; then
		why="Node.js $(node --version) is too old: 20.19, 22.12 or newer is needed"
	fi
	[ -n "$why" ] || return 0
	echo "page: left out: $why. The notary will say that its page is missing." >&2
	[ "${CI:-}" != true ] || exit 1
	exit 0
}

install() {
	if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
		npm ci --silent
	fi
}

# The verifier that the desk runs, and what of the toolchain runs it. A file that
# would be the same again is left alone, so that make has nothing to do after it.
verifier() {
	local out=notary/web/app/src/desk/generated
	(
		cd ../../..
		mkdir -p "$out"
		GOOS=js GOARCH=wasm CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$out/fieldseal.wasm.part" ./cmd/fieldseal-wasm
		cp "$(go env GOROOT)/lib/wasm/wasm_exec.js" "$out/wasm_exec.js.part"
		for f in fieldseal.wasm wasm_exec.js; do
			if cmp -s "$out/$f.part" "$out/$f"; then rm "$out/$f.part"; else mv "$out/$f.part" "$out/$f"; fi
		done
	)
}

case "${1:-}" in
build) ready && install && verifier && npm run --silent build ;;
check) ready && install && npm run --silent check ;;
*)
	sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
	exit 64
	;;
esac
