# A face of a few targets; CMake does the work (see CMakePresets.json).
#
#   JOBS=N           parallel jobs (default: all processors)
#   DEPS=no          never install anything
#   PREFIX=/usr/local  where `make install` puts it
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local
DEPS ?= yes
FUZZ_SECONDS ?= 60

build = cmake --build $(1) --parallel $(JOBS)
tests = scripts/test.sh $(1) $(JOBS)

.PHONY: all deps test-deps demo test test-gpu look coverage bench fuzz oracle beside beside-torch rivals allocation arm64 lint asan tsan install deb wheel clean help
.DEFAULT_GOAL := all

all: deps ## build the tool: build/haxconn (the default)
	@scripts/configure.sh dev build
	@$(call build,build) --target haxconn_tool

deps: ## install what is missing on Debian and its relatives, say what and why
	@DEPS=$(DEPS) scripts/deps.sh build

test-deps:
	@DEPS=$(DEPS) scripts/deps.sh build test

demo: all ## the published pair on the published board, simulated, then a pair on this machine
	@scripts/demo.sh build/haxconn

test: test-deps ## build everything and run all tests
	@scripts/configure.sh dev build
	@$(call build,build)
	@$(call tests,build)

test-gpu: test-deps ## build everything and run the tests that need a GPU
	@scripts/configure.sh dev build
	@$(call build,build)
	@$(call tests,build) -L gpu

look: all ## open pages in a headless Chromium, ask traces in SQL; screenshots in build/look
	@scripts/look.sh build

bench: deps ## print the tables of the benchmarks
	@scripts/configure.sh dev build
	@$(call build,build)
	@for bench in $$(find build/bench -maxdepth 1 -type f -executable | sort); do \
		echo "== $$bench"; $$bench || exit 1; done

# Of what fails without memory: in rooms each place that allocates, in commands a few.
coverage: test-deps ## which lines that report an error the tests execute, by room (half an hour of two cores)
	@scripts/configure.sh coverage build-coverage
	@nice -n 10 $(call build,build-coverage)
	@find build-coverage -name '*.gcda' -delete
	@HAX_ALLOCATION_RUNS=places nice -n 10 $(call tests,build-coverage) \
		--label-exclude 'gpu|oracle|install|commands'
	@nice -n 10 $(call tests,build-coverage) --label-regex commands
	@scripts/error_lines.py build-coverage --list

fuzz: ## run every fuzz target for FUZZ_SECONDS
	@DEPS=$(DEPS) scripts/deps.sh build fuzz
	@scripts/configure.sh fuzz build-fuzz
	@$(call build,build-fuzz)
	@scripts/fuzz.sh build-fuzz $(FUZZ_SECONDS)

oracle: deps ## outputs of ONNX networks against ONNX Runtime, in a venv from PyPI (6 GB)
	@scripts/configure.sh dev build
	@DEPS=$(DEPS) scripts/deps.sh oracle
	@$(call build,build)
	@scripts/oracle.sh build

beside: deps ## how long networks take beside ONNX Runtime, in the same venv
	@scripts/configure.sh dev build
	@DEPS=$(DEPS) scripts/deps.sh oracle
	@$(call build,build)
	@scripts/beside.sh build --rounds 14

beside-torch: deps ## how long networks take on a GPU beside PyTorch, that of python3
	@scripts/configure.sh dev build
	@$(call build,build)
	@PYTHONPATH=scripts PYTHONDONTWRITEBYTECODE=1 python3 scripts/beside_torch.py build \
		build/beside-torch --compile all

rivals: deps ## the exact search beside CP-SAT of OR-Tools, in a venv from PyPI (0.3 GB)
	@scripts/configure.sh dev build
	@DEPS=$(DEPS) scripts/deps.sh oracle
	@$(call build,build) --target haxconn_tool bench_write_chains
	@scripts/rivals.sh build

# HAX_ALLOCATION_RUNS=0 takes each allocation, which takes hours.
allocation: deps ## each place that allocates fails in the commands and calls under test
	@scripts/configure.sh dev build
	@$(call build,build)
	@HAX_ALLOCATION_RUNS=$${HAX_ALLOCATION_RUNS-places} $(call tests,build) --label-regex allocation

# The rooms of numbers. What searches for long takes too long under QEMU.
arm64_rooms = base contention model schedule
arm64_long = test_(random|properties|baselines|verify_mutations|limits)$$
arm64: ## cross-compiles the rooms of numbers for 64-bit Arm and runs their tests under QEMU
	@DEPS=$(DEPS) scripts/deps.sh build arm64
	@scripts/configure.sh arm64 build-arm64
	@$(call build,build-arm64) --target $(addprefix tests_,$(arm64_rooms))
	@TESTS_LEFT_OUT='$(arm64_long)' $(call tests,build-arm64) \
		--label-regex '^($(subst $(eval) ,|,$(arm64_rooms)))$$'

lint: ## formatting, rules of the house, static analysis
	@DEPS=$(DEPS) scripts/deps.sh build lint
	@scripts/configure.sh dev build
	@scripts/lint.sh build

asan tsan: test-deps ## all tests under sanitizers: address + undefined, or thread
	@scripts/configure.sh $@ build-$@
	@$(call build,build-$@)
	@$(call tests,build-$@)

install: deps ## tool, library and headers to PREFIX
	@scripts/configure.sh release build-release -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	@$(call build,build-release)
	@cmake --install build-release
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi # else new libraries go unseen

deb: ## Debian packages of the last commit, and its source as a tarball, in build/deb
	@DEPS=$(DEPS) scripts/deps.sh build deb
	@scripts/deb.sh build/deb
	@lintian --fail-on error,warning build/deb/*.deb

wheel: deps ## a Python wheel with module, tool and all libraries, in build/wheel (PyPI for auditwheel)
	@DEPS=$(DEPS) scripts/deps.sh build oracle
	@scripts/configure.sh release build-wheel -DCMAKE_INSTALL_PREFIX=/usr/local \
		-DCMAKE_INSTALL_LIBDIR=lib
	@$(call build,build-wheel)
	@scripts/wheel.sh build-wheel build/wheel

clean: ## remove the build folders
	rm -rf build build-release build-asan build-tsan build-fuzz build-arm64 build-coverage build-wheel

help: ## this list
	@sed -n 's/^\([a-z0-9 ]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  %-10s %s\n", $$1, $$2 }'
