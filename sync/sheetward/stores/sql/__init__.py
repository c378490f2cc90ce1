"""The parts that every SQL store shares: its relations, its rows and their past, bindings, items, rules."""
