-- What people said about values: findings accepted for a reason, values confirmed. Appended, never changed.
-- No statement may be ended by anything but a semicolon at the end of a line.

-- data is JSON (ports/attestations.py says how), its field under the stored word.
CREATE TABLE attestation (
    table_id TEXT NOT NULL REFERENCES head,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (table_id, number)
) STRICT, WITHOUT ROWID;
