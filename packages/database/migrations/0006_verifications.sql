-- Comparisons of rows with the objects that they stand for, and what was found.
CREATE TABLE verifications (
  id uuid PRIMARY KEY,
  -- Whether originals are read and hashed, beside being there and as long as they should be.
  hash boolean NOT NULL,
  repair boolean NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'stopped')),
  -- How far it is: what it compares, and the last of that which it has compared; NULL before the first.
  phase text NOT NULL DEFAULT 'images' CHECK (phase IN ('images', 'uploads', 'usage')),
  cursor text,
  images_total integer NOT NULL,
  images_done integer NOT NULL DEFAULT 0,
  objects_seen integer NOT NULL DEFAULT 0,
  bytes_hashed bigint NOT NULL DEFAULT 0,
  found integer NOT NULL DEFAULT 0,
  mended integer NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  progress_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CHECK ((state = 'running') = (ended_at IS NULL))
);
--> statement-breakpoint
-- One at a time: two would mend the same things.
CREATE UNIQUE INDEX verifications_running ON verifications (state) WHERE state = 'running';
--> statement-breakpoint
-- The first of what was found; the counts go on.
CREATE TABLE verification_findings (
  verification_id uuid NOT NULL REFERENCES verifications (id) ON DELETE CASCADE,
  number integer NOT NULL,
  problem text NOT NULL,
  -- The image, upload or user. It need not be there.
  subject_id uuid NOT NULL,
  rendition text,
  -- What the rows say, and what there is.
  expected text,
  actual text,
  mended boolean NOT NULL,
  PRIMARY KEY (verification_id, number)
);
