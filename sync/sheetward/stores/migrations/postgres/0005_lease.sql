-- Who may write for a binding just now, at most until `until` (milliseconds since 1970, by the database's own clock). The
-- number rises with every new holder and never falls: a commit under an older one is refused. Up to `wanted` another one
-- waits for it: its last holder lets that one go first.

CREATE TABLE lease (
    table_id TEXT COLLATE "C" NOT NULL,
    binding TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    wanted BIGINT NOT NULL,
    PRIMARY KEY (table_id, binding)
);
