PY := .venv/bin/python
ARGS ?=
PORT ?= 8000

.venv/ready: requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --requirement requirements.txt
	touch $@

.PHONY: run test check
run: .venv/ready
	$(PY) -m yuexi.embedded -- sh -c '$(PY) manage.py migrate -v0 && $(PY) manage.py load_areas && $(PY) manage.py fill_calendar && echo "http://127.0.0.1:$(PORT)/" && exec $(PY) -m gunicorn --no-control-socket -b 127.0.0.1:$(PORT) yuexi.wsgi'

test: .venv/ready
	$(PY) -m yuexi.embedded -- $(PY) -m pytest $(ARGS)

check: .venv/ready
	.venv/bin/ruff check .
	$(PY) -m yuexi.embedded -- $(PY) manage.py makemigrations --check --dry-run
