-- The demo's tour.  psql prints each statement before its answer.
\set QUIET on
\pset null '-'
\set QUIET off
\set ECHO queries

\echo
\echo '--- 1. Every Stripe list becomes a table.'
\echo
IMPORT FOREIGN SCHEMA stripe FROM SERVER stripe INTO stripe;
SELECT count(*) AS tables FROM information_schema.foreign_tables WHERE foreign_table_schema = 'stripe';

\echo '--- 2. Amounts are in minor units (cents), times are timestamptz, nested objects are jsonb.'
\echo '---    LIMIT 5 asks Stripe for five objects, not for all.'
\echo
SELECT id, amount, currency, status, created, billing_details ->> 'name' AS name
  FROM stripe.charges
 LIMIT 5;

\echo '--- 3. A filter becomes a parameter of the request. EXPLAIN shows it, and asks nothing itself.'
\echo
\set ECHO none
SELECT customer AS a_customer FROM stripe.charges WHERE customer IS NOT NULL LIMIT 1 \gset
\set ECHO queries
EXPLAIN (COSTS OFF)
SELECT id, amount, status FROM stripe.charges WHERE customer = :'a_customer' AND created >= '2020-01-01';

\echo '--- 4. EXPLAIN ANALYZE shows what an answer took: requests, objects, bytes, waiting.'
\echo
EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF)
SELECT currency, count(*), sum(amount)
  FROM stripe.charges
 WHERE created >= now() - interval '7 days'
 GROUP BY currency;

\echo '--- 5. A join with a table of your own: which orders of the last week are paid?'
\echo
CREATE TABLE orders (number integer, item text, charge text);
\set ECHO none
\set QUIET on
INSERT INTO orders
SELECT 1000 + n, (ARRAY['Grinder', 'Kettle', 'Espresso machine', 'Milk jug', 'Scale'])[n], id
  FROM (SELECT row_number() OVER ()::integer AS n, id
          FROM stripe.charges
         WHERE created >= now() - interval '7 days'
         LIMIT 5) AS latest;
\set QUIET off
\set ECHO queries
SELECT o.number, o.item, c.amount, c.currency, c.status, c.refunded
  FROM orders o
  LEFT JOIN stripe.charges c ON c.id = o.charge AND c.created >= now() - interval '7 days'
 ORDER BY o.number;
