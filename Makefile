# Targets: build demo test fuzz bench lint generate soak. Binaries go to bin/.
# Go alone is enough for build, demo and `go test ./...`; test, lint and bench
# fetch their tools through tools/peers.sh and say what they could not get.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

export CGO_ENABLED := 0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X fieldseal/internal/command.version=$(VERSION)
# A gateway speaks HTTP/1.1; without HTTP/2 its binary is half a megabyte smaller.
AGENT_TAGS := nethttpomithttp2
SERVERS := fieldseal-notary fieldseal
# The page goes into the notary when Node can build it; without it the notary says so.
PAGE := notary/web/dist/index.html.br
PAGE_SOURCES := $(shell find notary/web/app \( -path '*/node_modules' -o -path '*/generated' \) -prune -o -type f -print 2>/dev/null) \
	$(shell find cmd/fieldseal-wasm evidence drivers/decoders $(patsubst %,drivers/%,modbus hj212 dlt645 jt808 nmea mqtt crane gpio i2c onewire textline) -maxdepth 2 -name '*.go' ! -name '*_test.go')
PAGE_TAGS = $(shell [ ! -e $(PAGE) ] || echo -tags page)
ARCHES := amd64 arm64 armv7
# What a gateway has room for, in bytes.
AGENT_MAX := 15000000
DIR ?= demo-data
FUZZTIME ?= 15s
PACKAGES ?= ./...

.PHONY: build page demo test fuzz bench lint generate soak tools consortium cross clean help

build: page ## the three binaries for this machine
	go build -trimpath -tags $(AGENT_TAGS) -ldflags '$(LDFLAGS)' -o bin/ ./cmd/fieldseal-agent
	go build -trimpath $(PAGE_TAGS) -ldflags '$(LDFLAGS)' -o bin/ $(SERVERS:%=./cmd/%)

page: $(PAGE) ## the centre's page, for the notary to hold; needs Node.js
$(PAGE): $(PAGE_SOURCES)
	tools/page.sh build

demo: build ## a construction site and a cold store, live; Ctrl-C ends it
	bin/fieldseal demo --dir '$(DIR)'

test: tools build ## every test, with the parts we did not write
	go vet ./...
	go test -timeout 20m ./...
	go test -timeout 30m -tags peers ./internal/e2e # with screenshots of the page in bin/screens

consortium: tools build ## a chain of four sealers on loopback; Ctrl-C ends it
	go run ./internal/consortium/up

tools: ## outside judges, linters, Modbus peers
	tools/peers.sh

lint: ## gofmt, vet, staticcheck, the browser build of evidence, the page's types
	@unformatted=$$(git ls-files '*.go' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt wants changes in:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go vet -tags peers ./internal/e2e
	GOOS=js GOARCH=wasm go build ./evidence/...
	@[ -x bin/tools/staticcheck ] || tools/peers.sh
	bin/tools/staticcheck ./...
	tools/page.sh check

generate: ## everything that is generated and committed
	go generate ./...

cross: page ## stripped binaries for every gateway and server we build for
	@for arch in $(ARCHES); do \
		export GOOS=linux GOARCH=$${arch%v7}; [ $$arch != armv7 ] || export GOARM=7; \
		go build -trimpath -tags $(AGENT_TAGS) -ldflags '-s -w $(LDFLAGS)' -o bin/linux-$$arch/ ./cmd/fieldseal-agent; \
		go build -trimpath $(PAGE_TAGS) -ldflags '-s -w $(LDFLAGS)' -o bin/linux-$$arch/ $(SERVERS:%=./cmd/%); \
		size=$$(stat -c %s bin/linux-$$arch/fieldseal-agent); \
		printf 'linux/%-6s agent %d bytes, notary %d, fieldseal %d\n' $$arch $$size \
			$$(stat -c %s bin/linux-$$arch/fieldseal-notary) $$(stat -c %s bin/linux-$$arch/fieldseal); \
		if [ $$size -gt $(AGENT_MAX) ]; then echo "the agent for $$arch is above $(AGENT_MAX) bytes"; exit 1; fi; \
	done

fuzz: ## every fuzz target of PACKAGES for FUZZTIME, such as make fuzz FUZZTIME=10000000x
	tools/fuzz.sh $(FUZZTIME) $(PACKAGES)

bench: tools build ## the table of docs/performance.md
	go run ./internal/bench -out docs/performance.md

soak: tools build ## long: kills, faults and load for an hour, recorded in bin/soak.log
	FIELDSEAL_SOAK=1 go test -timeout 90m -tags peers -count=1 -v ./internal/e2e 2>&1 | tee bin/soak.log

clean:
	rm -rf bin notary/web/dist
	rm -rf demo-data

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
