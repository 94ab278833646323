"""Measuring a bridge: asking, reading its answers strictly, baselines, intervals, the report."""
