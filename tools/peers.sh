#!/usr/bin/env bash
# Installs the parts we did not write that some tests talk to: Debian packages,
# npm packages of tools/peers, and the Go tools of tools/go.mod. What it cannot
# install it names with the reason and goes on; the tests that need it then say
# so too (internal/peers).
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin" # where mosquitto is

skipped=0
skip() {
	echo "peers: skipped $1: $2" >&2
	skipped=$((skipped + 1))
}

declare -A package=(
	[socat]=socat [mbpoll]=mbpoll [strace]=strace [gcc]=gcc [node]=nodejs [npm]=npm
	[mosquitto]=mosquitto [mosquitto_pub]=mosquitto-clients [ip]=iproute2 [chromium]=chromium [curl]=curl
)
want=()
for tool in socat mbpoll strace gcc node npm mosquitto mosquitto_pub ip chromium curl; do
	command -v "$tool" >/dev/null || want+=("${package[$tool]}")
done
[ -e /usr/include/modbus/modbus.h ] || want+=(libmodbus-dev)
# Compiling a C slave needs the C library's headers, which gcc alone only recommends.
[ -e /usr/include/stdio.h ] || want+=(libc6-dev)
# The page in Chinese, for the browser and for those who look at its screenshots.
[ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || want+=(fonts-wqy-microhei)

if [ ${#want[@]} -gt 0 ]; then
	if ! command -v apt-get >/dev/null; then
		skip "${want[*]}" "no apt-get on this machine"
	elif [ "$(id -u)" != 0 ]; then
		skip "${want[*]}" "not root; as root: apt-get install ${want[*]}"
	else
		apt-get update -qq || echo "peers: apt-get update failed; trying with the lists at hand" >&2
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${want[@]}" >/dev/null ||
			skip "${want[*]}" "apt-get install failed"
	fi
fi

if ! command -v npm >/dev/null; then
	skip "npm packages of tools/peers" "no npm"
elif [ ! -e tools/peers/node_modules/.package-lock.json ] ||
	[ tools/peers/package-lock.json -nt tools/peers/node_modules/.package-lock.json ]; then
	(cd tools/peers && npm ci --no-audit --no-fund --silent) || skip "npm packages of tools/peers" "npm ci failed"
fi

mkdir -p bin/tools
(cd tools && CGO_ENABLED=0 go build -o ../bin/tools/ tool ./...) ||
	skip "Go tools of tools/go.mod" "go build failed"

# The last geth with Clique, and its signer. They cannot share a go.mod with today's go-ethereum.
for tool in geth clef; do
	[ -x "bin/tools/$tool" ] ||
		GOBIN="$PWD/bin/tools" CGO_ENABLED=0 go install -ldflags=-checklinkname=0 "github.com/ethereum/go-ethereum/cmd/$tool@v1.13.15" ||
		skip "$tool 1.13.15" "go install failed"
done

if [ "$skipped" -gt 0 ]; then
	echo "peers: $skipped skipped; tests that need them will be skipped, or fail where FIELDSEAL_PEERS=required" >&2
fi
exit 0
