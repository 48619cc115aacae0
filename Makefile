# The commands a person types; CI runs the same ones. Every target first sets itself up in .venv, so a fresh machine
# needs no more than Rust, Python 3.10 or newer with pip and venv, and a C and C++ compiler. A stamp file remembers each
# step of the set-up; it is repeated only when what it was made from changed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
FUZZ_SECONDS ?= 60
CHAOS ?= 50
CHAOS_SEED ?= 1

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps

# A cargo-deny that is already on the machine, or ours, compiled once in a few minutes: no package of it that is recent
# enough for our lock file is to be had.
CARGO_DENY := $(or $(shell command -v cargo-deny),.tools/bin/cargo-deny)

# PyO3 asks this interpreter what to build for; always the same one, or every change of mind rebuilds it.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

# What the extension is made of. The core's sources count, the fuzz targets and benchmarks do not.
RUST := Cargo.toml Cargo.lock $(shell find rust/core rust/py -name '*.rs' -o -name '*.toml')

.PHONY: help demo test test-rust test-python chaos fuzz fuzz-smoke browser format lint lint-rust lint-python lint-tree bench dev clean

help: ## this list
	@echo 'tensorbolt: TensorBoard logs from Python at the speed of Rust'
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20
	@echo
	@echo 'Nothing to activate: each target keeps itself set up in $(VENV); $(BIN)/python is the interpreter to try'
	@echo 'things with. Another Python: make PYTHON=python3.13 … after make clean. First time: make dev, then make test.'

demo: $(STAMPS)/extension $(STAMPS)/group-demo ## train a small model on real data and log all that can be logged
	$(BIN)/python -m examples.digits

test: test-rust fuzz-smoke test-python ## everything: Rust, a short fuzz run, Python

test-rust: $(STAMPS)/venv ## Rust tests
	cargo test --locked --workspace

test-python: $(STAMPS)/extension $(STAMPS)/group-test ## Python tests, with a browser where Chromium is installed
	$(BIN)/python -m pytest

# What is left to chance (the moment of a kill, of a fork, of a full disk) is repeated with one seed after the other; the
# seed is in the name of each test.
chaos: $(STAMPS)/extension $(STAMPS)/group-test ## kills, forks and full disks CHAOS (50) times, with seeds from CHAOS_SEED (1) on
	CHAOS=$(CHAOS) CHAOS_SEED=$(CHAOS_SEED) $(BIN)/python -m pytest tests/python/chaos

FUZZ := cd rust/fuzz && mkdir -p corpus/record/new && cargo run --quiet --locked --release --bin record --

fuzz: ## fuzz for FUZZ_SECONDS (60); what is found stays in rust/fuzz/corpus/record/new
	$(FUZZ) -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 corpus/record/new corpus/record/seeds

# A test must not fail by luck; `make fuzz` is where luck is wanted. So the inputs are the same in every run of one
# build, for which libFuzzer must look neither at time (entropic) nor at addresses (operands of comparisons). It keeps
# what it finds in the first folder, which is thrown away.
fuzz-smoke:
	found=$$(mktemp -d); trap 'rm -rf "$$found"' EXIT; \
	$(FUZZ) -seed=1 -entropic=0 -use_cmp=0 -runs=50000 "$$found" corpus/record/seeds 2>&1 | grep -vE 'NEW|REDUCE|WARNING: Failed to find'

browser: ## install Debian's Chromium, for the tests that look at TensorBoard's page
	.ci/setup chromium

lint: lint-rust lint-python lint-tree ## format, lints, types, the stub, spelling, licences

format: $(STAMPS)/group-lint ## format Rust and Python, and apply the safe fixes of the linters
	cargo fmt --all
	cargo fmt --manifest-path rust/fuzz/Cargo.toml
	$(BIN)/ruff check --quiet --fix-only
	$(BIN)/ruff format --quiet

lint-rust: $(STAMPS)/venv $(CARGO_DENY)
	cargo fmt --all --check
	cargo fmt --manifest-path rust/fuzz/Cargo.toml --check
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	cd rust/fuzz && cargo clippy --quiet --locked --release -- -D warnings
	$(CARGO_DENY) --log-level error check bans licenses sources

lint-python: $(STAMPS)/extension $(STAMPS)/group-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/stubtest --mypy-config-file pyproject.toml tensorbolt._core

lint-tree: $(STAMPS)/group-lint
	$(BIN)/typos
	.ci/check-tree

bench: $(STAMPS)/extension $(STAMPS)/group-bench ## criterion benchmarks, then the comparison with both incumbents
	cargo bench --locked
	$(BIN)/python -m benches.python

dev: $(STAMPS)/extension $(STAMPS)/group-lint $(STAMPS)/group-test ## set up all that tests and lints need, and build the extension
	@echo 'Ready: $(BIN)/python imports tensorbolt from this tree.'

clean: ## remove what these targets made (not .tools)
	rm -rf $(VENV) target rust/fuzz/target build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f python/tensorbolt/_core*.so

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo >&2 'tensorbolt needs Python 3.10 or newer; name one: make PYTHON=python3.13 …'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo >&2 'Could not make a virtual environment. On Debian: apt-get install python3-venv'; exit 1; }
	# From 25.1 on pip knows dependency groups.
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/group-%: pyproject.toml | $(STAMPS)/venv
	@echo 'Installing the $* group into $(VENV) …'
	@$(BIN)/python -m pip install --quiet --group $*
	@touch $@

# Editable: changes of Python files need no build. A Conda environment beside ours would confuse maturin.
$(STAMPS)/extension: pyproject.toml $(RUST) $(STAMPS)/group-build
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --release --locked
	@touch $@

# Unoptimised: it compiles in half the time and runs for a second.
.tools/bin/cargo-deny:
	cargo install --quiet --locked --debug --root .tools cargo-deny
