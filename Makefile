# One command each: `make demo` shows the main job, `make test` runs the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

.PHONY: setup demo check lint test slow bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "decision-log needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: setup                 ## make a believable log in ./demo, score its opportunities, show the ranking
	@$(BIN)/decision-log --home demo demo

check: lint                 ## everything that must be green before a commit
	$(BIN)/python -m pytest -n auto -m "not slow"

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup                 ## all tests, the slow ones too
	$(BIN)/python -m pytest -n auto

slow: setup
	$(BIN)/python -m pytest -n auto -m slow

bench: setup                ## figures for logging, rates and scoring; each script has --help
	$(BIN)/python benchmarks/logging_throughput.py
	$(BIN)/python benchmarks/conversion_rates.py
	$(BIN)/python benchmarks/scoring.py

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
