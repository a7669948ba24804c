# All of it is in packaging/bootstrap.py, which works the same where there is no make:
#   python3 packaging/bootstrap.py run|test|setup|e2e|conformance|bench|bench-db|fuzz|chaos|soak|package|shots|translations|lint|format|lock
# Arguments for the program that is started: make test ARGS="tests/engine -k stream"

PYTHON ?= python3
ARGS ?=

.PHONY: run test setup e2e conformance bench bench-db fuzz chaos soak package shots translations lint format lock clean

run test setup e2e conformance bench bench-db fuzz chaos soak package shots translations lint format lock:
	@$(PYTHON) packaging/bootstrap.py $@ $(ARGS)

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
