"""Benchmarks: every figure beside a baseline of the same run on the same machine, so that the ratios can be read anywhere."""
