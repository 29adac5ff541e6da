# zuora-gateway: `make help` lists the targets.

SWIFT ?= swift
SECONDS ?= 60
SEEDS ?= 20
BUILD_FLAGS ?=
PREFIX ?= /usr/local
TARGET ?= gateway

.DEFAULT_GOAL := help
.PHONY: help setup demo build install uninstall image manifests \
	test test-unit test-shipped cases check format lint check-manifests conformance conformance-quick fuzz page-test image-test package-test quickstart-test \
	soak soak-mutated memory rounds fleet fleet-slots bench bench-instructions shipped docs dist dist-reproduce clean

help: ## Show this help
	@printf 'zuora-gateway\n'
	@awk -F':.*## ' '/^##@ /{printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## /{printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nTo begin: make demo\n'

setup:
	@scripts/setup.sh

##@ Usage

demo: build ## Cancel a job through the gateway with the sandbox as upstream (SERVE=1 keeps both running)
	@.build/release/zuora-sandbox demo $(if $(SERVE),--serve)

build: setup ## Build the gateway and the sandbox in release mode: .build/release/zuora-gateway, zuora-sandbox
	@grep -v '^#' scripts/products | while read -r product; do $(SWIFT) build -c release --product $$product $(BUILD_FLAGS) || exit 1; done

install: setup ## Install programs, manual pages, completions, systemd units and an example configuration (PREFIX, DESTDIR)
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) BUILD_FLAGS="$(BUILD_FLAGS)" scripts/install.sh

uninstall: ## Remove the installed files, except the configuration (PREFIX, DESTDIR)
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/install.sh --uninstall

image: ## Build a container image with docker, podman or buildah (TARGET=gateway or sandbox, REGISTRY, ENGINE, IMAGE)
	TARGET=$(TARGET) scripts/image.sh

manifests: ## Print an overlay of deploy/kubernetes for your registry (OVERLAY, REGISTRY, TAG or DIGEST)
	@REGISTRY="$(REGISTRY)" TAG="$(TAG)" DIGEST="$(DIGEST)" scripts/manifests.sh $(OVERLAY)

##@ Development

# Installs the servers and tools that the tests compare the gateway with, so that no test is skipped.
test: ## Run all tests
	@scripts/setup.sh curl=curl openssl=openssl python3=python3-venv nginx=nginx-light haproxy=haproxy stunnel4=stunnel4 redis-server=redis-server
	@Tests/Conformance/run.sh --install fleet || echo "NOT TESTED: fleets with Valkey, which could not be installed" >&2
	scripts/test.sh

test-unit: setup ## Run the tests without sockets or processes (less than a minute once built)
	scripts/test.sh --unit

check: lint conformance-quick ## Check format, warnings, prose, links, scripts, workflows, manifests, packages, and what callers and monitoring are told
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests
	WARNINGS_AS_ERRORS=1 $(SWIFT) build --build-tests $(if $(WARNINGS_AS_ERRORS),,--scratch-path .build-check) $(BUILD_FLAGS)

lint: setup ## Run the part of make check that does not compile
	@scripts/setup.sh shellcheck=shellcheck lintian=lintian dpkg-shlibdeps=dpkg-dev readelf=binutils openssl=openssl python3=python3-venv
	@scripts/setup.sh promtool=prometheus || true
	scripts/lint.sh

format: ## Format the sources in place
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

docs: setup ## Build the libraries' documentation into .build-docs
	scripts/docs.sh

clean: ## Remove everything that was built
	rm -rf .build .build-* .venv-* dist

##@ More tests

# Compiler bugs in optimization do not show in debug builds. The kinds of stores are not about the gateway's own code.
test-shipped: shipped ## Run the integration tests with the release build
	ZUORA_GATEWAY=$(CURDIR)/.build-shipped/release/zuora-gateway scripts/test.sh --no-parallel --filter IntegrationTests --skip FleetLayoutTests

cases: shipped ## Check how the release build handles faults of upstreams and callers (Tests/Cases)
	@scripts/setup.sh openssl=openssl python3=python3
	Tests/Cases/run.py --program .build-shipped/release/zuora-gateway

conformance: build ## Run all suites of Tests/Conformance: calling, clients, examples, fleet, gzip, isolation, metrics, monitoring, names, openapi, otlp, repeats, tls, toml, wire, zuora-sdk (STRICT=1: none may be left out)
	@scripts/setup.sh openssl=openssl libnss-wrapper redis-server=redis-server
	@export CONFORMANCE_STRICT=$(STRICT); \
	for suite in Tests/Conformance/*/run.py; do Tests/Conformance/run.sh "$$(basename "$$(dirname "$$suite")")" || exit 1; done

conformance-quick: shipped ## Run the suites calling, monitoring and otlp, and a part of examples, openapi and repeats: two minutes
	@scripts/setup.sh openssl=openssl python3=python3-venv
	@scripts/setup.sh promtool=prometheus redis-server=redis-server || true
	Tests/Conformance/quick.sh

fuzz: setup ## Fuzz each target for SECONDS with libFuzzer and AddressSanitizer
	Fuzz/run.sh $(SECONDS)

fleet: setup ## Simulate a thousand gateways that share one Zuora, compare the store's scripts with real servers, and have stores fail over and gateways die (SEEDS)
	@scripts/setup.sh redis-server=redis-server
	timeout -k 10 1800 $(SWIFT) build -c release --product fleet-probe $(BUILD_FLAGS)
	timeout -k 10 1800 "$$($(SWIFT) build -c release --show-bin-path)"/fleet-probe simulate $(SEEDS)
	timeout -k 10 1800 Tests/Conformance/run.sh fleet --probe "$$($(SWIFT) build -c release --show-bin-path)"/fleet-probe
	ZUORA_GATEWAY_FAILOVERS=1 scripts/test.sh --no-parallel --filter FleetLayoutTests
	$(MAKE) fleet-slots EVENTS=kill,store WHEN_LOST=wait

fleet-slots: setup ## Run MEMBERS gateways (20) with CALLERS callers each (6) that share slots, and kill, suspend and stop members and their store (EVENTS, WHEN_LOST)
	@scripts/setup.sh redis-server=redis-server
	timeout -k 10 1800 $(SWIFT) build -c release --product zuora-gateway $(BUILD_FLAGS)
	timeout -k 10 1800 $(SWIFT) build -c release --product zuora-sandbox $(BUILD_FLAGS)
	python3 -B Tests/Conformance/fleet/slots.py --members $(or $(MEMBERS),20) --callers $(or $(CALLERS),6) \
		$(if $(EVENTS),--events $(EVENTS)) $(if $(WHEN_LOST),--when-lost $(WHEN_LOST))

soak: shipped ## Run with faults, reloads and disconnecting callers for SECONDS, and check every response against the sandbox's book
	python3 -B scripts/soak/run.py --seconds $(SECONDS) --program .build-shipped/release/zuora-gateway

soak-mutated: shipped ## Run with an upstream that mutates its responses for SECONDS (SEED), and compare each relayed response with what was sent
	python3 -B scripts/soak/mutated.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) --program .build-shipped/release/zuora-gateway

memory: build ## Download 2 GiB through the gateway with a slow caller, and check its resident memory
	scripts/memory.py

rounds: build ## Restart and reload the gateway and rotate its certificate and secret, ten times each under load: no request may fail
	scripts/rounds.py

page-test: build ## Check the status page in headless Chromium: figures, every width, light and dark
	scripts/page-test.py

bench: shipped ## Run the benchmarks
	@for suite in Benchmarks/*/run.sh; do echo "== $$suite"; "$$suite" || exit 1; done

# Without strace, the benchmark itself says that it has not checked system calls.
bench-instructions: shipped ## Count instructions, allocations and system calls per request, and compare them with the budget (SET_BUDGET=1, PROFILE=case)
	@scripts/setup.sh valgrind=valgrind objcopy=binutils openssl=openssl redis-server=redis-server
	@scripts/setup.sh strace=strace || true
	Benchmarks/Instructions/run.sh $(if $(SET_BUDGET),--set-budget) $(if $(PROFILE),--profile "$(PROFILE)")

check-manifests: ## Render and check deploy/: schemas, hardening, configurations, exposure
	scripts/check-manifests.sh

image-test: ## Build and test the container images without a Docker engine (root, Debian or Ubuntu)
	scripts/image-test.sh

package-test: ## Install, start, upgrade, remove and purge the Debian package in a clean root (root; after make dist)
	@scripts/setup.sh debootstrap=debootstrap
	scripts/package-test.sh

quickstart-test: ## Run the README's quick starts in a clean root (root; after make dist)
	@scripts/setup.sh debootstrap=debootstrap
	scripts/quickstart-test.sh

##@ Release

dist: setup ## Create the tarball, the Debian package, the images, the bill of materials and the checksums in dist/ (root)
	@scripts/setup.sh debootstrap=debootstrap buildah=buildah readelf=binutils dpkg-shlibdeps=dpkg-dev
	BUILD_FLAGS="$(BUILD_FLAGS)" scripts/dist.sh

dist-reproduce: setup ## Create dist/ twice, in different folders, and compare (root)
	@scripts/setup.sh debootstrap=debootstrap buildah=buildah readelf=binutils dpkg-shlibdeps=dpkg-dev
	scripts/dist-reproduce.sh

# The release build with symbols: the Swift runtime is in the executable.
shipped: setup
	@SWIFT="$(SWIFT)" BUILD_FLAGS="$(BUILD_FLAGS)" scripts/build.sh >/dev/null
