# Everything a machine needs is Python ≥ 3.11 and make. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
.DEFAULT_GOAL := help
.PHONY: help install demo test test-all check format bench soak lock samples texts clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

install: $(INSTALLED) ## the environment in .venv, from requirements.lock

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "jifen needs Python 3.11 or later: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@# "compat": a plain path, where setuptools' import hook would take a part of every command's start
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	$(BIN)/python -m compileall -q config console domain flows notifications
	@touch $@

demo: $(INSTALLED) ## rehearse a sample community's year and say where to look
	$(BIN)/jifen demo

test: check ## all checks and tests (set JIFEN_TEST_POSTGRES_URL for another PostgreSQL)
	$(BIN)/pytest -n 2 --dist loadgroup

test-all: $(INSTALLED) ## every test on both databases (make test has a slice of PostgreSQL, JIFEN_SEED)
	JIFEN_EVERY_DATABASE=1 $(BIN)/pytest -n 2 --dist loadgroup

check: $(INSTALLED) ## format, lint, types, the one way of dependence
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pip check --disable-pip-version-check

format: $(INSTALLED) ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## the benchmarks: ours ÷ a hand-written floor, as a table and as JSON
	$(BIN)/python tests/bench --json var/bench.json

soak: $(INSTALLED) ## the long runs: years under faults, kill -9, crowds, properties, fuzz (JIFEN_SEED repeats)
	JIFEN_SOAK=1 JIFEN_EVERY_DATABASE=1 $(BIN)/pytest -n 2 --dist loadgroup -m soak --timeout 3600

samples: $(INSTALLED) ## write the sample folders again from their generator
	$(BIN)/python tests/samples/generate.py

texts: $(INSTALLED) ## bring the command line's catalogue up to date, and compile it
	$(BIN)/python -m tests.console.catalogue

lock: ## pin all requirements again, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade pyproject.toml -o requirements.lock

clean: ## remove what was built or left behind
	rm -rf $(VENV) var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
