PY := .venv/bin/python
ARGS ?=
PORT ?= 8000

.venv/ready: requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --requirement requirements.txt
	touch $@

.PHONY: run test check
run: .venv/ready
	DEMO=$${DEMO-1} $(PY) -m yuexi.embedded -- $(PY) -m yuexi.start --port $(PORT)

test: .venv/ready
	$(PY) -m yuexi.embedded test -- $(PY) -m pytest $(ARGS)

check: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check --quiet .
	.venv/bin/mypy yuexi cadres households rectification inspections
	.venv/bin/lint-imports --no-cache > .venv/imports.txt || { cat .venv/imports.txt; exit 1; }
	$(PY) -m yuexi.embedded test -- $(PY) manage.py makemigrations --check --dry-run

.PHONY: bench
bench: .venv/ready
	$(PY) -m yuexi.embedded bench -- $(PY) -m tests.benchmarks $(ONLY)

.PHONY: faults
faults: .venv/ready
	KILLS=$${KILLS-210} $(PY) -m yuexi.embedded faults -- $(PY) -m pytest -q -s tests/faults/test_sync_kills.py

.PHONY: manage
manage: .venv/ready
	$(PY) -m yuexi.embedded -- $(PY) manage.py $(DO)
