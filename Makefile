# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

.PHONY: install dev demo test test-portable test-slow lint docs clean

.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/dev: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

install: .venv/installed

dev: .venv/dev

demo: install
	$(BIN)/smallsteps demo

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(PYTEST) -m "not slow and not gpu"

# As other processors round: narrower instructions, more threads, first parameters a millionth off (tests/nudge.py).
test-portable: QUICK = $(PYTEST) -m "not slow and not gpu" $(TESTS)
test-portable: dev
	ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2 OPENBLAS_CORETYPE=Haswell $(QUICK)
	ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 MKL_ENABLE_INSTRUCTIONS=SSE4_2 OPENBLAS_CORETYPE=Prescott $(QUICK)
	OMP_NUM_THREADS=2 $(QUICK)
	for seed in 1 2 3; do SMALLSTEPS_TEST_NUDGE=$$seed $(QUICK) || exit 1; done

test-slow: dev
	$(PYTEST) -m "slow and not gpu"

docs: dev
	$(BIN)/python docs/generate.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
