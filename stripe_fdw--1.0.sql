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
