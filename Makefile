# Every target sets up .venv by itself and is quick the second time.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

PYTEST := $(BIN)/python -m pytest -q
# What is held to the last branch is proven by tests of its own: watching the others would only make them slow.
PROVEN := tests/signals signals
# These look at the clock and want the machine to themselves.
ALONE := tests/wire/test_gateway_scripts.py tests/wire/test_faults_slice.py
# ARGS may choose places of its own; a part of the tests in which it selects nothing (5) has not failed.
PLACES := $(filter tests% signals%,$(ARGS))
OR_NONE := $(if $(ARGS),|| test $$? -eq 5)

# What a test's process has compiled is there for the next one's: there are hundreds, and compiling takes longer than running.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check types lint pages bench faults fuzz docs screenshots gallery lock browser format

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "smallcap-signals needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv (about a minute, once) ..."
	@# What is never imported need not be compiled: that is most of it.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Watch the bot in a simulated Discord in your browser
	@$(BIN)/smallcap demo $(ARGS)

test: $(STAMP) ## Run all tests; signals/ must be covered to the last branch
ifneq ($(PLACES),)
	@$(PYTEST) $(ARGS)
else
	@$(PYTEST) -n 2 --dist loadfile $(if $(ARGS),,--cov --cov-fail-under=100) $(PROVEN) $(ARGS) $(OR_NONE)
	@$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder tests \
		$(addprefix --ignore=,$(ALONE) $(PROVEN)) $(ARGS) $(OR_NONE)
	@$(PYTEST) $(ALONE) $(ARGS) $(OR_NONE)
endif

check: $(STAMP) ## Format, lint, types, import floors, docs
	@$(MAKE) --no-print-directory --jobs 2 --output-sync types lint pages

types: $(STAMP)
	@$(BIN)/mypy

lint: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache --no-logo

pages: $(STAMP)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir .venv/site-check

format: $(STAMP) ## Format the code and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP) ## Compare side by side with the libraries a user would pick instead
	@for script in $$(ls benchmarks/*.py | grep -v -e loop_probe -e whole_market); do echo; echo "== $$script"; $(BIN)/python $$script || exit 1; done

faults: $(STAMP) ## Break everything on an alert's way that can break, and count (about ten minutes)
	@$(BIN)/python -m benchmarks.faults $(ARGS)

fuzz: $(STAMP) ## Try 100,000 hostile inputs on everything people can type or press (about ten minutes)
	@FUZZ_INPUTS=$${FUZZ_INPUTS:-100000} $(BIN)/python -m pytest -n 2 tests/fuzz $(ARGS)

docs: $(STAMP) ## Build the documentation site into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

screenshots: $(STAMP) ## Renew the pictures in docs/images from the demo in a real browser (needs: make browser)
	@command -v chromium >/dev/null || { echo "no Chromium is installed: make browser"; exit 1; }
	@$(BIN)/python docs/screenshots.py $(ARGS)

gallery: $(STAMP) ## Write cards, charts and briefings into build/gallery/index.html, to look through
	@$(BIN)/python docs/gallery.py $(ARGS)

lock: $(STAMP) ## Renew requirements.lock for Python 3.11 to 3.14
	@$(BIN)/uv pip compile pyproject.toml --extra demo --extra postgres --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock

browser: ## Install the browser that the demo's test drives (Debian, as root)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }
