"""Benchmarks. Floats are allowed here: nothing in this folder is money."""
