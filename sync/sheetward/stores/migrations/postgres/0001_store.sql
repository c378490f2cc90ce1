-- The first shape of the store on PostgreSQL, in the schema that the connection names first. Every key and every index
-- begins with table_id: append PARTITION BY HASH (table_id) to any of these but meta, or distribute them by table_id,
-- and nothing changes for the program. There are no foreign keys: what they would check is true of every transaction,
-- `audit verify` looks for it, and a bulk load need not pay for it. Text is compared by its code points, whatever the
-- database's own collation is: times are texts.
-- No statement may be ended by anything but a semicolon at the end of a line.

-- One word each: the mark and shape of a store of ours, the epoch, the id of the store, the key of the digests in the
-- hash chain. Made first: of several programs that make a store at once, one gets past this statement.
CREATE TABLE meta (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- The row that a transaction takes first: the table's last commit.
CREATE TABLE head (
    table_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (table_id)
);

CREATE TABLE commits (
    table_id TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    sync_id TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    editor TEXT COLLATE "C",
    time TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    binding TEXT COLLATE "C",
    changes INTEGER NOT NULL,
    parent TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (table_id, number)
);

-- Every transaction that was applied, so that a repeat is known; number is null where it made no commit.
CREATE TABLE sync (
    table_id TEXT COLLATE "C" NOT NULL,
    sync_id TEXT COLLATE "C" NOT NULL,
    number INTEGER,
    PRIMARY KEY (table_id, sync_id)
);

-- The table today: the filled cells of each row, as a JSON object by field, or spelt with a wordbook.
CREATE TABLE live (
    table_id TEXT COLLATE "C" NOT NULL,
    row_id TEXT COLLATE "C" NOT NULL,
    cells BYTEA NOT NULL,
    PRIMARY KEY (table_id, row_id)
);

-- What rows of a table have in common, so that each takes little room (stores/sql/wordbook.py says how).
CREATE TABLE wordbook (
    table_id TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    words BYTEA NOT NULL,
    PRIMARY KEY (table_id, number)
);

-- The way back: for each commit what it replaced, as compressed JSON (stores/sql/past.py says how).
CREATE TABLE past (
    table_id TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    replaced BYTEA NOT NULL,
    PRIMARY KEY (table_id, number)
);

-- Rows that were removed and have not come back, with the commit that removed them.
CREATE TABLE gone (
    table_id TEXT COLLATE "C" NOT NULL,
    row_id TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (table_id, row_id)
);

CREATE TABLE counter (
    table_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (table_id, name)
);

-- data is JSON, compressed with zlib where it is long: while a first sync is pending it holds every row.
CREATE TABLE binding (
    table_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (table_id, id)
);

-- What a binding's record was while its sheet bore a stamp: what an older copy of the sheet is compared with.
CREATE TABLE revision (
    table_id TEXT COLLATE "C" NOT NULL,
    binding TEXT COLLATE "C" NOT NULL,
    stamp TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (table_id, binding, stamp)
);

-- Conflicts, held rows and cells, rejections. place keeps the order in which they came.
CREATE TABLE item (
    table_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    place INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    binding TEXT COLLATE "C" NOT NULL,
    is_open INTEGER NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (table_id, id)
);

CREATE INDEX item_by_binding ON item (table_id, is_open, binding, kind);

CREATE INDEX item_by_place ON item (table_id, place);

CREATE TABLE rule (
    table_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    time TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (table_id, role, version)
);

CREATE TABLE table_schema (
    table_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    time TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (table_id, version)
);
