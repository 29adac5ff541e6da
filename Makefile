# zuora-gateway: `make help` lists what there is.

SWIFT ?= swift
SECONDS ?= 60
BUILD_FLAGS ?=
PREFIX ?= /usr/local

.DEFAULT_GOAL := help
.PHONY: help setup build test test-shipped check format demo install uninstall dist dist-reproduce package-test image image-test manifests check-manifests conformance fuzz shipped bench bench-instructions soak memory rounds page-test clean

help: ## Show this list
	@printf 'zuora-gateway\n\n'
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nFirst time here? make demo\n'

setup:
	@scripts/setup.sh

build: setup ## Build the gateway in release mode: .build/release/zuora-gateway
	$(SWIFT) build -c release --product zuora-gateway $(BUILD_FLAGS)

# What the gateway is held against: no test is left out for want of it.
test: ## Run all tests
	@scripts/setup.sh curl=curl openssl=openssl python3=python3 nginx=nginx-light haproxy=haproxy stunnel4=stunnel4
	scripts/test.sh

# An optimizer's mistake shows in no debug build.
test-shipped: shipped ## Run the integration tests on the program as it ships
	ZUORA_GATEWAY=$(CURDIR)/.build-shipped/release/zuora-gateway scripts/test.sh --no-parallel --filter IntegrationTests

check: setup ## Format and lint the sources, and build with warnings as errors
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests
	WARNINGS_AS_ERRORS=1 $(SWIFT) build --build-tests --scratch-path .build-check $(BUILD_FLAGS)

format: ## Format the sources in place
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

demo: build ## Cancel a job through the gateway against the embedded sandbox (SERVE=1 keeps both up)
	@.build/release/zuora-gateway demo $(if $(SERVE),--serve)

install: setup ## Install the program, manual pages, completions, systemd units and an example configuration (PREFIX, DESTDIR)
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) BUILD_FLAGS="$(BUILD_FLAGS)" scripts/install.sh

uninstall: ## Remove what make install has installed; the configuration stays (PREFIX, DESTDIR)
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/install.sh --uninstall

dist: setup ## Make the tarball, the Debian package, the images, the bill of materials and the checksums in dist/
	@scripts/setup.sh debootstrap=debootstrap buildah=buildah readelf=binutils dpkg-shlibdeps=dpkg-dev
	BUILD_FLAGS="$(BUILD_FLAGS)" scripts/dist.sh

dist-reproduce: setup ## Make dist/ twice, in different folders, and compare
	scripts/dist-reproduce.sh

package-test: ## Install, start, upgrade, remove and purge the Debian package in a clean root (root; after make dist)
	@scripts/setup.sh debootstrap=debootstrap
	scripts/package-test.sh

image: ## Build the container image with docker, podman or buildah (ENGINE, IMAGE)
	scripts/image.sh

image-test: ## Build the container image without a Docker engine, and try it (root, Debian or Ubuntu)
	scripts/image-test.sh

manifests: ## Print an overlay of deploy/kubernetes for your registry (OVERLAY, REGISTRY, TAG or DIGEST)
	@REGISTRY="$(REGISTRY)" TAG="$(TAG)" DIGEST="$(DIGEST)" scripts/manifests.sh $(OVERLAY)

check-manifests: ## Render and check deploy/: schemas, hardening, configurations, exposure
	scripts/check-manifests.sh

conformance: setup ## Compare the HTTP and TOML parsers with others, scan TLS, move names, interleave tenants, serve other people's clients
	@scripts/setup.sh openssl=openssl libnss-wrapper
	@for suite in Tests/Conformance/*/run.py; do Tests/Conformance/run.sh "$$(basename "$$(dirname "$$suite")")" || exit 1; done

fuzz: setup ## Fuzz each target for SECONDS with libFuzzer and AddressSanitizer
	Fuzz/run.sh $(SECONDS)

# What is installed and packaged, but with symbols.
shipped: setup
	@SWIFT="$(SWIFT)" BUILD_FLAGS="$(BUILD_FLAGS)" scripts/build.sh >/dev/null

bench: shipped ## Run the benchmarks
	@for suite in Benchmarks/*/run.sh; do echo "== $$suite"; "$$suite" || exit 1; done

bench-instructions: shipped ## Count the instructions and allocations of a request, and compare them with the budget
	@scripts/setup.sh valgrind=valgrind objcopy=binutils
	Benchmarks/Instructions/run.sh $(if $(SET_BUDGET),--set-budget)

soak: shipped ## Serve faults, reloads and leaving callers for SECONDS, and hold every answer against the book of the stand-in
	python3 -B scripts/soak/run.py --seconds $(SECONDS) --program .build-shipped/release/zuora-gateway

memory: build ## Download 2 GiB through the gateway for a slow caller, and watch its resident memory
	scripts/memory.py

rounds: build ## End and reload the gateway, and change its certificate and secret, ten times each under load: nothing may fail
	scripts/rounds.py

page-test: build ## Look at the status page in headless Chromium: figures, every width, light and dark
	scripts/page-test.py

clean: ## Remove everything that was built
	rm -rf .build .build-* .venv-*
