-- Filters that no field holds, as columns: what is asked for.
SET client_min_messages = warning;
CREATE SERVER unread FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base 'http://127.0.0.1:1');
CREATE USER MAPPING FOR CURRENT_USER SERVER unread OPTIONS (api_key 'sk_test_stripe_fdw_sim');
CREATE SCHEMA unread;
IMPORT FOREIGN SCHEMA stripe LIMIT TO (tax_ids, invoice_payments, treasury_transactions, credit_notes_preview_lines, product_catalog_trial_offers, events, subscriptions)
  FROM SERVER unread INTO unread OPTIONS (filters 'true');
SET search_path = unread, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE FUNCTION asked(query text, lines text DEFAULT 'Stripe|Filter|Sort') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line ~ lines THEN RETURN NEXT trim(line); END IF;
  END LOOP;
END $$;
SELECT name, type, enum_values, pushed_operators, required, description FROM stripe_columns('tax_ids') WHERE kind = 'filter' ORDER BY name;
SELECT name, type, pushed_operators FROM stripe_columns('payment_records') WHERE pushed_operators IS NOT NULL ORDER BY name;
SELECT name, type, pushed_operators FROM stripe_columns('issuing_personalization_designs') WHERE pushed_operators IS NOT NULL ORDER BY name;
-- with what must accompany it
SELECT asked($$ SELECT id FROM tax_ids WHERE owner_customer = 'cus_1' $$);
SELECT asked($$ SELECT id FROM tax_ids WHERE owner_customer = 'cus_1' AND owner_type = 'customer' $$);
SELECT asked($$ SELECT id FROM tax_ids WHERE owner_customer = 'cus_1' AND owner_type = 'self' $$);
SELECT asked($$ SELECT id FROM tax_ids WHERE owner_customer = 'cus_1' AND owner_account = 'acct_1' $$);
SELECT asked($$ SELECT id FROM tax_ids WHERE owner_type = 'a type of tomorrow' $$);
SELECT asked($$ SELECT id FROM invoice_payments WHERE payment ->> 'payment_intent' = 'pi_1' $$);
SELECT asked($$ SELECT id FROM invoice_payments WHERE payment ->> 'payment_intent' IN ('pi_1', 'pi_2') AND payment ->> 'type' = 'payment_intent' $$);
SELECT asked($$ SELECT id FROM invoice_payments WHERE payment ->> 'payment_intent' = 'pi_1' AND payment ->> 'type' = 'payment_record' $$);
SELECT asked($$ SELECT id FROM invoice_payments WHERE payment ->> 'payment_intent' = (SELECT 'pi_1' OFFSET 0) AND payment ->> 'type' = (SELECT 'x' OFFSET 0) $$, 'Stripe');
-- joined on a member of an object
CREATE TABLE intents AS SELECT 'pi_' || n AS id FROM generate_series(1, 3) n;
ANALYZE intents;
SELECT asked($$ SELECT p.id FROM intents i JOIN invoice_payments p ON p.payment ->> 'payment_intent' = i.id $$, 'Stripe');
-- pushdown off leaves those that a column echoes
SET stripe_fdw.enable_pushdown = off;
SELECT asked($$ SELECT id FROM tax_ids WHERE owner_customer = 'cus_1' AND created > '2026-01-01' $$);
SELECT asked($$ SELECT id FROM invoice_payments WHERE payment ->> 'payment_intent' = 'pi_1' $$);
RESET stripe_fdw.enable_pushdown;
-- another order
SELECT asked($$ SELECT id FROM treasury_transactions WHERE financial_account = 'fa_1' ORDER BY created DESC LIMIT 3 $$);
SELECT asked($$ SELECT id FROM treasury_transactions WHERE financial_account = 'fa_1' AND order_by = 'posted_at' ORDER BY created DESC LIMIT 3 $$);
-- a time of which the objects know nothing is tested by Stripe alone; one that must be met exactly
SELECT asked($$ SELECT id FROM product_catalog_trial_offers WHERE created > '2026-01-01' AND created <= '2026-02-01' AND price = 'price_1' $$);
SELECT asked($$ SELECT id FROM product_catalog_trial_offers WHERE created = '2024-01-01' $$);
SELECT asked($$ SELECT id FROM product_catalog_trial_offers WHERE created > '2026-01-01' AND id = 'x' $$);
-- where rows are locked, a value of another table is tested again
CREATE TABLE since (at timestamptz);
SELECT asked($$ SELECT o.id FROM since s JOIN product_catalog_trial_offers o ON o.created > s.at $$, 'Stripe|Filter: .created');
SELECT asked($$ SELECT o.id FROM since s JOIN product_catalog_trial_offers o ON o.created > s.at FOR UPDATE OF s $$, 'Stripe|Filter: .created');
SELECT asked($$ SELECT o.id FROM since s, product_catalog_trial_offers o WHERE o.created > '2026-01-01' FOR UPDATE OF s $$);
-- a field that has moved is tested locally, whatever Stripe is asked
SELECT asked($$ SELECT id FROM subscriptions WHERE current_period_end IN ('2026-01-01', '2026-02-01') $$);
SELECT asked($$ SELECT id FROM subscriptions WHERE id = 'sub_1' AND current_period_end > '2026-01-01' $$);
SET stripe_fdw.enable_pushdown = off;
SELECT asked($$ SELECT id FROM subscriptions WHERE current_period_end > '2026-01-01' $$);
RESET stripe_fdw.enable_pushdown;
CREATE FOREIGN TABLE offers_by_day (id text, created date) SERVER unread OPTIONS (object 'product_catalog/trial_offers');
SELECT asked($$ SELECT id FROM offers_by_day WHERE created = '2024-01-01' $$);
SELECT asked($$ SELECT id FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND effective_at = '2024-01-01' $$);
SELECT asked($$ SELECT id FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND effective_at = '2024-01-01 00:00:00.5' $$);
-- JSON
SELECT asked($$ SELECT id FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND lines = '[{"type": "custom_line_item", "tax_rates": ["a", "b"]}, {"quantity": 2}]' $$);
SELECT asked($$ SELECT id FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND lines = (SELECT '[]'::jsonb OFFSET 0) $$, 'Stripe');
SELECT asked($$ SELECT id FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND lines @> '[]' $$);
SELECT lines FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND lines = '[{"type": null}]';
SELECT lines FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND lines = (repeat('[', 200) || '1' || repeat(']', 200))::jsonb;
SELECT memo FROM credit_notes_preview_lines WHERE invoice = 'in_1' AND memo = '';
SELECT id FROM events WHERE delivery_success IS NULL;
-- the name is that of the column
CREATE FOREIGN TABLE of_customer (id text, "owner[customer]" text) SERVER unread OPTIONS (object 'tax_ids');
SELECT * FROM of_customer;
-- … and no path
CREATE FOREIGN TABLE by_path (id text, buyer text OPTIONS (path 'owner_customer')) SERVER unread OPTIONS (object 'tax_ids');
SELECT buyer FROM by_path;
