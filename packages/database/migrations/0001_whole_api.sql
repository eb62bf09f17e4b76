-- What the whole API needs beside uploads, thumbnails and links.

ALTER TABLE tiers
  ADD COLUMN conversion_formats text[] NOT NULL DEFAULT '{}'
    CHECK (conversion_formats <@ ARRAY['jpeg', 'png', 'webp', 'avif']),
  ADD COLUMN reads_per_minute integer NOT NULL DEFAULT 6000 CHECK (reads_per_minute > 0),
  ADD COLUMN uploads_per_minute integer NOT NULL DEFAULT 600 CHECK (uploads_per_minute > 0),
  ADD COLUMN links_per_minute integer NOT NULL DEFAULT 120 CHECK (links_per_minute > 0);
--> statement-breakpoint
-- The built-in tiers get what they should have had, unless somebody has made them their own.
UPDATE tiers SET conversion_formats = '{jpeg,png}' WHERE name IN ('Premium', 'Enterprise') AND version = 1;
--> statement-breakpoint
UPDATE tiers SET reads_per_minute = 12000, uploads_per_minute = 1200, links_per_minute = 600
WHERE name = 'Premium' AND version = 1;
--> statement-breakpoint
UPDATE tiers SET reads_per_minute = 60000, uploads_per_minute = 6000, links_per_minute = 6000
WHERE name = 'Enterprise' AND version = 1;
--> statement-breakpoint
ALTER TABLE tiers
  ALTER COLUMN conversion_formats DROP DEFAULT,
  ALTER COLUMN reads_per_minute DROP DEFAULT,
  ALTER COLUMN uploads_per_minute DROP DEFAULT,
  ALTER COLUMN links_per_minute DROP DEFAULT;
--> statement-breakpoint
-- How far the renditions that a tier gained have been asked for: one run a tier, which a newer edit takes over.
CREATE TABLE reconciles (
  tier_id uuid PRIMARY KEY REFERENCES tiers (id) ON DELETE CASCADE,
  -- The tier's version that it runs for: a job with an older one ends.
  version integer NOT NULL,
  -- Names of the renditions that the tier gained and that images may lack.
  gained text[] NOT NULL,
  -- The last image that was looked at, in the order of ids; NULL before the first.
  cursor uuid,
  images_total integer NOT NULL,
  images_done integer NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  progress_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
--> statement-breakpoint
-- Set when an administrator deletes a user: nobody sees them any more, and the row goes once their images are gone.
ALTER TABLE users ADD COLUMN deleted_at timestamptz;
--> statement-breakpoint
CREATE INDEX users_deleted ON users (deleted_at) WHERE deleted_at IS NOT NULL;
--> statement-breakpoint
-- A key of an API key is 256 random bits, so a plain hash keeps it as well as a slow one would.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL,
  scopes text[] NOT NULL CHECK (scopes <> '{}'),
  secret_sha256 text NOT NULL UNIQUE,
  -- Its first characters, by which a person knows it again.
  hint text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  last_used_at timestamptz
);
--> statement-breakpoint
CREATE UNIQUE INDEX api_keys_name ON api_keys (user_id, lower(name));
--> statement-breakpoint
-- Answers to uploads that carried an Idempotency-Key. One without an answer is under way, until its lease ends.
CREATE TABLE idempotent_requests (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  leased_until timestamptz NOT NULL,
  -- Of the whole request: a key that comes with another body is refused.
  body_sha256 text,
  status_code integer,
  answer jsonb,
  UNIQUE (user_id, key),
  CHECK (num_nonnulls(body_sha256, status_code, answer) IN (0, 3))
);
--> statement-breakpoint
CREATE INDEX idempotent_requests_age ON idempotent_requests (created_at);
--> statement-breakpoint
-- Which part of which idempotent request an image came from: a retry of one that died half way finds what was kept.
ALTER TABLE images
  ADD COLUMN request_id uuid,
  ADD COLUMN request_part integer,
  -- As `attempts` and `attempt_began_at`, of the conversions, which are made apart from the thumbnails.
  ADD COLUMN conversion_attempts integer NOT NULL DEFAULT 0,
  ADD COLUMN conversion_attempt_began_at timestamptz,
  ADD CHECK (num_nonnulls(request_id, request_part) IN (0, 2));
--> statement-breakpoint
CREATE UNIQUE INDEX images_of_request ON images (request_id, request_part) WHERE request_id IS NOT NULL;
--> statement-breakpoint
-- Read by administrators across owners, newest first.
CREATE INDEX images_failed ON images (id) WHERE state = 'failed';
--> statement-breakpoint
ALTER TABLE renditions ADD COLUMN last_read_at timestamptz NOT NULL DEFAULT now();
--> statement-breakpoint
CREATE INDEX renditions_unread ON renditions (last_read_at) WHERE object_key IS NOT NULL;
--> statement-breakpoint
-- Files on their way into the store without passing the gateway. They count against the quota from the start.
CREATE TABLE direct_uploads (
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  title text NOT NULL,
  filename text NOT NULL,
  content_type text NOT NULL,
  -- What was announced and is counted against the quota until it ends.
  bytes bigint NOT NULL,
  sha256 text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  -- The image it became: completing it again answers the same one.
  image_id uuid,
  completed_at timestamptz
);
--> statement-breakpoint
CREATE INDEX direct_uploads_expiry ON direct_uploads (expires_at);
--> statement-breakpoint
CREATE INDEX direct_uploads_of_owner ON direct_uploads (owner_id);
--> statement-breakpoint
-- What an archive's address stands for. What it holds is decided when it is fetched.
CREATE TABLE archives (
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- NULL: all of the owner's.
  image_ids uuid[],
  rendition text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
--> statement-breakpoint
CREATE INDEX archives_expiry ON archives (expires_at);
--> statement-breakpoint
CREATE INDEX archives_of_owner ON archives (owner_id);
--> statement-breakpoint
-- Every change that an administrator made, written in the transaction that made it. It outlives whom it names.
CREATE TABLE audit_log (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor_id uuid NOT NULL,
  actor_name text NOT NULL,
  action text NOT NULL,
  subject_type text NOT NULL,
  subject_id uuid NOT NULL,
  before jsonb,
  after jsonb,
  address text NOT NULL,
  request_id text NOT NULL
);
--> statement-breakpoint
CREATE INDEX audit_log_subject ON audit_log (subject_id, id);
--> statement-breakpoint
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
