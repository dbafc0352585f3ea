# Vestibule. `make help` lists the commands; each one installs what it needs, once.

PYTHON ?= python3
VENV := .venv
EMULATOR := .local/emulator
CHECKOV := .local/checkov
CORPUS := .local/corpus
BIN := $(VENV)/bin
SHELL := /bin/bash
STAGE ?= dev
ARCHITECTURE ?= arm64
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t 14 | sed 's/^/  make /'

$(VENV)/.installed: requirements.txt requirements-dev.txt client/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Vestibule needs Python 3.11 or newer: make PYTHON=python3.13 …")'
	@echo "› installing the development environment into $(VENV) (once, about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(EMULATOR)/.installed: local/emulator-requirements.txt
	@echo "› installing the AWS emulator into $(EMULATOR) (once)"
	@test -x $(EMULATOR)/bin/python || $(PYTHON) -m venv $(EMULATOR)
	@$(EMULATOR)/bin/pip install --no-compile --quiet --disable-pip-version-check -r local/emulator-requirements.txt
	@touch $@

$(CHECKOV)/.installed: tools/checkov-requirements.txt
	@echo "› installing checkov into $(CHECKOV) (once)"
	@test -x $(CHECKOV)/bin/python || $(PYTHON) -m venv $(CHECKOV)
	@$(CHECKOV)/bin/pip install --no-compile --quiet --disable-pip-version-check -r tools/checkov-requirements.txt
	@touch $@

# Pillow's source distribution has its test images. What pip prints is of use only if it fails.
$(CORPUS)/.fetched: requirements-dev.txt $(VENV)/.installed
	@echo "› fetching Pillow's test images into $(CORPUS) (once, 47 MB)"
	@rm -rf $(CORPUS) $(CORPUS).part && mkdir -p $(CORPUS).part
	@pillow="$$(grep '^pillow==' requirements-dev.txt)" && \
	  { $(BIN)/pip download --quiet --disable-pip-version-check --no-deps --no-binary pillow --dest $(CORPUS).part "$$pillow" && \
	    tar -xzf $(CORPUS).part/pillow-*.tar.gz -C $(CORPUS).part && \
	    mv $(CORPUS).part/pillow-*/Tests/images $(CORPUS) && touch $@; } || \
	  { test -z "$$CI" && echo "!! Pillow's test images could not be fetched: what needs them is skipped"; }
	@rm -rf $(CORPUS).part

.PHONY: corpus
corpus: $(CORPUS)/.fetched ## Fetch Pillow's test images, which the decoder is tested with

# What the tests of web/ need, before several processes would all begin to install it. Without Node.js they say so.
.PHONY: built-web
built-web: $(VENV)/.installed
	@$(BIN)/python -m tools.build_site || test -z "$$CI"

.PHONY: web
web: $(VENV)/.installed ## Build the seller's page into web/dist
	@$(BIN)/python -m tools.build_site

.PHONY: setup
setup: $(VENV)/.installed $(EMULATOR)/.installed ## Install everything, without starting anything

.PHONY: demo
demo: setup ## Run the main job, and five refusals, on this machine: no AWS account, no Docker
	@$(BIN)/python -m local.demo

.PHONY: dev
dev: setup ## Start the whole service on this machine, with the seller's page
	@$(MAKE) --no-print-directory web || echo "!! THE PAGE IS NOT BUILT: what follows is the API, and the page of an earlier build if there is one"
	@$(BIN)/python -m local.dev

.PHONY: test
test: setup corpus built-web ## Run all tests, and hold the coverage
	@$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder --cov --cov-report=term:skip-covered $(ARGS)

.PHONY: prove
prove: setup corpus ## Run what `make test` runs a part of in full: simulation, images, kills, stories, load
	@VESTIBULE_PROVE=1 $(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder \
	  tests/simulation tests/unit/test_corpus.py tests/unit/test_pixels.py \
	  tests/e2e/test_kills.py tests/integration/test_state_machine.py \
	  tests/integration/test_openapi.py tests/api/test_fuzz.py tests/load $(ARGS)

.PHONY: simulate
simulate: setup ## Tell stories by their seeds, in which anything breaks (ARGS="--stories 1000000 --seed 7")
	@$(BIN)/python -m tests.simulation $(ARGS)

.PHONY: e2e
e2e: setup ## Apply the stack to the emulator by Terraform, run the three steps through it, destroy it
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

.PHONY: browser
browser: setup web ## Go through the seller's page in Chromium, against the whole service on this machine
	@$(BIN)/python -m pytest tests/browser $(ARGS)

.PHONY: screenshots
screenshots: setup web ## Make the pictures of docs/images from the page as it is
	@$(BIN)/python -m tests.browser.screenshots

.PHONY: faults
faults: setup ## Break the client's connections at random, and kill it (ARGS="--runs 1000 --seed 7")
	@$(BIN)/python -m tests.faults $(ARGS)

.PHONY: load
load: setup ## Upload 2,000 files by 50 sellers at once, while 5 % of the calls to AWS fail (ARGS="--uploads 5000 --seed 7")
	@$(BIN)/python -m tests.load $(ARGS)

.PHONY: check
check: $(VENV)/.installed ## Lint, types, import rules, OpenAPI, Terraform
	@echo "› ruff"; $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "› mypy --strict"; $(BIN)/mypy
	@echo "› import rules"; $(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@echo "› OpenAPI"; $(BIN)/python -m tools.openapi --check
	@echo "› module sizes"; $(BIN)/python -m tools.module_sizes
	@$(MAKE) --no-print-directory check-terraform

# Terraform is not needed to work on the service: without it this is left out, loudly, but never in CI.
.PHONY: check-terraform
check-terraform: $(VENV)/.installed $(CHECKOV)/.installed
	@if command -v terraform >/dev/null || test -n "$$CI"; then \
	  $(BIN)/python -m tools.package $(STAGE) --architecture $(ARCHITECTURE) && \
	  echo "› terraform: format, validity, tests" && $(BIN)/python -m tools.terraform check && \
	  echo "› checkov" && $(CHECKOV)/bin/checkov --config-file .checkov.yaml; \
	else \
	  echo "!! NOT CHECKED, all of terraform/: Terraform is not installed"; \
	fi

.PHONY: format
format: $(VENV)/.installed ## Format the code
	@$(BIN)/ruff check --fix-only . && $(BIN)/ruff format .

.PHONY: openapi
openapi: $(VENV)/.installed ## Write docs/openapi.json from the code
	@$(BIN)/python -m tools.openapi

.PHONY: package
package: $(VENV)/.installed ## Make what Terraform deploys (STAGE=dev, ARCHITECTURE=arm64)
	@$(BIN)/python -m tools.package $(STAGE) --architecture $(ARCHITECTURE)

.PHONY: plan
plan: package ## Show what a deployment would change (STAGE=dev)
	@$(BIN)/python -m tools.terraform plan $(STAGE)

.PHONY: deploy
deploy: package ## Deploy a stage to AWS, with the seller's page if it has `site = true` (STAGE=dev)
	@$(BIN)/python -m tools.terraform deploy $(STAGE)
	@$(BIN)/python -m tools.publish_site $(STAGE)

.PHONY: destroy
destroy: $(VENV)/.installed ## Destroy a stage (STAGE=dev)
	@$(BIN)/python -m tools.terraform destroy $(STAGE)

.PHONY: outputs
outputs: $(VENV)/.installed ## Print what a frontend needs to know of a stage, as JSON (STAGE=dev)
	@$(BIN)/python -m tools.terraform outputs $(STAGE)

.PHONY: sweep-report
sweep-report: $(VENV)/.installed ## Print what the sweep of a stage would remove, and why (STAGE=dev, ARGS=--in-full)
	@$(BIN)/python -m tools.admin sweep $(STAGE) $(ARGS)

.PHONY: audit
audit: $(VENV)/.installed ## Compare all rows and objects of a stage, both ways; change nothing (STAGE=dev)
	@$(BIN)/python -m tools.admin audit $(STAGE)

.PHONY: bench
bench: setup ## Measure cold start, each step, whole uploads and their price, as ratios to others in the same run
	@$(BIN)/python -m bench

.PHONY: clean
clean: ## Remove what was installed and generated here
	rm -rf $(VENV) .local .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
