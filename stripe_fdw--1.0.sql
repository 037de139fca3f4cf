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

-- Signing in.  These act on the caller's user mapping for the server, or on
-- PUBLIC's if the caller has none.

CREATE FUNCTION stripe_test_connection(
  server name,
  OUT account text,           -- the id of the account that is read; NULL: the key may not ask
  OUT display_name text,
  OUT livemode boolean,
  OUT auth_scheme text,       -- api_key, oauth
  OUT permissions text[],     -- tables that the key may read; {*}: it is not restricted
  OUT round_trip_ms double precision)
RETURNS record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION stripe_test_connection(name) IS
'asks Stripe who the caller is there, and what the key may read; an error says what is wrong';

CREATE FUNCTION stripe_oauth_authorization_url(
  server name,
  redirect_uri text DEFAULT NULL, -- the mapping's oauth_redirect_uri
  scope text DEFAULT NULL)        -- the mapping's oauth_scope
RETURNS text
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION stripe_oauth_authorization_url(name, text, text) IS
'the address where a browser asks for consent; Stripe sends it on to the redirect URI with a code';

CREATE FUNCTION stripe_oauth_get_access_token(
  server name,
  code text,                  -- as Stripe has sent both to the redirect URI
  state text,
  show_token boolean DEFAULT false,
  OUT account text,
  OUT scope text,             -- as granted
  OUT livemode boolean,
  OUT expires_at timestamptz, -- NULL: it does not expire
  OUT access_token text)      -- NULL unless show_token
RETURNS record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION stripe_oauth_get_access_token(name, text, text, boolean) IS
'exchanges the code for tokens and stores them in the user mapping';

CREATE FUNCTION stripe_oauth_refresh_access_token(
  server name,
  OUT account text,
  OUT scope text,
  OUT livemode boolean,
  OUT expires_at timestamptz)
RETURNS record
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION stripe_oauth_refresh_access_token(name) IS
'gets new tokens for the user mapping, which stay whatever becomes of the transaction';

CREATE FUNCTION stripe_oauth_deauthorize(server name)
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION stripe_oauth_deauthorize(name) IS
'gives the access back at Stripe, and removes the tokens from the user mapping';

CREATE FUNCTION stripe_set_secret(
  server name,
  option text,                -- api_key, oauth_client_secret, oauth_access_token, oauth_refresh_token
  value text)                 -- NULL removes it
RETURNS void
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION stripe_set_secret(name, text, text) IS
'stores a secret in the user mapping, encrypted if stripe_fdw.encryption_key_file is set';

CREATE FUNCTION stripe_rotate_secrets()
RETURNS integer
AS 'MODULE_PATHNAME'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION stripe_rotate_secrets() IS
'encrypts the secrets of all user mappings of this database with the current key; returns how many were not, and warns of those that can''t be decrypted';

REVOKE ALL ON FUNCTION stripe_rotate_secrets() FROM PUBLIC;
