# Two commands matter: `make demo` and `make test`. Both set up first; a second run is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# One more than there are processors: some tests wait for others' processes.
export PYTHONDONTWRITEBYTECODE :=
# Keep what was compiled, whatever the surroundings say: tests and the demo start many short commands.

.DEFAULT_GOAL := help
.PHONY: help demo test checks bench soak format lint types contracts tests docs reference site lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[test]'
	@touch $@

demo: $(STAMP)  ## the whole flow on a sample contact centre, against the emulator
	$(BIN)/reconciler demo

test: checks tests  ## everything CI runs

checks: $(STAMP)
	@$(MAKE) --no-print-directory --jobs 2 lint types contracts

lint: $(STAMP)  ## format check and lint
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/deptry --no-ansi reconciler

types: $(STAMP)  ## mypy --strict
	$(BIN)/mypy

contracts: $(STAMP)  ## who may import whom
	$(BIN)/lint-imports

CORE := $(addprefix tests/,model formats kinds sources desired live plan apply)

tests: $(STAMP)  ## the tests; of the core with coverage
	$(BIN)/pytest --quiet --numprocesses $(JOBS) --cov --cov-report=term:skip-covered $(CORE)
	$(BIN)/pytest --quiet --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(addprefix --ignore ,$(CORE))

docs: $(STAMP)  ## what the README shows is what happens; part of the tests
	$(BIN)/pytest --quiet tests/test_docs.py

reference: $(STAMP)  ## write docs/reference/ from the code
	$(BIN)/python docs/generate.py

site: reference  ## the documentation site, into site/
	$(BIN)/mkdocs build --quiet --strict

bench: $(STAMP)  ## requests, CPU ratios and memory
	$(BIN)/python tests/bench/run.py

soak: $(STAMP)  ## what make test has no time for: 500 random lives, kills at every request, 200 storms, 10,000 recordings, 100,000 calls
	RECONCILER_TEST_LONG=1 $(BIN)/pytest --quiet --timeout 600 --numprocesses $(JOBS) --dist loadfile -m long
	RECONCILER_TEST_LONG=1 RECONCILER_TEST_RUNS=500 RECONCILER_TEST_KILLS=28 $(BIN)/pytest --quiet --timeout 7200 --numprocesses $(JOBS) tests/flow/test_stateful.py tests/flow/test_kill.py tests/flow/test_resume.py tests/flow/test_recordings_faults.py
	RECONCILER_TEST_LONG=1 RECONCILER_TEST_STORMS=200 $(BIN)/pytest --quiet --timeout 600 --numprocesses $(JOBS) tests/flow/test_status_storm.py tests/flow/test_status_follow.py tests/flow/test_calls_storm.py
	RECONCILER_TEST_LONG=1 RECONCILER_TEST_RECORDINGS=10000 $(BIN)/pytest --quiet --timeout 7200 tests/flow/test_recordings_storm.py
	RECONCILER_TEST_CALLS=100000 $(BIN)/pytest --quiet --timeout 7200 --numprocesses $(JOBS) tests/runners/test_many_calls.py tests/flow/test_many_calls.py

format: $(STAMP)  ## rewrite to the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(STAMP)  ## pin what is installed now
	$(BIN)/python -m pip freeze --exclude-editable | grep -vi '^genesys-cloud-reconciler' > requirements.lock

clean:  ## forget the virtual environment and caches
	rm -rf $(VENV) site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
