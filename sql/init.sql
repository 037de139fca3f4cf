-- What the other tests start from: a server that is the simulator, and all of its tables.
\getenv api_base STRIPE_API_BASE
CREATE EXTENSION stripe_fdw;
CREATE SERVER stripe FOREIGN DATA WRAPPER stripe_fdw;
\set QUIET on
ALTER SERVER stripe OPTIONS (ADD api_base :'api_base');
-- the simulator takes what comes
ALTER SERVER stripe OPTIONS (ADD rate_limit '10000', ADD endpoint_rate_limit '10000');
\set QUIET off
CREATE USER MAPPING FOR CURRENT_USER SERVER stripe OPTIONS (api_key 'sk_test_stripe_fdw_sim');
CREATE SCHEMA stripe;
IMPORT FOREIGN SCHEMA stripe FROM SERVER stripe INTO stripe;
SELECT count(*) FROM information_schema.foreign_tables WHERE foreign_table_schema = 'stripe';
SELECT count(*) > 0 AS answers FROM stripe.customers;
