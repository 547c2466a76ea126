# Each target makes its own environment in .venv; nothing else has to be installed beforehand
# but Python (3.11 or newer, with venv), make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check agent-clis bench-convert bench-observe bench-decisions clean

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
	[ "$(REQUIRE_REAL)" != 1 ] || sh tests/agent_clis/install
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

check: $(VENV)/.installed-dev  ## format, lint, types, layers, dependencies, dead code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture

agent-clis:  ## the real CLIs from npm (about 1 GB), which judge our conversions in the tests and the benchmark
	sh tests/agent_clis/install

bench-convert: $(VENV)/.installed-dev agent-clis  ## the scoreboard of the conversion; fails when a goal is missed
	$(BIN)/python -m tests.bench.convert $(BENCH_ARGS)

bench-observe: $(VENV)/.installed-dev  ## what a pass over 10, 100 and 1,000 migrations asks of a real Prometheus, and takes
	sh tests/install-prometheus
	$(BIN)/python -m tests.bench.observe $(BENCH_ARGS)

bench-decisions: $(VENV)/.installed-dev  ## how often the engine decides wrongly, and how soon it finds a fault
	$(BIN)/python -m tests.bench.decisions $(BENCH_ARGS)

clean:  ## remove what the targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis tests/agent_clis/node_modules
