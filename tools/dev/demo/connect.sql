-- Connects the demo's database to Stripe, or to the simulator when the
-- variable api_base is set.  The key comes from the environment, so that no
-- process list shows it; the log is off while it is in a statement.
\getenv api_key demo_key
\set ECHO none
SET client_min_messages = warning;
SET log_min_error_statement = panic;
SET log_statement = none;
SET log_min_duration_statement = -1;

CREATE EXTENSION stripe_fdw;
\if :{?api_base}
CREATE SERVER stripe FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base :'api_base');
\else
CREATE SERVER stripe FOREIGN DATA WRAPPER stripe_fdw;
\endif
CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (api_key :'api_key');
CREATE SCHEMA stripe;
