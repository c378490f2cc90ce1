"""The truth table of one cell, which row is which, and the items that wait for a person. Pure."""
