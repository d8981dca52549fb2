# `make demo` and `make test` are all the set-up there is; each makes the environment first, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
INSTALLED := $(VENV)/.installed
BIN := $(VENV)/bin
# Several processes on few cores: each numeric library gets one thread, or they starve one another.
THREADS := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

.PHONY: help demo test test-all lint ui bench clean

help:                ## show this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(INSTALLED): pyproject.toml constraints.txt
	@echo "making $(VENV): this takes a minute or two, once"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[sdv,demo,dev]'
	@touch $@

demo: $(INSTALLED)   ## run the chain on the embedded real data
	@$(BIN)/supplychain demo

ui: $(INSTALLED)     ## open the Dagster UI on this project
	@$(BIN)/supplychain ui

lint: $(INSTALLED)   ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

test: lint           ## lint, types, and the test suite (under ten minutes)
	@$(THREADS) $(BIN)/python -m pytest -n 2 -m "not long"

test-all: lint       ## the test suite with its long part
	@$(THREADS) $(BIN)/python -m pytest -n 2

bench: $(INSTALLED)  ## benchmarks, as JSON under bench/results/ and tables in docs/benchmarks.md
	@for bench in quality nist synthesizers evidence rowgates scale publish merge chain; do $(THREADS) $(BIN)/python -m bench.$$bench || exit 1; done
	@$(BIN)/python -m bench.report

clean:               ## remove the environment and everything that the chain has written here
	rm -rf $(VENV) .venv-peers .supplychain
