-- The chain of a table's rules and schemas: one seal for each version, in the order in which they came in force. head.sealed
-- is the hash of the last one; null where the versions are older than seals, until the next one seals them all.

CREATE TABLE seal (
    table_id TEXT NOT NULL REFERENCES head,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (table_id, place)
) STRICT, WITHOUT ROWID;

ALTER TABLE head ADD COLUMN sealed TEXT;
