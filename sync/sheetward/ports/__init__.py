"""Ports: what the engine asks of sheets and stores. The docstrings are contracts; tests/conformance runs them."""
