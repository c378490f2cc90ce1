# Two commands do everything: `make demo` and `make test`. CONTRIBUTING.md says what the others are for.
SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-long test-mutants test-cluster check bench lock docs clean system

demo: $(VENV)/.run
	$(BIN)/sheetward demo demo

test: $(VENV)/.dev system
	$(BIN)/pytest -n 2 --dist loadfile -m "not long"

test-long: $(VENV)/.dev system
	SHEETWARD_HISTORIES=20000 $(BIN)/pytest -n 2 --dist loadfile --timeout 7200

# The leader of a Patroni cluster is killed while syncers write. SHEETWARD_TEST_DSN names another database to try instead.
test-cluster: $(VENV)/.dev
	@[ -n "$$SHEETWARD_TEST_DSN" ] || bash tests/system.sh patroni etcd-server postgresql
	SHEETWARD_CLUSTER=1 $(BIN)/pytest -q -s --timeout 1800 tests/cluster

# Faults planted one by one in a copy of the tree: the test named beside each must find it (docs/mutants.md).
test-mutants: $(VENV)/.dev system
	$(BIN)/python tests/mutants/run.py

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/growth.py

# What is generated from the code: the command reference, the message list, the schema profile.
docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/fill_examples.py

# Locks carry hashes and no addresses; pip and uv both install them.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --all-extras --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --all-extras --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --all-extras --group bench -c requirements-dev.lock pyproject.toml -o requirements-bench.lock

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.run

# What the benchmarks lay beside ours.
$(VENV)/.bench: requirements-bench.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements-bench.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/.dev $(VENV)/.run

# LibreOffice, Chromium, fonts and tools that the tests drive for real.
system:
	@bash tests/system.sh

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache
