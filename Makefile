# zuora-gateway: `make help` lists what there is.

SWIFT ?= swift
SECONDS ?= 60
BUILD_FLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup build test check format demo clean

help: ## Show this list
	@printf 'zuora-gateway\n\n'
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nFirst time here? make demo\n'

setup:
	@scripts/setup.sh

build: setup ## Build the gateway in release mode: .build/release/zuora-gateway
	$(SWIFT) build -c release --product zuora-gateway $(BUILD_FLAGS)

test: setup ## Run all tests
	scripts/test.sh

check: setup ## Format and lint the sources, and build with warnings as errors
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests
	$(SWIFT) build --build-tests -Xswiftc -warnings-as-errors --scratch-path .build-check $(BUILD_FLAGS)

format: ## Format the sources in place
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

demo: build ## Cancel a job through the gateway against the embedded sandbox (SERVE=1 keeps both up)
	@.build/release/zuora-gateway demo $(if $(SERVE),--serve)

clean: ## Remove everything that was built
	rm -rf .build .build-* .venv-*
