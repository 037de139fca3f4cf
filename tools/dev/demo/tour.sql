-- The demo's tour.  psql prints each statement before its answer.
\set ECHO queries
\pset footer on
\pset null '∅'

\echo
\echo '--- 1. Every Stripe resource becomes a table.'
IMPORT FOREIGN SCHEMA stripe FROM SERVER stripe INTO stripe;
SELECT count(*) AS tables FROM information_schema.foreign_tables WHERE foreign_table_schema = 'stripe';

\echo '--- 2. Amounts are in minor units (cents), times are timestamptz, nested objects jsonb.'
SELECT id, amount, currency, status, created FROM stripe.charges LIMIT 5;

\echo '--- 3. A filter becomes a request: EXPLAIN shows what Stripe will be asked. It asks nothing itself.'
EXPLAIN (COSTS OFF)
SELECT id, amount FROM stripe.charges WHERE created >= now() - interval '7 days';

\echo '--- 4. EXPLAIN ANALYZE shows what it took: requests, rows, bytes, time spent waiting.'
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT currency, count(*), sum(amount)
  FROM stripe.charges
 WHERE created >= now() - interval '7 days'
 GROUP BY currency;

\echo '--- 5. A join with a table of your own: which orders were paid, and which refunded?'
CREATE TABLE orders AS
SELECT 1000 + row_number() OVER () AS number, id AS charge
  FROM stripe.charges
 WHERE created >= now() - interval '7 days'
 LIMIT 5;
SELECT o.number, c.amount, c.currency, c.status, c.refunded
  FROM orders o
  JOIN stripe.charges c ON c.id = o.charge
 WHERE c.created >= now() - interval '7 days'
 ORDER BY o.number;
