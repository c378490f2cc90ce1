-- Snapshots. Their table_id is the one that stands for all tables (stores/sql/heads.py, DIRECTORY): one of them names
-- commits of many tables, and bytes that files of many tables have in common are kept once.
-- No statement may be ended by anything but a semicolon at the end of a line.

-- A named moment: data is JSON (ports/snapshots.py says how), hash its SHA-256.
CREATE TABLE snapshot (
    table_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    time TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (table_id, name)
);

-- How a file's bytes are put together: the SHA-256 of each piece, 32 bytes each, in their order.
CREATE TABLE kept_file (
    table_id TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    pieces BYTEA NOT NULL,
    PRIMARY KEY (table_id, sha256)
);

-- Bytes under the SHA-256 of what they are unpacked; the first byte says how they are packed (stores/pieces.py).
CREATE TABLE piece (
    table_id TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (table_id, sha256)
);
