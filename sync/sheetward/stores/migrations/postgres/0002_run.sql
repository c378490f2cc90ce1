-- The commits of one call, of whatever sheet and table, bear its word, so that they can be taken back as a whole. Commits
-- from before have none: each stands for itself.
-- No statement may be ended by anything but a semicolon at the end of a line.

ALTER TABLE commits ADD COLUMN run TEXT COLLATE "C" NOT NULL DEFAULT '';
