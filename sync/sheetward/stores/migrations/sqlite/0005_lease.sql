-- Who may write for a binding just now, at most until `until` (milliseconds since 1970, by the database's own clock). The
-- number rises with every new holder and never falls: a commit under an older one is refused. Up to `wanted` another one
-- waits for it: its last holder lets that one go first.

CREATE TABLE lease (
    table_id TEXT NOT NULL REFERENCES head,
    binding TEXT NOT NULL,
    number INTEGER NOT NULL,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL,
    wanted INTEGER NOT NULL,
    PRIMARY KEY (table_id, binding)
) STRICT, WITHOUT ROWID;
