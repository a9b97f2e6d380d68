PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: help install demo test check format bench docs

help:
	@echo "make demo     invent an area and run two nights"
	@echo "make test     all tests"
	@echo "make check    format, lint, types, generated docs"
	@echo "make bench    measure loading against reading, the night against the bare scan, and a plan"
	@echo "make docs     write the generated pages and pictures anew"

# The environment is made again where the lock file or the project's settings are newer than it.
$(VENV)/.ready: constraints.txt pyproject.toml
	@echo "making $(VENV) from constraints.txt; the first time takes about two minutes" >&2
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

install: $(VENV)/.ready

demo: $(VENV)/.ready
	$(BIN)/reachwell demo

test: $(VENV)/.ready
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not slow"
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m slow

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/deliveries.py
	$(BIN)/python benchmarks/night.py
	$(BIN)/python benchmarks/plan.py

docs: $(VENV)/.ready
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/calibration.py
	$(BIN)/reachwell demo --svg docs/demo.svg >/dev/null
	$(BIN)/reachwell tune list.threshold=3..9 --dir reachwell-demo --chart docs/tune.svg >/dev/null
