# `make` alone lists what there is. Nothing here needs more than make, Python 3.11 or newer with venv, and git.

PYTHON = .venv/bin/python
ARGS =

.DEFAULT_GOAL := help
.PHONY: help install install-dev test-parts up test check format house bench docs lab crash api-fuzz parser-fuzz fuzz manifest lock clean

help: ## List the targets.
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

install: .venv/.steward ## Put Steward into .venv, and nothing anywhere else.

up: install ## Install if needed, then run Steward in the foreground.
	@.venv/bin/steward up $(ARGS)

test: install-dev test-parts ## Run all tests (ARGS='-k name' for some); as root on Debian, install what they need first.
	@$(PYTHON) -m pytest -n 3 --dist loadscope --no-loadscope-reorder --durations=20 $(ARGS)

check: install-dev ## Format, lint, types, import contracts, generated files, house tests; then the report of `make house`.
	@sh scripts/check.sh

format: install-dev ## Put the code into its format and mend what the linter can.
	@.venv/bin/ruff format && .venv/bin/ruff check --fix

house: install-dev ## Report where the house gets cramped; never fails.
	@$(PYTHON) scripts/house.py

bench: install-dev .venv-bench/.done ## Measure against the anchors; prints the table of docs/explanation/performance.md.
	@$(PYTHON) -m tests.bench $(ARGS)

docs: manifest ## Write the generated reference and schemas from the code.
	@$(PYTHON) scripts/reference.py

lab: install-dev ## Build and start the real machines of the lab (ARGS='down', 'fault disk_full m1', ...).
	@$(PYTHON) -m tests.real.lab $(or $(ARGS),up)

crash: install-dev test-parts ## Kill -9 at every numbered point on real machines; takes long.
	@$(PYTHON) -m tests.real.crash $(ARGS)

fuzz: install-dev ## Judge 100,000 command lines and compare with what a real bash runs (ARGS='COUNT SEED').
	@$(PYTHON) -m tests.gate_fuzz $(ARGS)

api-fuzz: install-dev ## Make requests from the description of the API that nobody thought of (ARGS='--examples 200 --seed 3').
	@$(PYTHON) -m tests.fuzz $(ARGS)

parser-fuzz: .venv-fuzz/.done ## Fuzz what reads files, expressions, schedules and deliveries (ARGS='--target cel --seconds 600').
	@PYTHONPATH=src .venv-fuzz/bin/python -m tests.parser_fuzz $(ARGS)

manifest: install ## Write the terminal's manifest from the catalogue.
	@$(PYTHON) scripts/manifest.py

lock: ## Lock the requirements anew (ARGS=--upgrade for newer versions); needs uv.
	@python3 scripts/lock.py $(ARGS)

clean: ## Remove what can be made again; the store, keys and workspace of a Steward are not touched.
	rm -rf .venv .venv-bench .venv-fuzz .parser-fuzz .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find src tests scripts -name __pycache__ -prune -exec rm -rf {} +

install-dev: .venv/.dev

test-parts:
	@sh scripts/test-parts.sh

.venv/.steward: requirements/runtime.txt requirements/build.txt pyproject.toml
	@sh scripts/install.sh .venv requirements/runtime.txt requirements/build.txt .
	@touch $@

.venv/.dev: .venv/.steward requirements/dev.txt
	@sh scripts/install.sh .venv requirements/dev.txt
	@touch $@

.venv-bench/.done: requirements/bench.txt
	@sh scripts/install.sh .venv-bench requirements/bench.txt
	@touch $@

.venv-fuzz/.done: requirements/runtime.txt requirements/fuzz.txt
	@sh scripts/install.sh .venv-fuzz requirements/runtime.txt requirements/fuzz.txt
	@touch $@
