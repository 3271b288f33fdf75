# Runs `python -m vendorsmith` and the tools; without make, type the commands below.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
DEMO := .cache/demo
AIRFLOW := .cache/survive-airflow
PREFECT := .cache/prefect

NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, and $(PYTHON) is %d.%d; name another: make PYTHON=python3.12 ..." % sys.version_info[:2])'

.DEFAULT_GOAL := help
.PHONY: generate check diff test model-based demo readme lint mypy pyright format bench corpus mutate mutate-any kill-matrix coverage-matrix fuzz-mock contract-live simulate simulate-mends survive test-live lock clean help

generate: $(READY) ## write the clients from the specs
	$(BIN)/python -m vendorsmith generate

check: $(READY) ## fail where generated/ is not what the specs say
	$(BIN)/python -m vendorsmith check

diff: $(READY) ## show what `make generate` would change
	$(BIN)/python -m vendorsmith diff

readme: $(READY) ## run the README in a fresh clone of what is committed, with real installs
	$(BIN)/python tests/readme/session.py

test: $(READY) ## run the tests, on all processors
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

model-based: $(READY) ## test random documents and calls, others in each run: EXAMPLES=50 documents
	EXAMPLES=$(or $(EXAMPLES),50) $(BIN)/python -m pytest tests/model_based

fuzz-mock: $(READY) ## call every mock vendor with schemathesis: valid and broken requests
	$(BIN)/python tests/mock/fuzz.py

demo: $(DEMO)/.ready ## serve mock vendors on this machine and watch jobs of each; sets up only what it needs
	@PYTHONPATH=generator $(DEMO)/bin/python -m vendorsmith.mock.demo

# Only what the demo imports, in the versions of the lock. uv takes a tenth of pip's time.
$(DEMO)/.ready: requirements.lock generator/core/pyproject.toml generated/pyproject.toml
	@$(NEW_ENOUGH)
	@echo 'Setting up $(DEMO): once, in about ten seconds'
	@$(PYTHON) -m venv $(DEMO)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(DEMO)/uv.txt
	@$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $(DEMO)/uv.txt
	@$(DEMO)/bin/uv pip install --python $(DEMO) --constraints requirements.lock \
		-e 'generator/core[cli,testing]' -e generated pyyaml starlette uvicorn
	@touch $@

lint: $(READY) ## lint, formatting, layers and strict types, over generator, core and output
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache --no-logo
	$(MAKE) --no-print-directory --jobs=2 mypy pyright

mypy: $(READY) ## strict types, by mypy
	$(BIN)/mypy generator generated tests

pyright: $(READY) ## strict types, by pyright
	$(BIN)/pyright --pythonpath $(BIN)/python

format: $(READY) ## sort imports and format the hand-written code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(READY) ## measure generation, imports and calls against peers and floors
	$(BIN)/python tests/benchmarks/run.py

contract-live: $(READY) ## compare a real vendor with its spec: VENDOR=alation ARGS="--argument get_job.id=7"
	@$(if $(VENDOR),,echo 'name a vendor: make contract-live VENDOR=...' >&2; exit 2)
	$(BIN)/python -m jobclients_contract live $(VENDOR) $(ARGS)

mutate: $(READY) ## change the clients in many small ways, and see whether the tests notice
	$(BIN)/python tests/mutation/run.py

simulate: $(READY) ## wait for jobs in made-up worlds on a virtual clock: WORLDS=400000 SEED=0, or REPLAY=seed for a smallest one
	$(BIN)/python tests/simulation/run.py --worlds $(or $(WORLDS),400000) --seed $(or $(SEED),0) $(if $(REPLAY),--replay $(REPLAY))

simulate-mends: $(READY) ## take mends out of a copy of the core, and see whether the worlds notice
	$(BIN)/python tests/simulation/mends.py

survive: $(READY) $(if $(SURVIVE_PYTHON),,$(AIRFLOW)/.ready) ## kill processes at every place of submit and wait, and count their jobs: KILLS=2000 SEED=0, or REPLAY=seed
	$(BIN)/python tests/survive/run.py --kills $(or $(KILLS),2000) --seed $(or $(SEED),0) $(if $(REPLAY),--replay $(REPLAY)) \
		--airflow $(or $(SURVIVE_PYTHON),$(AIRFLOW)/bin/python)

$(AIRFLOW)/.ready:
	$(BIN)/python -m venv $(AIRFLOW)
	$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check \
		'apache-airflow-task-sdk==1.3.2' 'apache-airflow-core>=3.3,<3.4'
	touch $@

corpus: $(READY) ## generate, import and check published documents, which npm brings: PIECE=1/5 ONLY=regex STEPS=generate,import,mypy,pyright
	$(BIN)/python tests/corpus/run.py $(if $(PIECE),--piece $(PIECE)) $(if $(ONLY),--only '$(ONLY)') $(if $(STEPS),--steps $(STEPS))

test-live: $(READY) $(PREFECT)/.ready ## run jobs on a real Prefect server on this machine, by an overlay of its document
	PREFECT_PYTHON=$(PREFECT)/bin/python $(BIN)/python -m pytest tests/live/prefect_server.py

$(PREFECT)/.ready:
	$(PYTHON) -m venv $(PREFECT)
	$(PREFECT)/bin/python -m pip install --quiet --disable-pip-version-check 'prefect==3.9.1'
	touch $@

coverage-matrix: $(READY) ## print what the specs document and which contract tests check it
	@$(BIN)/python -m jobclients_contract coverage

mutate-any: $(READY) ## the same with random mutants of core, generator and specs: SAMPLE=200 SEED=1
	$(BIN)/python tests/mutation/anywhere.py --sample $(or $(SAMPLE),200) --seed $(or $(SEED),1)

kill-matrix: $(READY) ## write which test suite notices which mutant: tests/mutation/KILLS.md
	$(BIN)/python tests/mutation/matrix.py

lock: $(READY) ## choose the exact versions of every tool anew
	echo '# Exact versions and hashes of everything that development and CI use; written by `make lock`.' > requirements.lock.new
	$(BIN)/uv pip compile --quiet --group dev pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-package jobclients-core --no-emit-package jobclients-contract \
		>> requirements.lock.new
	mv requirements.lock.new requirements.lock

clean: ## remove the environment and all caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .cache generated/.vendorsmith_cache

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /	/' | expand -t 18

$(READY): requirements.lock pyproject.toml generator/core/pyproject.toml generator/contract/pyproject.toml generated/pyproject.toml
	@$(NEW_ENOUGH)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e generator/core -e generator/contract -e . -e generated
	touch $(READY)
