# Everything a machine needs is Python ≥ 3.11 and make. `make help` lists the targets.
# What runs is in requirements.lock; what builds and tests it, and extras, in config/locks/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := config/locks
BUILDER := build/venv
CHECKER := build/manifests
KUBERNETES := 1.34
PYTHONS := 3.11 3.12 3.13
# How many tests run at once.
WORKERS := 3
TESTED = $(BIN)/pytest -n $(WORKERS) --dist loadgroup
SECRETS := POSTGRES_PASSWORD JIFEN_OWNER_PASSWORD JIFEN_DB_PASSWORD JIFEN_REPORT_PASSWORD \
	PREFECT_DB_PASSWORD PREFECT_SECRET JIFEN_DESK_KEY JIFEN_WEB_TOKEN
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
PIP := pip --quiet --disable-pip-version-check
LOCKED := install --no-deps --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
.DEFAULT_GOAL := help
.PHONY: help install demo test test-quick test-all coverage mutation transcripts check format bench soak lock wheel wheels containers manifests samples pictures map texts pythons clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

install: $(INSTALLED) ## the environment that runs, in .venv, from requirements.lock

$(INSTALLED): requirements.lock pyproject.toml | $(BUILDER)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/$(PIP) $(LOCKED) -r requirements.lock
	@rm -f build/*.whl
	@# "compat": a plain path, where setuptools' import hook would take a part of every command's start
	$(BUILDER)/bin/python -W ignore -c \
		'from setuptools.build_meta import build_editable; build_editable("build", {"editable_mode": "compat"})' > /dev/null
	$(BIN)/$(PIP) install --no-deps --no-index --force-reinstall build/jifen-*.editable-*.whl
	$(BIN)/python -m compileall -q config console domain flows jifen notifications
	@touch $@

$(DEVELOPED): $(INSTALLED) $(LOCKS)/dev.lock $(LOCKS)/redis.lock
	$(BIN)/$(PIP) $(LOCKED) -r $(LOCKS)/dev.lock -r $(LOCKS)/redis.lock
	@touch $@

$(BUILDER): $(LOCKS)/build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "jifen needs Python 3.11 or later: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear $@
	$@/bin/$(PIP) $(LOCKED) -r $(LOCKS)/build.lock
	@touch $@

wheel: | $(BUILDER) ## the package in dist/, to be installed after requirements.lock
	rm -rf build/lib build/bdist.* dist
	$(BUILDER)/bin/$(PIP) wheel --no-deps --no-index --no-build-isolation --wheel-dir dist .

containers: config/.env ## a town's installation with docker: secrets, image, all parts
	docker compose -f config/compose.yaml build
	docker compose -f config/compose.yaml up --detach --wait

config/.env:
	@umask 077 && $(PYTHON) -c 'import secrets; print(*(f"{name}={secrets.token_hex(32)}" for name in "$(SECRETS)".split()), sep="\n")' > $@
	@echo "$@ holds the installation's secrets: keep a copy of it with the backups"

manifests: $(CHECKER) ## look through the image's file, compose and the Kubernetes manifests
	$(CHECKER)/bin/hadolint config/image/Dockerfile
	$(CHECKER)/bin/kubernetes-validate --strict --version $(KUBERNETES) config/kubernetes/*.yaml

$(CHECKER): $(LOCKS)/manifests.lock
	$(PYTHON) -m venv --clear $@
	$@/bin/$(PIP) $(LOCKED) -r $(LOCKS)/manifests.lock
	@touch $@

demo: $(INSTALLED) ## rehearse a sample community's year and say where to look
	$(BIN)/jifen demo

test: check ## all checks and the daily tests, drawn by JIFEN_SEED (tests/README.md)
	$(TESTED)

test-quick: $(DEVELOPED) ## format, lint and the unit tests: a minute at most
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(TESTED) -m unit

test-all: $(DEVELOPED) ## every test but the soak, on both databases
	JIFEN_EVERY_TEST=1 $(TESTED)

coverage: $(DEVELOPED) ## the lines of domain/ that unit and integration tests run, as a table
	$(TESTED) -m "unit or integration" --cov=domain --cov-branch --cov-report=term:skip-covered

mutation: $(DEVELOPED) ## the share of a sample of small bugs in rules and ledger that tests notice
	$(BIN)/python -m tests.mutation --count 100 --minutes 20 domain/rules domain/ledger

transcripts: $(DEVELOPED) ## write the outputs in tests/transcripts again
	JIFEN_RECORD=1 $(BIN)/pytest tests/transcripts

check: $(DEVELOPED) ## format, lint, types, the one way of dependence
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pip check --disable-pip-version-check

format: $(DEVELOPED) ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEVELOPED) ## the benchmarks: ours ÷ a hand-written floor, as a table and as JSON
	$(BIN)/python tests/bench --json var/bench.json

soak: $(DEVELOPED) ## the long runs: years under faults, kill -9, crowds, properties, fuzz (JIFEN_SEED repeats)
	JIFEN_SOAK=1 $(TESTED) -m "soak or slow or properties" --timeout 3600

samples: $(DEVELOPED) ## write the sample folders again from their generator
	$(BIN)/python tests/samples/generate.py

pictures: $(DEVELOPED) ## take the pictures in docs/operating again, of a real service (needs Chromium)
	$(BIN)/python -m tests.pictures

map: $(DEVELOPED) ## draw the packages in docs again, and write their pages, from the code
	$(BIN)/python -m tests.docs.drawing

texts: $(DEVELOPED) ## bring the catalogues of sentences up to date, and compile them (NEW=fr begins a language)
	$(BIN)/python -m tests.catalogue $(NEW)
	$(BIN)/python -m tests.notifications.sentences

wheels: $(DEVELOPED) ## whether every locked package has a wheel for each Python and machine we name
	@for python in $(PYTHONS); do for machine in x86_64 aarch64; do \
		echo "Python $$python on $$machine"; \
		$(BIN)/uv pip install --quiet --dry-run --no-deps --require-hashes --only-binary :all: \
			--python-version $$python --python-platform $$machine-manylinux_2_28 --target build/wheels \
			-r requirements.lock -r $(LOCKS)/redis.lock -r $(LOCKS)/dev.lock || exit; \
	done; done

pythons: ## the demonstration with each Python that we name and that is here: all must come to the same
	@first=; same=0; for python in $(PYTHONS); do \
		place=build/python$$python; result=$$place/result.json; \
		python$$python -c '' 2> /dev/null || { echo "Python $$python: not here, not tried"; continue; }; \
		$(MAKE) --no-print-directory PYTHON=python$$python VENV=$$place/venv BUILDER=$$place/builder install || exit; \
		$$place/venv/bin/jifen demo --json --out $$place/out > $$place/demo.json || exit; \
		sed '/"seconds"/d' $$place/demo.json > $$result; \
		echo "Python $$python:" $$(grep '"seal"' $$result); \
		first=$${first:-$$result}; \
		cmp $$first $$result || same=1; \
	done; \
	test -n "$$first" || { echo "none of Python $(PYTHONS) is here"; exit 1; }; \
	exit $$same

lock: $(DEVELOPED) ## pin all requirements again, with hashes
	$(LOCK) --upgrade pyproject.toml -o requirements.lock
	for part in group:dev extra:redis; do \
		$(LOCK) --upgrade --$${part%:*} $${part#*:} --constraint requirements.lock pyproject.toml -o $(LOCKS)/$${part#*:}.lock \
			$$(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' requirements.lock) || exit; \
	done
	$(LOCK) --upgrade --group manifests -o $(LOCKS)/manifests.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])' \
		| $(LOCK) --upgrade - -o $(LOCKS)/build.lock

clean: ## remove what was built or left behind
	rm -rf $(VENV) var build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
