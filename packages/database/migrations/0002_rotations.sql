-- When the latest refresh tokens of a session were first used, the last one
-- first: `rotations[n]` is of the token that is `n` numbers behind the good one.
ALTER TABLE sessions ADD COLUMN rotations timestamptz[] NOT NULL DEFAULT '{}';
