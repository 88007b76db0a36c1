# The two doors: `make run` and `make test`. Both set everything up first.
PYTHON ?= python3
PORT ?= 8080
DATA ?= data
BIN := .venv/bin
WORKERS ?= 2

.PHONY: help run test setup setup-dev check beside style types rust documents bench web-types web-check web-budget web-axe web-smooth screenshots

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
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q

check: beside documents ## style, types, texts, pages, layers, promises, reference

beside: style types rust web-check web-budget web-axe ## of `make check` what `make test` has not run

style: setup-dev ## how it is written
	$(BIN)/ruff check src tests tools
	$(BIN)/ruff format --check src tests tools
	cargo fmt --all --check

types: setup-dev ## what mypy says
	$(BIN)/mypy

rust: setup-dev ## what clippy says
	cargo clippy --workspace --all-targets --quiet -- -D warnings

documents: setup-dev ## layers, promises, reference, texts of the web app, pages of authorization
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_promises.py tests/test_reference.py \
		tests/spec/gateway/test_web.py \
		tests/conformance/okx_v5/test_okx_authorization.py::test_i13_the_page_has_every_route_and_says_what_its_permission_means \
		tests/conformance/okx_v5/test_okx_authorization.py::test_o7_the_page_has_every_token_endpoint \
		tests/spec/administration/test_authorization_of_desks.py::test_ad2_the_page_has_every_route_and_says_what_its_need_means

web-types: setup-dev ## the web app's types of the API, from the API's own documents
	npm run --silent --prefix web types

web-check: web-types ## the web app's types and accessibility warnings
	npm run --silent --prefix web check

web-budget: setup-dev ## what a browser loads before the terminal can be used
	$(BIN)/python tools/web_budget.py

web-axe: setup-dev ## every page of the web app, for everybody: axe, light and dark, phone and desktop
	$(BIN)/python -m pytest -n 2 -q -rs -m pages tests/journeys/test_pages.py

web-smooth: setup-dev ## how smooth the terminal is at 1,000 updates a second, and how soon it can be used: ten minutes
	$(BIN)/python tools/web_smooth.py

screenshots: setup-dev ## pictures of every page of the web app, and the sheet of them in the docs
	$(BIN)/python tools/web_screenshots.py

bench: setup-dev ## the engine beside the fastest published Python book
	$(BIN)/commonbook bench engine
