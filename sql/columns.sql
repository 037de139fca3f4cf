-- Tables defined by hand: other names, types, paths; columns that name nothing; fields that moved.
SET client_min_messages = warning;
SET timezone = 'America/Los_Angeles';
CREATE SCHEMA byhand;
SET search_path = byhand;
CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);
CREATE TYPE charge_status AS ENUM ('succeeded', 'pending', 'failed');
CREATE FOREIGN TABLE charges (
  attrs jsonb,
  created timestamp,
  day date OPTIONS (path 'created'),
  unix bigint OPTIONS (path 'created'),
  id varchar(64),
  amount integer,
  cents cents OPTIONS (path 'amount'),
  exact numeric(12,2) OPTIONS (path 'amount'),
  status charge_status,
  customer text,
  email text OPTIONS (path 'billing_details.email'),
  brand text OPTIONS (path 'payment_method_details.card.brand'),
  note text OPTIONS (path 'metadata.no such key'),
  text_amount text OPTIONS (path 'amount'),
  paid_text text OPTIONS (path 'paid'),
  customer_email text OPTIONS (path 'customer.email')
) SERVER stripe OPTIONS (object '/v1/charges', rowid_column 'id');
EXPLAIN (COSTS OFF) SELECT id, customer_email FROM charges LIMIT 5;
WITH mine AS (SELECT * FROM charges LIMIT 50)
SELECT count(*),
       bool_and(m.created = s.created::timestamp) AS created,
       bool_and(m.day = s.created::date) AS day,
       bool_and(m.unix = extract(epoch FROM s.created)) AS unix,
       bool_and(m.amount = s.amount AND m.cents = s.amount AND m.exact = s.amount) AS amount,
       bool_and(m.status::text = s.status) AS status,
       bool_and(m.email IS NOT DISTINCT FROM s.billing_details ->> 'email') AS email,
       bool_and(m.brand IS NOT DISTINCT FROM s.payment_method_details -> 'card' ->> 'brand') AS brand,
       count(m.note) AS notes,
       bool_and(m.text_amount = s.amount::text AND m.paid_text = s.paid::text) AS text,
       bool_and(m.attrs ->> 'id' = m.id AND (m.attrs ->> 'amount')::bigint = m.amount) AS attrs,
       bool_and(m.customer_email IS NOT DISTINCT FROM u.email) AS expanded
  FROM mine m JOIN stripe.charges s ON s.id = m.id LEFT JOIN stripe.customers u ON u.id = m.customer;
-- the day of a local time, found by the request too
SELECT count(*) > 0 AS found, bool_and(day = (SELECT max(day) FROM charges)) AS right FROM charges WHERE day = (SELECT max(day) FROM charges);
-- what one column wants expanded does not show in another
SELECT bool_and(jsonb_typeof(attrs -> 'customer') IS DISTINCT FROM 'object') AS alone FROM (SELECT attrs FROM charges LIMIT 50) c;
SELECT bool_and(jsonb_typeof(attrs -> 'customer') IS DISTINCT FROM 'object') AS beside, count(customer_email) > 0 AS some
  FROM (SELECT attrs, customer_email FROM charges LIMIT 50) c;
CREATE FOREIGN TABLE nested (id text, refunds jsonb, refunds_url text OPTIONS (path 'refunds.url'), attrs jsonb, customer jsonb, city text OPTIONS (path 'customer.address.city'))
  SERVER stripe OPTIONS (object 'charges');
SELECT bool_and(attrs ? 'refunds') AS attrs, bool_and(refunds ->> 'url' = refunds_url) AS refunds,
       bool_and(customer = attrs -> 'customer') AS customer, count(city) > 0 AS city FROM (SELECT * FROM nested LIMIT 100) n;
-- values that do not fit: table, column and object are named
CREATE FOREIGN TABLE narrow (id text, amount smallint, currency varchar(2), created boolean, status inet, customer uuid)
  SERVER stripe OPTIONS (object 'charges');
CREATE FUNCTION complaint(query text, OUT state text, OUT message text, OUT context text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE query;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT;
  context := regexp_replace(split_part(context, E'\n', 1), 'ch_\w+', 'ch_…');
END $$;
SELECT * FROM complaint('SELECT currency FROM narrow');
SELECT * FROM complaint('SELECT created FROM narrow');
SELECT * FROM complaint('SELECT status FROM narrow');
SELECT * FROM complaint('SELECT sum(amount) FROM narrow WHERE amount > 0');
-- arrays, and what is within them
CREATE FOREIGN TABLE prices (id text, lookup_keys text[] OPTIONS (path 'tiers'), interval text OPTIONS (path 'recurring.interval'))
  SERVER stripe OPTIONS (object 'prices');
CREATE FOREIGN TABLE intents (id text, payment_method_types text[], first text OPTIONS (path 'payment_method_types.0'),
  tenth text OPTIONS (path 'payment_method_types.9999'), kinds jsonb OPTIONS (path 'payment_method_types'))
  SERVER stripe OPTIONS (object 'payment_intents');
SELECT count(*) > 0 AS some, bool_and(first IS NOT DISTINCT FROM payment_method_types[1]) AS first, count(tenth) AS tenth,
       bool_and(to_jsonb(payment_method_types) = kinds) AS whole FROM intents;
EXPLAIN (COSTS OFF) SELECT id FROM prices WHERE interval = 'month';
-- no columns at all, dropped columns
CREATE FOREIGN TABLE empty () SERVER stripe OPTIONS (object 'coupons');
SELECT count(*) = (SELECT count(*) FROM stripe.coupons) AS same FROM empty;
ALTER FOREIGN TABLE intents DROP COLUMN payment_method_types, ADD COLUMN amount bigint;
SELECT count(amount) > 0 AS some FROM intents;
SELECT count(*) > 0 AS some FROM (SELECT intents FROM intents) whole WHERE (whole.intents).amount IS NOT NULL;
-- names that are nothing
CREATE FOREIGN TABLE typo (id text, custommer text) SERVER stripe OPTIONS (object 'charges');
SELECT * FROM typo;
EXPLAIN SELECT id FROM typo;
CREATE FOREIGN TABLE typo2 (id text, city text OPTIONS (path 'billing_details.adress.city')) SERVER stripe OPTIONS (object 'charges');
SELECT * FROM typo2;
CREATE FOREIGN TABLE typo3 (id text, x text OPTIONS (path 'amount.value')) SERVER stripe OPTIONS (object 'charges');
SELECT * FROM typo3;
CREATE FOREIGN TABLE typo4 (id text, item text OPTIONS (path 'items.data.price')) SERVER stripe OPTIONS (object 'subscriptions');
SELECT * FROM typo4;
CREATE FOREIGN TABLE typo5 (id text, zzz text) SERVER stripe OPTIONS (object 'charges');
SELECT * FROM typo5;
CREATE FOREIGN TABLE typo6 (id text) SERVER stripe OPTIONS (object 'charge');
SELECT * FROM typo6;
CREATE FOREIGN TABLE typo7 (id text) SERVER stripe OPTIONS (object 'https://example.com/v1/charges');
SELECT * FROM typo7;
-- the table's own name is the default
CREATE FOREIGN TABLE coupons (id text) SERVER stripe;
SELECT count(*) > 0 AS some FROM coupons;
-- fields that Stripe moved, under their old names
CREATE FOREIGN TABLE subscriptions (id text, customer text, currency text, current_period_start timestamp, current_period_end timestamp, attrs jsonb)
  SERVER stripe OPTIONS (object 'subscriptions', rowid_column 'id');
SELECT count(*) > 0 AS some, count(current_period_end) = count(*) AS all,
       bool_and(current_period_end = to_timestamp((SELECT min((i ->> 'current_period_end')::bigint)
                  FROM jsonb_array_elements(attrs -> 'items' -> 'data') i))::timestamp) AS right
  FROM subscriptions;
EXPLAIN (COSTS OFF) SELECT id FROM subscriptions WHERE current_period_end IS NOT NULL;
CREATE FOREIGN TABLE invoices (id text, subscription text, payment_intent text, paid boolean, status text) SERVER stripe OPTIONS (object 'invoices');
EXPLAIN (COSTS OFF) SELECT id FROM invoices WHERE subscription = 'sub_1';
EXPLAIN (COSTS OFF) SELECT id, payment_intent FROM invoices LIMIT 1;
SELECT count(subscription) > 0 AS subscriptions, count(payment_intent) > 0 AS payments, count(*) > 0 AS some FROM invoices;
SELECT paid FROM invoices;
-- … and with a version in which they had not moved
CREATE SERVER older FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_version '2024-06-20');
\getenv api_base STRIPE_API_BASE
\set ECHO none
ALTER SERVER older OPTIONS (ADD api_base :'api_base');
\set ECHO all
CREATE USER MAPPING FOR CURRENT_USER SERVER older OPTIONS (api_key 'sk_test_stripe_fdw_sim');
CREATE FOREIGN TABLE older_subscriptions (id text, current_period_end timestamp) SERVER older OPTIONS (object 'subscriptions');
SELECT count(*) > 0 AS some, bool_and(o.current_period_end = s.current_period_end) AS same FROM older_subscriptions o JOIN subscriptions s USING (id);
CREATE FOREIGN TABLE older_invoices (id text, subscription text, paid boolean) SERVER older OPTIONS (object 'invoices');
EXPLAIN (COSTS OFF) SELECT * FROM older_invoices;
-- a filter that no field holds
CREATE FOREIGN TABLE by_price (id text, price text) SERVER stripe OPTIONS (object 'subscriptions');
SELECT items -> 'data' -> 0 -> 'price' ->> 'id' AS price FROM stripe.subscriptions LIMIT 1 \gset
SELECT count(*) > 0 AS some, bool_and(price = :'price') AS echoed FROM by_price WHERE price = :'price';
SELECT price FROM by_price LIMIT 1;
SELECT id FROM by_price WHERE price LIKE 'price%' LIMIT 1;
SELECT count(*) > 0 AS joined FROM (VALUES (:'price')) p(id) JOIN by_price b ON b.price = p.id;
SET enable_nestloop = off;
SELECT count(*) > 0 AS joined FROM (VALUES (:'price'), (:'price')) p(id) JOIN by_price b ON b.price = p.id;
RESET enable_nestloop;
SELECT count(id) > 0 AS some FROM by_price;
RESET search_path;
DROP SCHEMA byhand CASCADE;
DROP SERVER older CASCADE;
RESET timezone;
