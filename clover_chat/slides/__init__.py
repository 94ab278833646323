"""Whole slides: pixels on disk, coordinates, tiles, tissue; knows no torch, tables or pages."""
