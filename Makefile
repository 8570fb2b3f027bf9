# Isotherm: `make train` and `make test` work on a fresh machine; `make` alone lists what there is.
SHELL := /bin/bash
SWIFT ?= swift
ISOTHERM := .build/release/isotherm
CONFIG ?= Configs/digits.json
# Optional parts to build, as Package.swift names them; left out: its defaults. none: none.
TRAITS ?=
TRAIT_OPTIONS := $(if $(filter none,$(TRAITS)),--disable-default-traits,$(if $(TRAITS),--traits $(TRAITS)))
# For install, uninstall and deb: where to, and below which folder of a package builder.
PREFIX ?= /usr/local
DESTDIR ?=
# Who answers for a package, "Name <address>".
MAINTAINER ?=
INSTALL := PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" SWIFT="$(SWIFT)" TRAIT_OPTIONS="$(TRAIT_OPTIONS)"
# For fuzz and fuzz-guided: for each target, and which of them ("csv npy").
SECONDS ?= 10
TARGET ?=
# For bench and bench-peer.
PEER ?= ../shared/peers/torch_step.py
PYTHON ?= python3
MODEL ?= mlp
BATCH ?= 1024
THREADS ?= 2
ROUNDS ?= 3
SECONDS_EACH ?= 6
# Models and batches in place of MODEL and BATCH: "resnet20:64,256 lenet:1024", or all.
ROWS ?=
# For all rows together.
MINUTES ?= 45
SWIFT_FILES := Package.swift Sources Tests Benchmarks Examples/Package.swift Examples/Sources

.DEFAULT_GOAL := help
.PHONY: help setup build install uninstall deb try-deb train test mutate lint format proportions house examples docs determinism torture torture-ranks fuzz fuzz-guided sanitize portable clone-times bench bench-peer benchmarks-page clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

setup: ## Installs the system's libraries that are missing (Debian and Ubuntu), or says what to install
	@scripts/setup.sh

build: setup ## Builds the command .build/release/isotherm
	@$(SWIFT) build -c release --product isotherm $(TRAIT_OPTIONS)

install: setup ## Builds for, and installs below, PREFIX (/usr/local): command, manual pages, completions, digits
	@$(INSTALL) scripts/install.sh install

uninstall: ## Removes what make install has put below PREFIX
	@$(INSTALL) scripts/install.sh uninstall

deb: setup ## Makes a Debian package in .build/deb, which depends on the libraries that the command links
	@$(INSTALL) MAINTAINER="$(MAINTAINER)" scripts/deb.sh

try-deb: ## Installs that package with apt in a minimal root (debootstrap, as root), and trains there
	@scripts/try-deb.sh

train: build ## Trains Configs/digits.json, or CONFIG=…
	@$(ISOTHERM) train $(CONFIG)

test: setup ## Runs all tests, in release mode: kernels without optimisation would take minutes
	@SWIFT="$(SWIFT)" scripts/test.sh

mutate: setup ## Breaks the sources in many small ways and reports what no test notices (ARGS="--rooms Models", --list)
	@SWIFT="$(SWIFT)" $(PYTHON) scripts/mutate.py $(ARGS)

lint: ## Checks the formatting
	@$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_FILES)

format: ## Formats all sources in place
	@$(SWIFT) format --in-place --parallel --recursive $(SWIFT_FILES)

house: ## Holds every target's imports, and the drawing in CONTRIBUTING.md, against Package.swift
	@SWIFT="$(SWIFT)" $(PYTHON) scripts/house.py

examples: build ## Runs the pages in Examples, and its programs, which see the library as any other package does
	@$(PYTHON) scripts/examples.py $(ARGS)
	@cd Examples && $(SWIFT) build -c release
	@Examples/.build/release/Digits
	@Examples/.build/release/Spirals

docs: setup ## Builds the library's documentation in .build/docs; a warning is an error
	@SWIFT="$(SWIFT)" scripts/docs.sh

proportions: ## Lists the lines of Sources by room, and files and functions that are too long
	@$(PYTHON) scripts/proportions.py

torture: build ## Kills runs and studies, sends signals, fails system calls, fills disks, and compares (ARGS="--kills 1000", --tmpfs)
	@$(PYTHON) scripts/torture.py $(or $(ARGS),--kills 1000 --ends 2 --signals 300 --moves 18 --calls 500 --disks 100 --kinds mlp,validation,batch-norm)

torture-ranks: build ## Kills and stops ranks of runs over several processes (MPI), and compares (ARGS="--runs 30")
	@$(PYTHON) scripts/torture-ranks.py $(ARGS)

determinism: build ## Compares every bit of short runs with 1, 2, 3 and 7 threads
	@scripts/determinism.sh $(ISOTHERM)

clone-times: ## From git clone to the end of make train, and of make test, with empty caches (ARGS="REVISION train test")
	@scripts/clone-times.sh $(ARGS)

fuzz: setup ## Tries the readers on altered inputs, SECONDS=10 for each TARGET="csv npy" (all); failures in .build/fuzz-failures
	@$(SWIFT) build -c release --product Fuzz >/dev/null
	@.build/release/Fuzz $(TARGET) --seconds $(SECONDS) $(ARGS)

fuzz-guided: setup ## The same with libFuzzer and AddressSanitizer, in a build of its own
	@SWIFT="$(SWIFT)" scripts/fuzz-guided.sh $(SECONDS) $(TARGET)

sanitize: setup ## Tests of workers and training under ThreadSanitizer, of kernels under the others (ARGS=thread, address)
	@SWIFT="$(SWIFT)" scripts/sanitize.sh $(ARGS)

portable: ## Holds the kernels' results on this CPU, and on an emulated aarch64, against the expected ones, to the bit
	@SWIFT="$(SWIFT)" scripts/portable.sh $(ARGS)

bench: setup ## Times the kernels by layer shape: GFLOP/s and share of this machine's peak (ARGS="--json resnet20")
	@$(SWIFT) build -c release --product KernelBenchmarks && .build/release/KernelBenchmarks $(ARGS)

bench-peer: build ## Trains MODEL with batch BATCH (or ROWS) in turn with PEER, a program of PYTHON: ratios of speeds
	@$(PYTHON) scripts/bench-peer.py --peer $(PEER) --model $(MODEL) --batch $(BATCH) --threads $(THREADS) \
	  --rounds $(ROUNDS) --seconds $(SECONDS_EACH) $(if $(ROWS),--rows $(ROWS) --minutes $(MINUTES)) $(ARGS)

benchmarks-page: build ## Measures kernels, whole steps and the ratios to PEER, and writes docs/benchmarks.md
	@$(SWIFT) build -c release --product KernelBenchmarks
	@$(PYTHON) scripts/benchmarks-page.py --peer $(PEER) --threads $(THREADS) --rounds $(ROUNDS) \
	  --seconds $(SECONDS_EACH) --minutes $(MINUTES) $(if $(ROWS),--rows $(ROWS)) $(ARGS)

clean: ## Removes what the build made
	@rm -rf .build .build-mutate Examples/.build
