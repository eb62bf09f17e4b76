-- What happened to images, for those who watch: event streams and webhooks.
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Numbers are given before a commit and seen after it, so a later one may be
  -- seen first. Readers go by (transaction, id) and stop before the oldest
  -- transaction that still runs: behind them nothing appears any more.
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT now(),
  -- Without foreign keys: an event outlives what it is about.
  owner_id uuid NOT NULL,
  image_id uuid NOT NULL,
  type text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);
--> statement-breakpoint
CREATE INDEX events_order ON events (transaction, id);
--> statement-breakpoint
CREATE INDEX events_of_owner ON events (owner_id, transaction, id);
--> statement-breakpoint
-- A trigger, so that no statement that changes an image can forget it.
CREATE FUNCTION record_image_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO events (owner_id, image_id, type, detail)
      VALUES (NEW.owner_id, NEW.id, 'image.created', jsonb_build_object('state', NEW.state));
  ELSIF NEW.owner_id <> OLD.owner_id THEN
    INSERT INTO events (owner_id, image_id, type, detail) VALUES
      (OLD.owner_id, NEW.id, 'image.deleted', '{}'),
      (NEW.owner_id, NEW.id, 'image.created', jsonb_build_object('state', NEW.state));
  ELSE
    INSERT INTO events (owner_id, image_id, type, detail) VALUES (NEW.owner_id, NEW.id,
      CASE WHEN NEW.state = OLD.state THEN 'image.changed'
        ELSE CASE NEW.state
          WHEN 'ready' THEN 'image.ready' WHEN 'failed' THEN 'image.failed'
          WHEN 'deleting' THEN 'image.deleted' ELSE 'image.retried' END
      END,
      CASE NEW.state
        WHEN 'deleting' THEN '{}'
        WHEN 'failed' THEN
          jsonb_build_object('state', NEW.state, 'code', NEW.failure_code, 'message', NEW.failure_message)
        ELSE jsonb_build_object('state', NEW.state)
      END);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER image_created AFTER INSERT ON images FOR EACH ROW EXECUTE FUNCTION record_image_event();
--> statement-breakpoint
CREATE TRIGGER image_changed AFTER UPDATE OF state, owner_id, title, filename ON images FOR EACH ROW
  WHEN (NEW.state <> OLD.state OR NEW.owner_id <> OLD.owner_id OR NEW.title <> OLD.title OR NEW.filename <> OLD.filename)
  EXECUTE FUNCTION record_image_event();
--> statement-breakpoint
-- Of this transaction and earlier ones, events may have been forgotten: who has read no further has missed some.
ALTER TABLE installation ADD COLUMN events_forgotten_to xid8 NOT NULL DEFAULT '0';
