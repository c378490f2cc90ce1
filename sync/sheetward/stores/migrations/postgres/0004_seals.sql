-- The chain of a table's rules and schemas: one seal for each version, in the order in which they came in force. head.sealed
-- is the hash of the last one; null where the versions are older than seals, until the next one seals them all.

CREATE TABLE seal (
    table_id TEXT COLLATE "C" NOT NULL,
    place INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (table_id, place)
);

ALTER TABLE head ADD COLUMN sealed TEXT COLLATE "C";
