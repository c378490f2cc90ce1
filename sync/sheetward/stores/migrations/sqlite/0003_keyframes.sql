-- Whole states among the commits, so that no walk back is long. size: bytes of the rows of today; owed: bytes of the
-- records of what was replaced since the last whole state.

CREATE TABLE keyframe (
    table_id TEXT NOT NULL REFERENCES head,
    number INTEGER NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    first_row TEXT NOT NULL,
    state BLOB NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (table_id, number, part)
) STRICT, WITHOUT ROWID;

ALTER TABLE head ADD COLUMN size INTEGER NOT NULL DEFAULT 0;

ALTER TABLE head ADD COLUMN owed INTEGER NOT NULL DEFAULT 0;

UPDATE head SET
    size = (SELECT coalesce(sum(length(cells)), 0) FROM live WHERE live.table_id = head.table_id),
    owed = (SELECT coalesce(sum(length(replaced)), 0) FROM past WHERE past.table_id = head.table_id);
