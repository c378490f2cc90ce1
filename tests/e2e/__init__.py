"""Whole calls of the command line, on real files, as people and other programs make them."""
