-- Who is told of events at an address of their own, and what is still to be told.
CREATE TABLE webhooks (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  url text NOT NULL,
  types text[] NOT NULL CHECK (types <> '{}'),
  description text NOT NULL DEFAULT '',
  -- Encrypted under a key that this database does not hold: a signature takes the secret itself, not a hash of it.
  secret text NOT NULL,
  -- The one before it, which signs too until then.
  previous_secret text,
  previous_secret_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz,
  CHECK (num_nonnulls(previous_secret, previous_secret_until) IN (0, 2))
);
--> statement-breakpoint
CREATE INDEX webhooks_of_user ON webhooks (user_id);
--> statement-breakpoint
-- One event for one webhook. Its id is the message's, the same at every attempt.
CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  -- What the event says, as it may be forgotten before it is delivered. A test is of no image.
  type text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  image_id uuid,
  detail jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  -- While an attempt runs, when it counts as died.
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_status integer,
  last_failure text,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- When it was delivered or given up.
  ended_at timestamptz,
  CHECK ((state = 'pending') = (ended_at IS NULL))
);
--> statement-breakpoint
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id);
--> statement-breakpoint
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, next_attempt_at) WHERE state = 'pending';
--> statement-breakpoint
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (webhook_id, id) WHERE state = 'dead';
--> statement-breakpoint
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (state, ended_at) WHERE ended_at IS NOT NULL;
--> statement-breakpoint
-- A UUID of version 7, for rows that no service makes: PostgreSQL has one from 18 on. The bits are those of the version.
CREATE FUNCTION make_uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(
    overlay(uuid_send(gen_random_uuid())
      PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$;
--> statement-breakpoint
-- The outbox: what is to be told is committed with what happened, or neither is.
CREATE FUNCTION queue_webhook_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO webhook_deliveries (id, webhook_id, type, at, image_id, detail)
  SELECT make_uuidv7(), w.id, NEW.type, NEW.at, NEW.image_id, NEW.detail
  FROM webhooks w JOIN users u ON u.id = w.user_id
  WHERE w.user_id = NEW.owner_id AND w.disabled_at IS NULL AND NEW.type = ANY (w.types)
    AND u.disabled_at IS NULL AND u.deleted_at IS NULL
  -- One that is being deleted is passed over: it would fail what happened, or hold it up.
  FOR KEY SHARE OF w SKIP LOCKED;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER event_recorded AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION queue_webhook_deliveries();
