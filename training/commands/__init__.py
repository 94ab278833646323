"""The verbs of `clover-train`, a module for each part of the work."""
