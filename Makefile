# make run     set everything up and open the app on the embedded default model
# make test    set everything up and run the tests
# make check   format, lint, types, import map
# make fix     repair what can be repaired by itself
# make bench   benchmarks, each beside its baseline

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
OPENSEADRAGON := openseadragon-6.1.1
VIEWER := clover_chat/ui/web/vendor/openseadragon
AXE := axe-core-4.14.1
CHECKER := build/axe-core

.PHONY: run test check fix bench

run: $(VENV)/.run $(VIEWER)/openseadragon.min.js
	$(BIN)/python app.py $(ARGS)

test: $(VENV)/.dev $(VIEWER)/openseadragon.min.js $(CHECKER)/axe.min.js
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev $(VIEWER)/openseadragon.min.js
	$(BIN)/python -m benchmarks $(ARGS)

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt pip
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# Without npm the page loads the same bytes, checked by their hash, from a public network.
$(VIEWER)/openseadragon.min.js:
	mkdir -p build $(VIEWER)
	cd build && npm pack --silent $(subst -,@,$(OPENSEADRAGON)) && tar -xzf $(OPENSEADRAGON).tgz \
		&& cp package/LICENSE.txt package/build/openseadragon/openseadragon.min.js ../$(VIEWER) \
		|| echo "OpenSeadragon could not be fetched from npm; browsers will load it from a public network."

# Looks for what keeps people out of the page; for tests only, so it is never served.
$(CHECKER)/axe.min.js:
	mkdir -p $(CHECKER)
	cd build && npm pack --silent $(subst -4,@4,$(AXE)) && tar -xzf $(AXE).tgz -C axe-core --strip-components=1 package/axe.min.js \
		|| echo "axe-core could not be fetched from npm; the tests that need it are left out."
