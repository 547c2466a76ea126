# Each target makes its own environment in .venv; nothing else has to be installed beforehand
# but Python (3.11 or newer, with venv), make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check clean

$(VENV)/.installed-demo: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[demo]'
	touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.installed-demo
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --disable-pip-version-check --group dev
	touch $@

demo: $(VENV)/.installed-demo  ## one agent goes from Claude Code to Codex, another comes back
	$(BIN)/reconciler demo

test: $(VENV)/.installed-dev  ## every test, on real parts
	sh tests/install-prometheus
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

check: $(VENV)/.installed-dev  ## format, lint, types, layers, dependencies, dead code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture

clean:  ## remove what the targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis
