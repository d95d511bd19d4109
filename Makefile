# Every target sets up what it needs by itself: Python 3.11 or newer and make are enough.

PORT ?= 8000
DEMO_DIR ?= .demo
TESTS ?=
UV_VERSION := 0.13.8

VENV := .venv
BIN := $(VENV)/bin
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --custom-compile-command "make lock"

# What `check --deploy` is to judge: a deployment as docs/deployment.md describes it.
DEPLOYED := SECRET_KEY=not-a-secret-only-for-the-check-0123456789-abcdefghijklmnopqrstuv \
	BASE_URL=https://postbacks.example ALLOWED_HOSTS=postbacks.example DEBUG=false

.DEFAULT_GOAL := help
.PHONY: help venv venv-dev demo test lint format bench chaos lock

help: ## What can be done here
	@echo "Usage: make TARGET [PORT=$(PORT)] [DEMO_DIR=$(DEMO_DIR)]"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## Create .venv with what the service needs at run time
	@sh .ci/venv $(VENV) requirements.txt

venv-dev: ## The same, and what tests and linters need
	@sh .ci/venv $(VENV) requirements-dev.txt

demo: venv ## Run it: web, two workers and a sample receiver, on SQLite, with sample orders
	@exec $(BIN)/python -m config.demo --port $(PORT) --directory $(DEMO_DIR)

test: lint ## Linters, types, import contracts, checks, and every test in parallel
	@sh .ci/programs
	$(BIN)/pytest --numprocesses=auto $(TESTS)

lint: venv-dev ## Everything of `make test` but the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(DEPLOYED) $(BIN)/python manage.py makemigrations --check --dry-run
	$(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING

format: venv-dev ## Put code into the agreed form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: venv-dev ## Measure throughput and latency (DATABASE_URL and REDIS_URL choose on what)
	@exec $(BIN)/python -m bench

chaos: venv-dev ## Kill workers, broker and database in mid-delivery and count what was lost
	@exec $(BIN)/python -m bench.chaos

lock: ## Make requirements*.txt anew from pyproject.toml
	@sh .ci/venv $(VENV)
	@$(BIN)/pip install --quiet uv==$(UV_VERSION)
	$(BIN)/$(LOCK) pyproject.toml --output-file requirements.txt
	$(BIN)/$(LOCK) --extra dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
