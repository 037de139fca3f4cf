-- EXPLAIN shows what will be asked, and asks nothing: the server does not exist.
SET client_min_messages = warning;
CREATE SERVER nowhere FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base 'http://127.0.0.1:1');
CREATE SCHEMA nowhere;
IMPORT FOREIGN SCHEMA stripe LIMIT TO (charges, subscriptions, invoiceitems, invoices, promotion_codes, subscription_items, customers, topups,
  prices, payment_records, reporting_report_types, apps_secrets)
  FROM SERVER nowhere INTO nowhere;
SET search_path = nowhere;
SET timezone = 'UTC';
CREATE FUNCTION request(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line ~ 'Stripe' THEN RETURN NEXT trim(line); END IF;
  END LOOP;
END $$;
EXPLAIN (COSTS OFF) SELECT id FROM charges WHERE customer = 'cus_1' AND created >= '2023-11-14 22:13:20+00' LIMIT 10;
-- equality
SELECT request($$ SELECT id FROM charges WHERE customer = 'cus_1' $$);
SELECT request($$ SELECT id FROM charges WHERE 'cus_1' = customer $$);
SELECT request($$ SELECT id FROM charges WHERE customer = '' $$);
SELECT request($$ SELECT id FROM charges WHERE customer = NULL $$);
SELECT request($$ SELECT id FROM charges WHERE customer <> 'cus_1' $$);
SELECT request($$ SELECT id FROM charges WHERE customer COLLATE "C" = 'cus_1' $$);
SELECT request($$ SELECT id FROM charges WHERE status = 'succeeded' $$);
-- booleans
SELECT request($$ SELECT id FROM prices WHERE active $$);
SELECT request($$ SELECT id FROM prices WHERE NOT active $$);
SELECT request($$ SELECT id FROM prices WHERE active = true $$);
SELECT request($$ SELECT id FROM prices WHERE active IS FALSE $$);
SELECT request($$ SELECT id FROM prices WHERE active IS NOT TRUE $$);
-- within an object
SELECT request($$ SELECT id FROM prices WHERE recurring ->> 'interval' = 'month' $$);
-- enums: only what Stripe knows
SELECT request($$ SELECT id FROM prices WHERE type = 'recurring' $$);
SELECT request($$ SELECT id FROM prices WHERE type = 'rucurring' $$);
-- defaults that unhide rows
SELECT request($$ SELECT id FROM subscriptions $$);
SELECT request($$ SELECT id FROM subscriptions WHERE status = 'active' $$);
SELECT request($$ SELECT id FROM subscriptions WHERE status = 'nosuch' $$);
-- ranges, with sub-second bounds
SELECT request($$ SELECT id FROM charges WHERE created > '2023-11-14 22:13:20+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created > '2023-11-14 22:13:20.5+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created >= '2023-11-14 22:13:20.5+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created < '2023-11-14 22:13:20+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created < '2023-11-14 22:13:20.5+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created <= '2023-11-14 22:13:20.5+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created = '2023-11-14 22:13:20+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created = '2023-11-14 22:13:20.5+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created BETWEEN '2023-11-14 22:13:20+00' AND '2023-11-15 22:13:20+00' $$);
SELECT request($$ SELECT id FROM charges WHERE created > '2024-01-01' AND created < '2023-01-01' $$);
SELECT request($$ SELECT id FROM charges WHERE created > '2023-01-01' AND created > '2024-01-01' $$);
SELECT request($$ SELECT id FROM charges WHERE created < 'infinity' AND created > '-infinity' $$);
SELECT request($$ SELECT id FROM charges WHERE created > 'infinity' $$);
SELECT request($$ SELECT id FROM charges WHERE created >= '1969-12-31' $$);
SELECT request($$ SELECT id FROM charges WHERE created < '1969-12-31' $$);
SELECT request($$ SELECT id FROM charges WHERE created > '20000-01-01' $$);
SELECT request($$ SELECT id FROM charges WHERE created >= DATE '2023-11-14' $$);
SELECT request($$ SELECT id FROM charges WHERE created >= TIMESTAMP '2023-11-14 00:00' $$);
SELECT request($$ SELECT id FROM charges WHERE created >= now() - interval '7 days' AND customer = (SELECT 'cus_1') $$);
SELECT request($$ SELECT id FROM topups WHERE amount > 1000 AND amount <= 2000::smallint $$);
SELECT request($$ SELECT id FROM topups WHERE amount > -9223372036854775807 AND amount < 9223372036854775807 $$);
SELECT request($$ SELECT id FROM invoiceitems WHERE date >= '2023-11-14 22:13:20+00' $$);
SELECT request($$ SELECT id FROM payment_records WHERE created >= '2023-11-14 22:13:20+00' AND created < '2023-11-15 22:13:20+00' $$);
-- a time seen through casts and functions: the range that it implies
SELECT request($$ SELECT id FROM charges WHERE extract(year FROM created::date) = 2023 $$);
SELECT request($$ SELECT id FROM charges WHERE date_part('year', created::date) = 2023 $$);
SELECT request($$ SELECT id FROM charges WHERE date_trunc('month', created::date) = '2023-11-01' $$);
SELECT request($$ SELECT id FROM charges WHERE date_trunc('month', created, 'Asia/Tokyo') = '2023-11-01' $$);
SELECT request($$ SELECT id FROM charges WHERE date_trunc('decade', created)::date = '2020-01-01' $$);
SELECT request($$ SELECT id FROM charges WHERE created::timestamp::date::timestamp >= '2023-11-01' $$);
-- pages by key, clauses that are true, not distinct from a value
SELECT request($$ SELECT id FROM charges WHERE (created, id) < (timestamptz '2023-11-14 22:13:20+00', 'ch_1') ORDER BY created DESC, id DESC LIMIT 10 $$);
SELECT request($$ SELECT id FROM charges WHERE (timestamptz '2023-11-14 22:13:20+00', 'ch_1') <= (created, id) $$);
SELECT request($$ SELECT id FROM charges WHERE (customer, created) > ('cus_1', timestamptz '2023-11-14 22:13:20+00') $$);
SELECT request($$ SELECT id FROM charges WHERE (created > '2023-11-14 22:13:20+00') IS TRUE AND (customer = 'cus_1') IS NOT FALSE $$);
SELECT request($$ SELECT id FROM charges WHERE customer IS NOT DISTINCT FROM 'cus_1' LIMIT 10 $$);
SELECT request($$ SELECT id FROM charges WHERE customer IS NOT DISTINCT FROM NULL $$);
SELECT request($$ SELECT id FROM charges WHERE customer IS NOT DISTINCT FROM (SELECT 'cus_1') $$);
SELECT request($$ SELECT id FROM charges WHERE customer IS DISTINCT FROM 'cus_1' $$);
-- by id
SELECT request($$ SELECT id FROM charges WHERE id = 'ch_1' $$);
SELECT request($$ SELECT id FROM charges WHERE id = 'ch_1' AND customer = 'cus_1' LIMIT 1 $$);
-- the page shrinks for LIMIT only where nothing is filtered, sorted, grouped or joined above
SELECT request($$ SELECT id FROM charges LIMIT 10 $$);
SELECT request($$ SELECT id FROM charges LIMIT 10 OFFSET 5 $$);
SELECT request($$ SELECT id FROM charges WHERE customer = 'cus_1' LIMIT 10 $$);
SELECT request($$ SELECT id FROM charges WHERE amount > 5 LIMIT 10 $$);
SELECT request($$ SELECT id FROM charges ORDER BY amount LIMIT 10 $$);
SELECT request($$ SELECT count(*) FROM charges LIMIT 1 $$);
SELECT request($$ SELECT DISTINCT customer FROM charges LIMIT 1 $$);
SET enable_nestloop = off;
SELECT request($$ SELECT c.id FROM charges c, customers u WHERE c.customer = u.id LIMIT 10 $$);
RESET enable_nestloop;
SELECT request($$ SELECT id FROM promotion_codes WHERE code = 'SPRING' LIMIT 10 $$);
SELECT request($$ SELECT id FROM charges LIMIT 1000 $$);
SELECT request($$ SELECT id FROM charges ORDER BY created DESC FETCH FIRST 3 ROWS WITH TIES $$);
SELECT request($$ SELECT id, generate_series(1, 2) FROM charges LIMIT 10 $$);
SELECT request($$ SELECT count(*) FROM (SELECT id FROM charges LIMIT 10) s $$);
SELECT request($$ SELECT id FROM charges LIMIT NULL $$);
SELECT request($$ SELECT id FROM charges WHERE customer = (SELECT 'cus_1') LIMIT (SELECT 10) OFFSET 5 $$);
SELECT request($$ SELECT EXISTS (SELECT FROM charges) $$);
SELECT request($$ SELECT EXISTS (SELECT FROM charges WHERE amount > 5) $$);
SELECT request($$ SELECT id FROM charges UNION ALL SELECT id FROM customers LIMIT 10 $$);
SELECT request($$ (SELECT id FROM charges UNION SELECT id FROM customers) LIMIT 10 $$);
-- the order of each table of a family, whatever is said of NULLs, which there are none of
SELECT request($$ SELECT created FROM charges UNION ALL SELECT created FROM customers ORDER BY created DESC LIMIT 10 $$);
SELECT request($$ SELECT created FROM charges UNION ALL SELECT created FROM customers ORDER BY created DESC NULLS LAST LIMIT 10 $$);
SELECT request($$ SELECT created FROM charges UNION ALL SELECT created FROM customers ORDER BY created LIMIT 10 $$);
CREATE TABLE payments (id text, created timestamptz) PARTITION BY RANGE (created);
CREATE FOREIGN TABLE newer PARTITION OF payments FOR VALUES FROM ('2024-01-01') TO ('2030-01-01') SERVER nowhere OPTIONS (object 'charges');
CREATE FOREIGN TABLE older PARTITION OF payments FOR VALUES FROM ('2020-01-01') TO ('2024-01-01') SERVER nowhere OPTIONS (object 'customers');
SELECT request($$ SELECT created FROM payments ORDER BY created DESC NULLS FIRST LIMIT 10 $$);
SELECT request($$ SELECT created FROM payments ORDER BY created DESC NULLS LAST LIMIT 10 $$);
SELECT request($$ SELECT created FROM payments WHERE created < '2024-01-01' ORDER BY created DESC NULLS LAST LIMIT 10 $$);
-- ... and a whole page where sorting all of them takes no request more
CREATE TABLE paid (id text, created timestamptz, customer text);
CREATE FOREIGN TABLE paid_here () INHERITS (paid) SERVER nowhere OPTIONS (object 'charges');
CREATE FOREIGN TABLE paid_there () INHERITS (paid) SERVER nowhere OPTIONS (object 'charges');
SELECT request($$ SELECT created FROM paid WHERE customer = 'cus_1' ORDER BY created DESC LIMIT 2 $$);
-- what is sent on demand only
SELECT request($$ SELECT id, refunds FROM charges $$);
SELECT request($$ SELECT tax_ids FROM customers WHERE id = 'cus_1' $$);
-- one answer is the whole list
SELECT request($$ SELECT id FROM reporting_report_types LIMIT 1 $$);
-- required filters
SELECT request($$ SELECT id FROM subscription_items $$);
SELECT request($$ SELECT id FROM subscription_items WHERE subscription = 'sub_1' $$);
SELECT request($$ SELECT id FROM apps_secrets WHERE scope ->> 'type' = 'account' $$);
-- pushdown off
SET stripe_fdw.enable_pushdown = off;
SELECT request($$ SELECT id FROM charges WHERE id = 'ch_1' AND customer = 'cus_1' AND created > '2024-01-01' LIMIT 1 $$);
SELECT request($$ SELECT id FROM subscriptions WHERE status = 'active' $$);
SELECT request($$ SELECT id FROM subscription_items WHERE subscription = 'sub_1' $$);
RESET stripe_fdw.enable_pushdown;
-- text that does not compare by its bytes stays local
CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT request($$ SELECT id FROM charges WHERE customer = 'CUS_1' COLLATE ignore_case $$);
SELECT request($$ SELECT id FROM charges WHERE customer COLLATE "C" = (SELECT 'x' COLLATE "POSIX") $$);
-- a domain is as good as its type
CREATE DOMAIN stripe_id AS varchar(255) CHECK (VALUE <> '');
CREATE DOMAIN moment AS timestamp;
CREATE DOMAIN cents AS integer;
CREATE FOREIGN TABLE by_domain (id stripe_id, customer stripe_id, created moment, amount cents) SERVER nowhere OPTIONS (object 'charges');
SELECT request($$ SELECT id FROM by_domain WHERE customer = 'cus_1' AND created >= '2024-01-01' $$);
SELECT request($$ SELECT amount FROM by_domain WHERE id IN ('ch_1', 'ch_2') $$);
SELECT request($$ SELECT amount FROM by_domain WHERE customer = ANY ('{cus_1,cus_2}'::text[]) AND created::date = '2024-01-01' $$);
CREATE DOMAIN object AS jsonb;
CREATE FOREIGN TABLE paid_by_domain (id stripe_id, payment object) SERVER nowhere OPTIONS (object 'invoice_payments');
SELECT request($$ SELECT id FROM paid_by_domain WHERE payment ->> 'payment_intent' = 'pi_1' $$);
-- other formats
CREATE FUNCTION plan(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE result jsonb;
BEGIN
  EXECUTE 'EXPLAIN (COSTS OFF, FORMAT JSON) ' || query INTO result;
  RETURN result -> 0 -> 'Plan';
END $$;
SELECT plan($$ SELECT id FROM charges WHERE customer = 'cus_1' $$) -> 'Stripe Request';
-- no request at all
EXPLAIN (COSTS OFF) SELECT id FROM charges WHERE 1 = 0;
SELECT id FROM charges WHERE 1 = 0;
SELECT id FROM charges LIMIT 0;
PREPARE p AS SELECT id FROM charges WHERE customer = $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE p('cus_1');
RESET plan_cache_mode;
RESET search_path;
DROP SCHEMA nowhere CASCADE;
DROP SERVER nowhere CASCADE;
