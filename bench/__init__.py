"""Benchmarks: each one command, results as JSON under bench/results/. Nothing here is a test."""
