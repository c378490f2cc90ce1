-- Whole states among the commits, so that no walk back is long. size: bytes of the rows of today; owed: bytes of the
-- records of what was replaced since the last whole state.

CREATE TABLE keyframe (
    table_id TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    first_row TEXT COLLATE "C" NOT NULL,
    state BYTEA NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (table_id, number, part)
);

ALTER TABLE head ADD COLUMN size BIGINT NOT NULL DEFAULT 0;

ALTER TABLE head ADD COLUMN owed BIGINT NOT NULL DEFAULT 0;

UPDATE head SET
    size = (SELECT coalesce(sum(length(cells)), 0) FROM live WHERE live.table_id = head.table_id),
    owed = (SELECT coalesce(sum(length(replaced)), 0) FROM past WHERE past.table_id = head.table_id);
