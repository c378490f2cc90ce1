-- Snapshots. Their table_id is the one that stands for all tables (stores/sql/heads.py, DIRECTORY): one of them names
-- commits of many tables, and bytes that files of many tables have in common are kept once.
-- No statement may be ended by anything but a semicolon at the end of a line.

-- A named moment: data is JSON (ports/snapshots.py says how), hash its SHA-256.
CREATE TABLE snapshot (
    table_id TEXT NOT NULL REFERENCES head,
    name TEXT NOT NULL,
    time TEXT NOT NULL,
    hash TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (table_id, name)
) STRICT, WITHOUT ROWID;

-- How a file's bytes are put together: the SHA-256 of each piece, 32 bytes each, in their order.
CREATE TABLE kept_file (
    table_id TEXT NOT NULL REFERENCES head,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    pieces BLOB NOT NULL,
    PRIMARY KEY (table_id, sha256)
) STRICT, WITHOUT ROWID;

-- Bytes under the SHA-256 of what they are unpacked; the first byte says how they are packed (stores/pieces.py).
CREATE TABLE piece (
    table_id TEXT NOT NULL REFERENCES head,
    sha256 TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (table_id, sha256)
) STRICT;
