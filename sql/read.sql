-- Reading: look-ups, pages, filters whose value is nothing, rescans.
SET client_min_messages = warning;
-- by id: found, unknown, deleted, words that are calls of the API, an empty one
SELECT id AS charge, customer FROM stripe.charges WHERE customer IS NOT NULL LIMIT 1 \gset
SELECT count(*) FROM stripe.charges WHERE id = :'charge';
SELECT count(*) FROM stripe.charges WHERE id = :'charge' AND customer = 'cus_another';
SELECT count(*) FROM stripe.charges WHERE id = 'ch_none';
SELECT count(*) FROM stripe.charges WHERE id = 'search';
SELECT count(*) FROM stripe.charges WHERE id = '';
SELECT count(*) FROM stripe.charges WHERE id = '.';
SELECT count(*) FROM stripe.charges WHERE id = '../customers';
SELECT count(*) FROM stripe.charges WHERE id = NULL;
SELECT count(*) FROM stripe.charges WHERE id = repeat('x', 2000);
-- a filter that names nothing
SELECT count(*) FROM stripe.charges WHERE customer = 'cus_none';
SELECT count(*) FROM stripe.subscription_items WHERE subscription = 'sub_none';
SELECT count(*) FROM stripe.charges WHERE customer = '';
SELECT count(*) FROM stripe.charges WHERE customer = 'a' AND customer = 'b';
SELECT count(*) FROM stripe.charges WHERE id = 'a' AND id = 'b';
-- pages, the same in any size
CREATE FOREIGN TABLE small_pages (id text, created timestamptz, amount bigint) SERVER stripe OPTIONS (object 'charges', page_size '7');
SELECT (SELECT count(*) FROM small_pages) = (SELECT count(*) FROM stripe.charges) AS same_count,
       (SELECT sum(amount) FROM small_pages) = (SELECT sum(amount) FROM stripe.charges) AS same_sum;
SELECT count(*), count(DISTINCT id) FROM (SELECT * FROM small_pages LIMIT 23 OFFSET 3) page;
-- a rescan with another value, and with a parameter that is NULL
SELECT v.id IS NOT NULL AS asked, (SELECT count(*) FROM stripe.charges c WHERE c.id = v.id) FROM (VALUES (:'charge'), ('ch_none'), (NULL)) v(id);
PREPARE by_customer(text) AS SELECT count(*) > 0 AS some FROM stripe.charges WHERE customer = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_customer(:'customer');
EXECUTE by_customer('cus_none');
EXECUTE by_customer(NULL);
RESET plan_cache_mode;
-- the year begins where the session is, however far that is
SET timezone = 'FAR-160';
SELECT array_agg(count ORDER BY year) AS pushed FROM (VALUES (2024), (2025), (2026)) y(year), LATERAL (SELECT count(*) FROM stripe.charges WHERE extract(year FROM created) = year) c \gset
SELECT array_agg(count ORDER BY year) = :'pushed' AS same FROM (VALUES (2024), (2025), (2026)) y(year), LATERAL (SELECT count(*) FROM stripe.charges WHERE to_char(created, 'YYYY') = year::text) c;
RESET timezone;
-- what a table's lists need
SELECT * FROM stripe.subscription_items;
SELECT * FROM stripe.apps_secrets;
SELECT customer FROM stripe.entitlements_active_entitlements LIMIT 1;
SELECT count(*) > 0 AS some, bool_and(subscription = s.id) AS right
  FROM (SELECT id FROM stripe.subscriptions LIMIT 1) s, stripe.subscription_items i WHERE i.subscription = (SELECT id FROM stripe.subscriptions LIMIT 1);
-- a list for each of many values, where there is no other way
SELECT (SELECT count(*) FROM stripe.subscription_items WHERE subscription = ANY (ARRAY(SELECT id FROM stripe.subscriptions))) =
       (SELECT sum(jsonb_array_length(items -> 'data')) FROM stripe.subscriptions) AS all_of_them;
SELECT count(*) > 100 AS found FROM stripe.subscription_items
 WHERE id = ANY (ARRAY(SELECT i.id FROM stripe.subscriptions s JOIN stripe.subscription_items i ON i.subscription = s.id));
SELECT count(*) FROM stripe.treasury_outbound_payments WHERE customer IN ('a', 'b') AND financial_account IN ('c', 'd');
-- tables can't be written to
INSERT INTO stripe.customers (id) VALUES ('cus_1');
UPDATE stripe.customers SET email = 'x';
DELETE FROM stripe.customers;
-- options of every place reach every page
CREATE SERVER others FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_version '2024-06-20', account 'acct_1', page_size '10');
\getenv api_base STRIPE_API_BASE
\set ECHO none
ALTER SERVER others OPTIONS (ADD api_base :'api_base');
\set ECHO all
CREATE USER MAPPING FOR CURRENT_USER SERVER others OPTIONS (api_key 'sk_test_stripe_fdw_sim');
CREATE FOREIGN TABLE other_charges (id text, amount bigint, metadata jsonb, billing_details jsonb) SERVER others OPTIONS (object 'charges');
\set VERBOSITY sqlstate
SELECT count(*) FROM other_charges;
\set VERBOSITY default
ALTER SERVER others OPTIONS (DROP account);
SELECT count(*) = (SELECT count(*) FROM stripe.charges) AS same, sum(length(other_charges::text)) > 0 AS some FROM other_charges;
DROP SERVER others CASCADE;
-- whoever opens a cursor reads it
CREATE ROLE stripe_reader;
GRANT USAGE ON SCHEMA stripe TO stripe_reader;
GRANT SELECT ON stripe.charges TO stripe_reader;
CREATE FUNCTION open_charges(INOUT c refcursor) LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN OPEN c FOR SELECT id FROM stripe.charges; END $$;
BEGIN;
SET LOCAL ROLE stripe_reader;
SELECT open_charges('c');
SAVEPOINT s;
\set VERBOSITY sqlstate
SELECT count(*) FROM stripe.charges;
\set VERBOSITY default
ROLLBACK TO s;
FETCH 1 FROM c \gset
SELECT :'id' LIKE 'ch\_%' AS read;
COMMIT;
CREATE VIEW charges_view AS SELECT id FROM stripe.charges;
GRANT SELECT ON charges_view TO stripe_reader;
SET ROLE stripe_reader;
SELECT count(*) > 0 AS read FROM charges_view;
RESET ROLE;
DROP FUNCTION open_charges;
DROP VIEW charges_view;
DROP OWNED BY stripe_reader;
DROP ROLE stripe_reader;
DROP FOREIGN TABLE small_pages;
