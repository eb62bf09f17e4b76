-- Which installation this database is of: what a store is marked with, so that
-- no sweep ever deletes objects of another one.
CREATE TABLE installation (
  id uuid PRIMARY KEY,
  -- Orphan sweeps begun. The store's mark has it too: a database that is behind the mark was restored or cloned.
  sweep_number integer NOT NULL DEFAULT 0
);
--> statement-breakpoint
INSERT INTO installation (id) VALUES (gen_random_uuid());
--> statement-breakpoint
CREATE TABLE tiers (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  thumbnail_heights integer[] NOT NULL,
  original_access boolean NOT NULL,
  link_access boolean NOT NULL,
  link_min_seconds integer NOT NULL,
  link_max_seconds integer NOT NULL,
  max_upload_bytes bigint NOT NULL,
  max_pixels bigint NOT NULL,
  quota_bytes bigint NOT NULL,
  quota_images integer NOT NULL,
  generation text NOT NULL CHECK (generation IN ('eager', 'lazy')),
  is_default boolean NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (link_min_seconds <= link_max_seconds)
);
--> statement-breakpoint
CREATE UNIQUE INDEX tiers_name ON tiers (lower(name));
--> statement-breakpoint
CREATE UNIQUE INDEX tiers_one_default ON tiers (is_default) WHERE is_default;
--> statement-breakpoint
-- The tiers a new installation starts with. They are edited like any other, and nothing resets them.
INSERT INTO tiers (id, name, thumbnail_heights, original_access, link_access, link_min_seconds, link_max_seconds,
                   max_upload_bytes, max_pixels, quota_bytes, quota_images, generation, is_default)
VALUES
  (gen_random_uuid(), 'Basic',      '{200}',     false, false, 300, 30000,  26214400,  50000000,    5368709120,   10000, 'eager', true),
  (gen_random_uuid(), 'Premium',    '{200,400}', true,  false, 300, 30000,  67108864, 100000000,  107374182400,  200000, 'eager', false),
  (gen_random_uuid(), 'Enterprise', '{200,400}', true,  true,  300, 30000, 134217728, 100000000, 1099511627776, 2000000, 'eager', false);
--> statement-breakpoint
CREATE TABLE users (
  id uuid PRIMARY KEY,
  username text NOT NULL,
  email text,
  password_hash text NOT NULL,
  role text NOT NULL CHECK (role IN ('user', 'auditor', 'admin')),
  tier_id uuid NOT NULL REFERENCES tiers (id),
  disabled_at timestamptz,
  -- Raised to end every link of the user at once.
  link_epoch integer NOT NULL DEFAULT 0,
  used_bytes bigint NOT NULL DEFAULT 0 CHECK (used_bytes >= 0),
  used_images integer NOT NULL DEFAULT 0 CHECK (used_images >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE UNIQUE INDEX users_username ON users (lower(username));
--> statement-breakpoint
CREATE UNIQUE INDEX users_email ON users (lower(email));
--> statement-breakpoint
CREATE INDEX users_tier ON users (tier_id);
--> statement-breakpoint
-- A session is one family of refresh tokens. `generation` is the number of the
-- token that is good now; the tokens themselves are not stored.
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  generation integer NOT NULL DEFAULT 0,
  rotated_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  user_agent text NOT NULL,
  address text NOT NULL
);
--> statement-breakpoint
CREATE INDEX sessions_user ON sessions (user_id) WHERE ended_at IS NULL;
--> statement-breakpoint
CREATE INDEX sessions_expiry ON sessions (expires_at);
--> statement-breakpoint
CREATE TABLE images (
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL REFERENCES users (id),
  title text NOT NULL,
  filename text NOT NULL,
  sha256 text NOT NULL,
  format text NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  bytes bigint NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ready', 'failed', 'deleting')),
  failure_code text,
  failure_message text,
  -- Derivations begun since the last one that ended: what tells a picture that kills its decoder.
  attempts integer NOT NULL DEFAULT 0,
  -- When the last of them began; NULL once it is known to have ended.
  attempt_began_at timestamptz,
  thumbhash text,
  -- Raised to end every link to the image at once.
  link_epoch integer NOT NULL DEFAULT 0,
  uploaded_at timestamptz NOT NULL DEFAULT now(),
  progress_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((state = 'failed') <= (failure_code IS NOT NULL))
);
--> statement-breakpoint
CREATE INDEX images_of_owner ON images (owner_id, id) WHERE state <> 'deleting';
--> statement-breakpoint
CREATE INDEX images_unfinished ON images (progress_at) WHERE state IN ('pending', 'deleting');
--> statement-breakpoint
-- A rendition without a key is wanted and not made yet.
CREATE TABLE renditions (
  image_id uuid NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  name text NOT NULL,
  object_key text,
  format text,
  width integer,
  height integer,
  bytes bigint,
  failure_code text,
  requested_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (image_id, name),
  CHECK (num_nonnulls(object_key, format, width, height, bytes) IN (0, 5))
);
--> statement-breakpoint
CREATE INDEX renditions_wanted ON renditions (requested_at) WHERE object_key IS NULL AND failure_code IS NULL;
--> statement-breakpoint
CREATE TABLE links (
  id uuid PRIMARY KEY,
  image_id uuid NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  target text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  max_uses integer CHECK (max_uses > 0),
  -- When the last of its uses was spent: a Redis restored from an old copy does not give them back.
  used_up_at timestamptz,
  password_hash text,
  filename text,
  -- The epochs of image and owner when the link was made: it is dead once either has moved on.
  image_epoch integer NOT NULL,
  owner_epoch integer NOT NULL
);
--> statement-breakpoint
-- Of all links, not only of live ones: it serves the cascade of a deleted image too.
CREATE INDEX links_of_image ON links (image_id, id);
--> statement-breakpoint
CREATE INDEX links_expiry ON links (expires_at);
