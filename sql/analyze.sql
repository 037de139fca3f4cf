-- ANALYZE takes a sample of a table's rows, and their number.
SET client_min_messages = warning;
CREATE SCHEMA analyzed;
IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges, tax_codes, coupons, payment_methods, reporting_report_types, subscription_items, apple_pay_domains)
  FROM SERVER stripe INTO analyzed;
SET search_path = analyzed;
-- before: defaults
SELECT relname, reltuples FROM pg_class WHERE relnamespace = 'analyzed'::regnamespace ORDER BY relname COLLATE "C";
CREATE FUNCTION planned(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' -> 'Plan Rows';
END $$;
SELECT planned('SELECT * FROM charges'), planned('SELECT * FROM coupons'), planned('SELECT * FROM tax_codes'), planned('SELECT * FROM payment_methods');
-- an id is one object's, created lies in the last three years, a reference is shared by some, an enum has its values
SELECT planned($$ SELECT * FROM charges WHERE created >= now() - interval '7 days' $$) AS week,
  planned($$ SELECT * FROM charges WHERE created >= now() - interval '365 days' $$) AS year,
  planned($$ SELECT * FROM charges WHERE created < now() - interval '20 years' $$) AS before,
  planned($$ SELECT * FROM charges WHERE created >= CURRENT_DATE - 7 $$) BETWEEN 60 AND 80 AS date,
  planned($$ SELECT * FROM charges WHERE customer = 'cus_1' $$) AS customer,
  planned($$ SELECT * FROM charges WHERE status = 'failed' $$) AS status,
  planned($$ SELECT * FROM charges WHERE paid $$) AS paid,
  planned($$ SELECT * FROM charges WHERE id LIKE 'ch_1' $$) AS id,
  planned($$ SELECT * FROM charges a JOIN charges b USING (id) $$) AS joined,
  planned($$ SELECT customer FROM charges GROUP BY 1 $$) AS customers,
  planned($$ SELECT * FROM charges WHERE currency = 'usd' $$) AS unknown;
-- events go back for 30 days
IMPORT FOREIGN SCHEMA stripe LIMIT TO (events) FROM SERVER stripe INTO analyzed;
SELECT planned($$ SELECT * FROM events $$) AS events,
  planned($$ SELECT * FROM events WHERE created >= now() - interval '24 hours' $$) AS day,
  planned($$ SELECT * FROM events WHERE created >= now() - interval '360 hours' $$) AS half,
  planned($$ SELECT * FROM events WHERE created >= now() - interval '1080 hours' $$) AS longer;
DROP FOREIGN TABLE events;
-- as other types
CREATE FOREIGN TABLE times (id varchar, created timestamp) SERVER stripe OPTIONS (object 'charges');
CREATE FOREIGN TABLE dates (id text, created date) SERVER stripe OPTIONS (object 'charges');
CREATE FOREIGN TABLE numbers (id text, created bigint) SERVER stripe OPTIONS (object 'charges');
SELECT planned($$ SELECT * FROM times WHERE created >= now()::timestamp - interval '7 days' $$) BETWEEN 60 AND 70 AS times,
  planned($$ SELECT * FROM dates WHERE created >= CURRENT_DATE - 7 $$) BETWEEN 50 AND 80 AS dates,
  planned($$ SELECT * FROM numbers WHERE created >= 1700000000 $$) AS numbers;
DROP FOREIGN TABLE times, dates, numbers;
-- lists that end within the bound are counted
ANALYZE charges, tax_codes, coupons, reporting_report_types;
SELECT c.relname, c.reltuples = count.n AS exact FROM pg_class c,
  LATERAL (SELECT CASE c.relname WHEN 'charges' THEN (SELECT count(*) FROM charges) WHEN 'tax_codes' THEN (SELECT count(*) FROM tax_codes)
    WHEN 'coupons' THEN (SELECT count(*) FROM coupons) ELSE (SELECT count(*) FROM reporting_report_types) END AS n) count
  WHERE c.oid IN ('charges'::regclass, 'tax_codes'::regclass, 'coupons'::regclass, 'reporting_report_types'::regclass) ORDER BY c.relname COLLATE "C";
SELECT planned('SELECT * FROM charges') = (SELECT count(*) FROM charges) AS as_counted;
-- column statistics
SELECT attname, null_frac, n_distinct = 1 AS one, n_distinct < -0.5 AS many, avg_width, correlation < -0.9 AS newest_first FROM pg_stats
  WHERE schemaname = 'analyzed' AND tablename = 'charges' AND attname IN ('id', 'created', 'object', 'livemode') ORDER BY attname COLLATE "C";
SELECT planned($$ SELECT * FROM charges WHERE NOT paid $$) BETWEEN 1 AND (SELECT count(*) / 3 FROM charges) AS few;
-- a smaller sample
ALTER FOREIGN TABLE charges ALTER COLUMN amount SET STATISTICS 1;
ANALYZE charges (amount);
SELECT array_length(histogram_bounds::text::bigint[], 1) <= 2 AS small FROM pg_stats
  WHERE schemaname = 'analyzed' AND tablename = 'charges' AND attname = 'amount';
-- small pages
ALTER FOREIGN TABLE coupons OPTIONS (ADD page_size '20');
ANALYZE coupons;
SELECT reltuples = (SELECT count(*) FROM coupons) AS exact FROM pg_class WHERE oid = 'coupons'::regclass;
-- what can't be read without a condition is left alone, and what follows is not
ANALYZE subscription_items, apple_pay_domains;
SELECT relname, reltuples >= 0 AS analyzed FROM pg_class WHERE oid IN ('subscription_items'::regclass, 'apple_pay_domains'::regclass) ORDER BY relname COLLATE "C";
-- a column that echoes a filter, one that is gone, one that was dropped
CREATE FOREIGN TABLE odd (gone text, id text, customer text OPTIONS (path 'customer'), email text OPTIONS (path 'customer.email'), created date)
  SERVER stripe OPTIONS (object 'charges');
ALTER FOREIGN TABLE odd DROP COLUMN gone;
ANALYZE odd;
SELECT attname, null_frac < 1 AS filled FROM pg_stats WHERE schemaname = 'analyzed' AND tablename = 'odd' ORDER BY attname COLLATE "C";
CREATE FOREIGN TABLE by_price (id text, price text) SERVER stripe OPTIONS (object 'subscriptions');
ANALYZE by_price;
SELECT attname, null_frac FROM pg_stats WHERE schemaname = 'analyzed' AND tablename = 'by_price' ORDER BY attname COLLATE "C";
-- as a child of a local table
CREATE TABLE parent (id text);
CREATE FOREIGN TABLE child () INHERITS (parent) SERVER stripe OPTIONS (object 'coupons');
ANALYZE parent;
SELECT inherited, n_distinct FROM pg_stats WHERE schemaname = 'analyzed' AND tablename = 'parent';
-- as whom: the owner, unless a member of the owning role runs it
CREATE ROLE regress_stripe_owner;
CREATE ROLE regress_stripe_member IN ROLE regress_stripe_owner;
GRANT USAGE ON FOREIGN SERVER stripe TO regress_stripe_owner;
GRANT ALL ON SCHEMA analyzed TO regress_stripe_owner;
ALTER FOREIGN TABLE apple_pay_domains OWNER TO regress_stripe_owner;
\set VERBOSITY sqlstate
ANALYZE apple_pay_domains;
CREATE USER MAPPING FOR regress_stripe_member SERVER stripe OPTIONS (api_key 'sk_test_stripe_fdw_sim');
ANALYZE apple_pay_domains;
SET ROLE regress_stripe_member;
ANALYZE apple_pay_domains;
RESET ROLE;
\set VERBOSITY default
-- errors are Stripe's, and a later ANALYZE works
CREATE SERVER refused FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base 'http://127.0.0.1:1', max_retries '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER refused OPTIONS (api_key 'sk_test_refused');
CREATE FOREIGN TABLE unreachable (id text) SERVER refused OPTIONS (object 'charges');
\set VERBOSITY sqlstate
ANALYZE unreachable;
\set VERBOSITY default
ANALYZE coupons;
RESET search_path;
DROP SCHEMA analyzed CASCADE;
DROP SERVER refused CASCADE;
DROP USER MAPPING FOR regress_stripe_member SERVER stripe;
REVOKE USAGE ON FOREIGN SERVER stripe FROM regress_stripe_owner;
DROP ROLE regress_stripe_member, regress_stripe_owner;
