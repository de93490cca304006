#!/usr/bin/env bash
# Builds the supervision centre's page (notary/web/app) into notary/web/dist.
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

case "${1:-}" in
build) ready && install && npm run --silent build ;;
check) ready && install && npm run --silent check ;;
*)
	sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
	exit 64
	;;
esac
