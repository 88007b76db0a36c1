# The two doors: `make run` and `make test`. Both set everything up first.
PYTHON ?= python3
PORT ?= 8080
DATA ?= data
BIN := .venv/bin

.PHONY: help run test setup setup-dev check bench

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /  /' | sort

run: setup ## set up, play the recorded market once, then serve both brands until Ctrl-C
	@$(BIN)/commonbook demo --data "$(DATA)" --port $(PORT)

setup: ## make .venv, build the engine, install
	@$(PYTHON) tools/setup.py run

setup-dev: ## setup, and what tests and checks need
	@$(PYTHON) tools/setup.py dev

test: setup-dev ## set up and pass all tests
	cargo test --workspace --quiet
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

check: setup-dev ## style, types, layers, promises, reference
	$(BIN)/ruff check src tests tools
	$(BIN)/ruff format --check src tests tools
	$(BIN)/mypy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_promises.py tests/test_reference.py \
		tests/conformance/okx_v5/test_okx_authorization.py::test_i13_the_page_has_every_route_and_says_what_its_permission_means \
		tests/spec/administration/test_authorization_of_desks.py::test_ad2_the_page_has_every_route_and_says_what_its_need_means

bench: setup-dev ## the engine beside the fastest published Python book
	$(BIN)/commonbook bench engine
