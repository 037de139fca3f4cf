/* stripe_fdw--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION stripe_fdw" to load this file. \quit

CREATE FUNCTION stripe_fdw_handler()
RETURNS fdw_handler
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

CREATE FUNCTION stripe_fdw_validator(text[], oid)
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C STRICT;

CREATE FOREIGN DATA WRAPPER stripe_fdw
  HANDLER stripe_fdw_handler
  VALIDATOR stripe_fdw_validator;

COMMENT ON FOREIGN DATA WRAPPER stripe_fdw IS 'Stripe''s API as foreign tables';

CREATE FUNCTION stripe_fdw_version()
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION stripe_fdw_version() IS
'versions of the extension, of the Stripe API it was made for, and of its libraries';

CREATE FUNCTION stripe_resources(
  OUT name text,              -- of the table
  OUT family text,            -- remote schema that has it, beside "stripe"
  OUT list_path text,
  OUT retrieve_path text,     -- NULL: not found by id
  OUT filters text[],         -- parameters of the list
  OUT required_filters text[],
  OUT list_order text,        -- promised by Stripe
  OUT omits text,             -- rows that the list leaves out
  OUT description text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'stripe_resources_list'
LANGUAGE C STABLE STRICT PARALLEL SAFE
ROWS 100;

COMMENT ON FUNCTION stripe_resources() IS
'the Stripe objects that can be foreign tables';

CREATE FUNCTION stripe_columns(
  "table" text,               -- charges, checkout/sessions
  OUT name text,
  OUT type text,              -- in imported tables
  OUT kind text,              -- of value that Stripe sends; filter: echoes the value asked for
  OUT nullable boolean,       -- null or absent in some objects
  OUT on_demand boolean,      -- sent only when asked for: reading it costs an expand[]
  OUT enum_values text[],     -- known when the catalogue was made
  OUT expands_to text,        -- object whose id this is
  OUT pushed_operators text,  -- that become a parameter of the request
  OUT required boolean,       -- the table can't be read without it
  OUT description text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'stripe_columns_list'
LANGUAGE C STABLE STRICT PARALLEL SAFE
ROWS 40;

COMMENT ON FUNCTION stripe_columns(text) IS
'the columns of a Stripe object as a foreign table';

CREATE FUNCTION stripe_amount(amount bigint, currency text)
RETURNS numeric
AS 'MODULE_PATHNAME'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION stripe_amount(bigint, text) IS
'an amount in minor units as an amount of its currency: (1099, ''usd'') is 10.99, (1099, ''jpy'') is 1099';

CREATE FUNCTION stripe_stats(
  OUT serverid oid,
  OUT userid oid,
  OUT account text,
  OUT mode text,
  OUT endpoint text,
  OUT requests bigint,
  OUT retries bigint,
  OUT limited_global_rate bigint,
  OUT limited_global_concurrency bigint,
  OUT limited_endpoint_rate bigint,
  OUT limited_endpoint_concurrency bigint,
  OUT limited_other bigint,
  OUT rows bigint,
  OUT bytes bigint,
  OUT wire_seconds double precision,
  OUT wait_seconds double precision,
  OUT since timestamptz,
  OUT allowed_rate double precision,
  OUT allowed_in_flight integer,
  OUT in_flight integer,
  OUT counted_in text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'stripe_stats_list'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
ROWS 100;

COMMENT ON FUNCTION stripe_stats() IS
'what the view stripe_stats shows, with ids in the place of names';

CREATE VIEW stripe_stats AS
SELECT server.srvname AS server,
       pg_catalog.pg_get_userbyid(stats.userid) AS user_name, -- whose mapping was used
       stats.account,              -- or context; NULL: the key's own
       stats.mode,                 -- live, test
       stats.endpoint,
       stats.requests,             -- tries included
       stats.retries,
       stats.limited_global_rate,  -- answers 429, by their reason
       stats.limited_global_concurrency,
       stats.limited_endpoint_rate,
       stats.limited_endpoint_concurrency,
       stats.limited_other,
       stats.rows,                 -- objects received
       stats.bytes,                -- of bodies, compressed
       stats.wire_seconds,         -- from sending to having the answer
       stats.wait_seconds,         -- before sending: for the limits, between tries
       stats.since,
       stats.allowed_rate,         -- to the endpoint now: requests a second
       stats.allowed_in_flight,
       stats.in_flight,            -- requests to the endpoint now
       stats.counted_in            -- preloaded, segment: by all backends; backend: by this one
  FROM stripe_stats() AS stats
  JOIN pg_catalog.pg_foreign_server AS server ON server.oid = stats.serverid;

COMMENT ON VIEW stripe_stats IS
'what has been asked of Stripe in this database, by server, user, account and endpoint';

CREATE FUNCTION stripe_stats_reset()
RETURNS void
AS 'MODULE_PATHNAME', 'stripe_stats_forget'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION stripe_stats_reset() IS
'forgets what stripe_stats shows in this database';

REVOKE ALL ON FUNCTION stripe_stats_reset() FROM PUBLIC;

CREATE FUNCTION stripe_activity(
  OUT pid integer,
  OUT userid oid,
  OUT relid oid,
  OUT pages bigint,
  OUT rows bigint,
  OUT in_flight integer,
  OUT done double precision,
  OUT started_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'stripe_activity_list'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
ROWS 10;

COMMENT ON FUNCTION stripe_activity() IS
'what the view stripe_activity shows, with ids in the place of names';

CREATE VIEW stripe_activity AS
SELECT activity.pid,
       pg_catalog.pg_get_userbyid(activity.userid) AS user_name,
       activity.relid::pg_catalog.regclass AS "table",
       activity.pages,             -- received so far
       activity.rows,
       activity.in_flight,         -- requests
       activity.done,              -- share of the time range, 0 to 1; NULL: unknown
       activity.started_at
  FROM stripe_activity() AS activity;

COMMENT ON VIEW stripe_activity IS
'the scans of Stripe''s tables in this database that are running';

GRANT SELECT ON stripe_stats, stripe_activity TO PUBLIC;
