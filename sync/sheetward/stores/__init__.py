"""Where tables, their history and what waits for a person are kept: in memory (the reference), in SQLite and in PostgreSQL."""
