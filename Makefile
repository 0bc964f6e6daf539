# `make help` lists every target.
.DEFAULT_GOAL := help
SHELL := bash
UV := $(shell command -v uv || echo .venv/bin/uv)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | column -t -s '|'
