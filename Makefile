# One command each: `make demo` shows the main job, `make test` runs the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
# One BLAS thread per process: the tests already use every core.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

.PHONY: setup demo check lint test slow look images bench-all torture fuzz audit coverage docs bench build clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "decision-log needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: setup                 ## generate sample data in ./demo, score its opportunities, show the ranking
	@$(BIN)/decision-log --home demo demo

check: lint test            ## everything that must be green before a commit

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup                 ## the fast tests
	$(PYTEST) -m "not slow"

slow: setup                 ## simulations, chaos tests, the documentation site
	$(PYTEST) -m slow

look: setup                 ## the work screen in a browser (Chromium), light and dark, on phone and desktop
	$(BIN)/python -m pip install --quiet --group look
	$(PYTEST) -n 0 tests/look

images: setup               ## the pictures of docs/images, taken of a sample log in Chromium
	$(BIN)/python -m pip install --quiet --group look
	$(BIN)/python -m tests.look.images docs/images

coverage: setup             ## the fast tests with branch coverage, which must not fall
	$(PYTEST) -m "not slow" --cov --cov-report=term

docs: setup                 ## build the documentation site into build/docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@echo "Open build/docs/index.html"

bench: setup                ## figures for logging, rates and scoring; each script has --help
	$(BIN)/python benchmarks/logging_throughput.py
	$(BIN)/python benchmarks/conversion_rates.py
	$(BIN)/python benchmarks/scoring.py

bench-all: setup            ## one table beside what people would use instead; writes docs/performance.md
	$(BIN)/python benchmarks/all.py --write

torture: setup              ## kill processes at every named step, and check that nothing acknowledged is lost
	$(BIN)/python benchmarks/torture.py --kills 3000 --facts 100000 --write docs/reliability.md

fuzz: setup                 ## coverage-guided fuzzing of files of others, ten minutes each
	$(BIN)/python -m pip install --quiet --group fuzz
	for target in artifact opportunities import journal; do $(BIN)/python benchmarks/fuzz.py $$target --minutes 10 || exit 1; done

audit: setup                ## known vulnerabilities of what is installed, by the advisory database of today
	$(BIN)/python -m pip install --quiet --group audit
	$(BIN)/python -m pip_audit --skip-editable

build: setup                ## wheel and source archive into dist/
	$(BIN)/python -m pip install --quiet build
	$(BIN)/python -m build --outdir dist

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
