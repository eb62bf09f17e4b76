-- Uploads that come in pieces, through any gateway, and may break off in between. They are reserved as those that
-- go straight to the store are, and end as they do.
ALTER TABLE direct_uploads
  -- How much of a resumable upload is safe in the store; NULL where the file goes straight there, all at once.
  ADD COLUMN received_bytes bigint CHECK (received_bytes BETWEEN 0 AND bytes),
  ADD COLUMN pieces integer NOT NULL DEFAULT 0,
  -- What its sender said of it, as it was sent: whoever resumes it is told.
  ADD COLUMN metadata text;
--> statement-breakpoint
-- What a resumable upload is made of. Objects of its staging area that are not here are of writers who came too late.
CREATE TABLE upload_pieces (
  upload_id uuid NOT NULL REFERENCES direct_uploads (id) ON DELETE CASCADE,
  -- Where in the file it begins.
  start bigint NOT NULL,
  bytes bigint NOT NULL CHECK (bytes > 0),
  -- The last part of its key, new for each.
  name uuid NOT NULL,
  PRIMARY KEY (upload_id, start)
);
