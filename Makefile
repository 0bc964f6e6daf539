# `make help` lists every target.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/scoring-operator
UV_VERSION := $(shell sed -n 's/^ARG UV_VERSION=//p' Dockerfile)
OWN_UV := $(CACHE)/uv-$(UV_VERSION)/bin/uv
UV := $(or $(shell command -v uv),$(OWN_UV))
RUN := PYTHONPATH=tests:. $(UV) run --no-sync
HARNESS := tests/harness
export UV_PYTHON_DOWNLOADS ?= never
# Tests start many processes, and each would compile anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

.PHONY: install
install: .venv/installed ## Install everything into .venv (with uv, fetched first if there is none)

$(OWN_UV):
	@python3 -c 'import ensurepip' 2>/dev/null || { echo "install Python 3.11+ with venv (Debian: python3-venv), or uv" >&2; exit 1; }
	@python3 -m venv $(CACHE)/uv-$(UV_VERSION)
	@$(CACHE)/uv-$(UV_VERSION)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/installed: uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --extra local --extra train
	@touch $@

.PHONY: check
check: .venv/installed ## Format, lint, imports, types, secrets, unit and contract tests
	@$(RUN) ruff format --check --quiet .
	@$(RUN) ruff check --quiet .
	@$(MAKE) --no-print-directory -j5 imports generated types units leaks

.PHONY: imports
imports: .venv/installed ## Import rules alone
	@said=$$($(RUN) lint-imports --no-logo) || { echo "$$said"; exit 1; }

.PHONY: generated
generated: .venv/installed ## Whether generated files are fresh, alone
	@$(RUN) python -m tools.crd --check
	@$(RUN) python -m tools.crd_page --check
	@$(RUN) python -m tools.scorer_pages --check
	@$(RUN) python -m tools.kubectl_page --check
	@$(RUN) python -m tools.metrics --check
	@$(RUN) python -m tools.conditions --check
	@$(RUN) python -m tools.alerts --check
	@$(RUN) python -m tools.dashboards --check
	@$(RUN) python -m tools.values --check

.PHONY: leaks
leaks: .venv/installed ## Whether a file of the tree holds what looks like a secret, alone
	@$(RUN) python -m tools.leaks

.PHONY: types
types: .venv/installed ## Types alone
	@$(RUN) mypy --no-error-summary

.PHONY: units
units: .venv/installed ## Unit and contract tests alone
	@$(RUN) pytest -q -n auto --dist worksteal tests/unit tests/contract

.PHONY: integration
integration: .venv/installed ## Tests on a real Kafka and a real API server
	@$(RUN) python -m harness.suites integration

.PHONY: chart-test
chart-test: .venv/installed ## The chart's life with Helm 3 and Helm 4 on a real API server
	@$(RUN) python -m harness.suites chart

.PHONY: faults
faults: .venv/installed ## Faults on brokers (Java) and on an API server that may be hurt: five minutes
	@$(RUN) python -m harness.suites faults

.PHONY: reliability
reliability: .venv/installed ## All faults in their long form; writes docs/reliability.md (up to an hour; OPTIONS=--quick for less)
	@$(RUN) python -m faults.report $(OPTIONS)

.PHONY: reliability-operator
reliability-operator: .venv/installed ## All faults of the operator's world in their long form; writes docs/operator-reliability.md
	@$(RUN) python -m operator_faults.report $(OPTIONS)

.PHONY: e2e
e2e: .venv/installed ## Tests on a real cluster with real pods (root and Go, or Docker with kind)
	@$(RUN) python -m harness.suites e2e

.PHONY: test
test: .venv/installed ## What CI runs: check, fuzz, integration, chart, faults, e2e
	@$(RUN) python -m harness.suites

.PHONY: fuzz
fuzz: .venv/installed ## Fuzz everything that reads bytes of strangers, for SECONDS=120
	@$(RUN) python -m fuzz.campaign --seconds $(or $(SECONDS),120)

.PHONY: fuzz-bugs
fuzz-bugs: .venv/installed ## See fuzzing find bugs that were put in on purpose, each within SECONDS=120
	@$(RUN) python -m fuzz.seeded --seconds $(or $(SECONDS),120)

.PHONY: fuzz-corpus
fuzz-corpus: .venv/installed ## Keep of what fuzzing has found the little that covers it all
	@$(RUN) python -m fuzz.minimise

.PHONY: demo
demo: .venv/installed ## Score generated wallets on a real Kafka, without Kubernetes
	@$(RUN) python -m demo

.PHONY: bench
bench: .venv/installed ## Measure the worker on a real Kafka; writes docs/performance.md
	@$(RUN) python -m benchmarks

.PHONY: bench-peers
bench-peers: .venv/installed ## Measure the worker beside its peers (half an hour; OPTIONS=--quick for less)
	@$(RUN) python -m benchmarks.peers $(OPTIONS)

.PHONY: bench-soak
bench-soak: .venv/installed ## Measure the worker's memory, idle and over ten minutes of work
	@$(RUN) python -m benchmarks.peers.soak $(OPTIONS)

.PHONY: bench-weights
bench-weights: .venv/installed images ## Measure how soon a changed weight is live on every pod of the tests' cluster
	@$(RUN) python -m benchmarks.weight_changes $(OPTIONS)

.PHONY: bench-scorers
bench-scorers: .venv/installed ## Measure what a record costs with each sample's scorer; writes docs/scorers/README.md
	@$(RUN) python -m benchmarks.scorers

.PHONY: bench-operator
bench-operator: .venv/installed ## Measure the operator with 500 pipelines beside a plain kopf operator (45 minutes; OPTIONS=--quick: ten)
	@$(RUN) python -m benchmarks.operator $(OPTIONS)

.PHONY: generate
generate: .venv/installed ## Write the scorers' part of the CRD from their types, the chart's schema, and the generated pages
	@$(RUN) python -m tools.crd
	@$(RUN) python -m tools.crd_page
	@$(RUN) python -m tools.scorer_pages
	@$(RUN) python -m tools.kubectl_page
	@$(RUN) python -m tools.metrics
	@$(RUN) python -m tools.conditions
	@$(RUN) python -m tools.alerts
	@$(RUN) python -m tools.dashboards
	@$(RUN) python -m tools.values

.PHONY: sbom
sbom: .venv/installed ## Write a bill of materials of each image to dist/sbom, from the lock
	@$(RUN) python -m tools.sbom

.PHONY: images
images: ## Build both images, and load them if the cluster is up
	@$(HARNESS)/build.sh kubernetes
	@$(HARNESS)/cluster.sh images

.PHONY: cluster-up
cluster-up: .venv/installed images ## Start the tests' cluster to stay; prints how to use it
	@$(RUN) python -m harness.cluster up

.PHONY: cluster-down
cluster-down: .venv/installed ## Stop the cluster
	@$(RUN) python -m harness.cluster down

.PHONY: kafka-up
kafka-up: .venv/installed ## Start the tests' Kafka to stay; prints its address
	@$(RUN) python -m harness.kafka up

.PHONY: kafka-down
kafka-down: .venv/installed ## Stop the Kafka
	@$(RUN) python -m harness.kafka down

.PHONY: clean
clean: ## Remove what the tools left in the checkout, .venv included; builds stay in the user's cache
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
