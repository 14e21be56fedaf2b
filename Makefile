# The commands of this project. `make help` lists them; every one of them installs what it lacks.

PREFIX = /usr/local
DESTDIR =
FILE =

.DEFAULT_GOAL := help
.PHONY: help setup build-tools lib wheel demo test torture fuzz bench lint header abi reference install uninstall clean

# The environment of every command: what `make setup` found or installed comes first in PATH.
ENV = . scripts/env.sh;

help: ## print this list
	@echo 'make TARGET [NAME=VALUE...]'
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target text; do \
		printf '  %-10s %s\n' "$$target" "$$text"; done

setup: ## install what is missing: compilers, cmake, Rust, Python packages, Go, what tests use; silent if nothing is
	@sh scripts/setup.sh

build-tools:
	@sh scripts/setup.sh build

# Root installs what its user has built: no tools are needed then, and none are installed.
BUILT = target/release/libalog.so
$(BUILT): $(shell find src -name '*.rs') Cargo.toml Cargo.lock build.rs cbindgen.toml
	@$(MAKE) --no-print-directory lib

# The program is built with the library: its feature adds a parser of arguments to the build, and nothing to libalog.
lib: build-tools ## build the library, libalog.so and libalog.a in target/release, its pkg-config file, and the program alog
	@test -e $(BUILT) || echo 'building the library: a minute or two, this once'
	@$(ENV) cargo build --release --locked --quiet --features command
	@touch $(BUILT)
	@sh scripts/pkgconfig.sh

wheel: lib ## build the Python package into target/dist: a wheel with the library inside, and a source distribution
	@bash scripts/wheel.sh

demo: lib ## log a real text file from C, Python and Go, and verify each line; FILE=path for your own
	@bash scripts/demo.sh $(if $(FILE),'$(FILE)')

test: setup lib ## run every test: Rust, loom, C, C++, AddressSanitizer, Python, Go, examples, demo
	@bash scripts/test.sh

torture: setup lib ## run for many minutes what `make test` runs for seconds: kills, forks, stops, faults; prints a table
	@bash scripts/torture.sh

fuzz: setup ## fuzz every parser and sequences of calls, guided by coverage; FOR=60: each for so many seconds
	@bash scripts/fuzz.sh $(FOR)

bench: setup lib ## measure against other loggers, for ten minutes; prints tables; QUICK=1: half a minute
	@$(ENV) bash tests/bench/run.sh

lint: setup ## check formatting and lints only
	@bash scripts/lint.sh

header: lib ## copy the header that cbindgen generated to include/alog.h
	@header=$$(ls -t target/release/build/alog-*/out/alog.h | head -n 1) && cp "$$header" include/alog.h

abi: setup ## at a release: describe the binary interface of this version in tests/abi, for later ones to be held to
	@bash scripts/abi.sh write

reference: setup ## write CONFIGURATION.md: every key, sink and parameter, from the code
	@$(ENV) reference=$$(cargo run --quiet --locked --example reference) && printf '%s\n' "$$reference" >CONFIGURATION.md

install: $(BUILT) ## install library, headers, program, pkg-config and CMake files; PREFIX=/usr/local DESTDIR=
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' sh bindings/c/install.sh

uninstall: ## remove what install put there; the same PREFIX= and DESTDIR=
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' sh bindings/c/install.sh uninstall

clean: ## remove everything that was built
	@rm -rf target
