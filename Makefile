# Everything a newcomer needs: `make demo` and `make test`, on a machine with Python 3.11 and make.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# More arguments for pytest: make test ARGS="-k timeline"
ARGS ?=

.PHONY: demo test check format screenshots bench images clean

demo: .venv/.demo
	$(BIN)/pgtui demo

test: .venv/.test
	$(BIN)/python -m pytest $(ARGS)

check: .venv/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict pgtui tests
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/codespell

format: .venv/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: .venv/.test
	$(BIN)/python scripts/screenshots.py

bench: .venv/.test
	@set -e; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

# The PostgreSQL containers that the Docker tests start; as root where no registry answers.
images:
	tests/images/build.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps, so that a second run installs nothing. They stand in .venv and go with it.
.venv/.made:
	@test -n "$(PYTHON)" || { echo "pgtui needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv || { echo "On Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.demo: .venv/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[embedded]'
	@touch $@

.venv/.test: .venv/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[embedded,test]'
	@touch $@ .venv/.demo
