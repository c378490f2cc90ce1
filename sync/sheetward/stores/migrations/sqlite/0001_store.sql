-- The first shape of the store. Every key and every index begins with table_id, so that a server can partition by it.
-- No statement may be ended by anything but a semicolon at the end of a line.

PRAGMA application_id = 0x53687764;

-- One word each: the epoch, the id of the store, the key of the digests in the hash chain.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The row that a transaction takes first: the table's last commit.
CREATE TABLE head (
    table_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE commits (
    table_id TEXT NOT NULL REFERENCES head,
    number INTEGER NOT NULL,
    sync_id TEXT NOT NULL,
    author TEXT NOT NULL,
    editor TEXT,
    time TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    binding TEXT,
    changes INTEGER NOT NULL,
    parent TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (table_id, number)
) STRICT, WITHOUT ROWID;

-- Every transaction that was applied, so that a repeat is known; number is null where it made no commit.
CREATE TABLE sync (
    table_id TEXT NOT NULL REFERENCES head,
    sync_id TEXT NOT NULL,
    number INTEGER,
    PRIMARY KEY (table_id, sync_id)
) STRICT, WITHOUT ROWID;

-- The table today: the filled cells of each row, as a JSON object by field, or spelt with a wordbook.
CREATE TABLE live (
    table_id TEXT NOT NULL REFERENCES head,
    row_id TEXT NOT NULL,
    cells BLOB NOT NULL,
    PRIMARY KEY (table_id, row_id)
) STRICT, WITHOUT ROWID;

-- What rows of a table have in common, so that each takes little room (stores/sql/wordbook.py says how).
CREATE TABLE wordbook (
    table_id TEXT NOT NULL REFERENCES head,
    number INTEGER NOT NULL,
    fields TEXT NOT NULL,
    words BLOB NOT NULL,
    PRIMARY KEY (table_id, number)
) STRICT, WITHOUT ROWID;

-- The way back: for each commit what it replaced, as compressed JSON (stores/sql/past.py says how).
CREATE TABLE past (
    table_id TEXT NOT NULL REFERENCES head,
    number INTEGER NOT NULL,
    replaced BLOB NOT NULL,
    PRIMARY KEY (table_id, number)
) STRICT, WITHOUT ROWID;

-- Rows that were removed and have not come back, with the commit that removed them.
CREATE TABLE gone (
    table_id TEXT NOT NULL REFERENCES head,
    row_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (table_id, row_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    table_id TEXT NOT NULL REFERENCES head,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (table_id, name)
) STRICT, WITHOUT ROWID;

-- data is JSON, compressed with zlib where it is long: while a first sync is pending it holds every row.
CREATE TABLE binding (
    table_id TEXT NOT NULL REFERENCES head,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (table_id, id)
) STRICT, WITHOUT ROWID;

-- What a binding's record was while its sheet bore a stamp: what an older copy of the sheet is compared with.
CREATE TABLE revision (
    table_id TEXT NOT NULL REFERENCES head,
    binding TEXT NOT NULL,
    stamp TEXT NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (table_id, binding, stamp)
) STRICT, WITHOUT ROWID;

-- Conflicts, held rows and cells, rejections. place keeps the order in which they came.
CREATE TABLE item (
    table_id TEXT NOT NULL REFERENCES head,
    id TEXT NOT NULL,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    binding TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (table_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX item_by_binding ON item (table_id, is_open, binding, kind);

CREATE INDEX item_by_place ON item (table_id, place);

CREATE TABLE rule (
    table_id TEXT NOT NULL REFERENCES head,
    role TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    author TEXT NOT NULL,
    time TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (table_id, role, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE table_schema (
    table_id TEXT NOT NULL REFERENCES head,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    author TEXT NOT NULL,
    time TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (table_id, version)
) STRICT, WITHOUT ROWID;
