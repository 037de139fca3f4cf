-- IMPORT FOREIGN SCHEMA
SET client_min_messages = warning;
CREATE SCHEMA imported;
-- one family, LIMIT TO, EXCEPT
IMPORT FOREIGN SCHEMA issuing FROM SERVER stripe INTO imported;
SELECT foreign_table_name FROM information_schema.foreign_tables WHERE foreign_table_schema = 'imported' ORDER BY 1;
DROP SCHEMA imported CASCADE;
CREATE SCHEMA imported;
IMPORT FOREIGN SCHEMA stripe LIMIT TO (refunds, subscription_items) FROM SERVER stripe INTO imported OPTIONS (attrs 'true');
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
 WHERE attrelid = 'imported.refunds'::regclass AND attnum > 0 ORDER BY attnum;
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'imported.refunds'::regclass;
DROP SCHEMA imported CASCADE;
CREATE SCHEMA imported;
IMPORT FOREIGN SCHEMA radar EXCEPT (radar_value_lists) FROM SERVER stripe INTO imported;
SELECT foreign_table_name FROM information_schema.foreign_tables WHERE foreign_table_schema = 'imported' ORDER BY 1;
DROP SCHEMA imported CASCADE;
CREATE SCHEMA imported;
IMPORT FOREIGN SCHEMA stripe LIMIT TO (subscriptions, events) FROM SERVER stripe INTO imported OPTIONS (filters 'true');
SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid IN ('imported.subscriptions'::regclass, 'imported.events'::regclass) AND attnum > 0
   AND attname NOT IN (SELECT name FROM stripe_columns('subscriptions') WHERE kind <> 'filter' UNION ALL SELECT name FROM stripe_columns('events') WHERE kind <> 'filter')
 ORDER BY 1, 2;
SELECT price FROM imported.subscriptions LIMIT 1;
SELECT count(price) FROM imported.subscriptions;
SELECT count(*) FILTER (WHERE price = 'price_1') FROM imported.subscriptions;
SELECT price FROM (SELECT * FROM imported.subscriptions LIMIT 5) s WHERE price = 'price_1';
-- all tables, with every column that there is
CREATE SCHEMA everything;
IMPORT FOREIGN SCHEMA stripe FROM SERVER stripe INTO everything OPTIONS (filters 'true', attrs 'true');
SELECT count(*) = (SELECT count(*) FROM stripe_resources()) AS all_of_them FROM pg_class WHERE relnamespace = 'everything'::regnamespace;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
 WHERE attrelid = 'everything.credit_notes_preview_lines'::regclass AND attname IN ('amount', 'credit_amount', 'invoice');
DROP SCHEMA everything CASCADE;
-- errors
IMPORT FOREIGN SCHEMA stripes FROM SERVER stripe INTO imported;
IMPORT FOREIGN SCHEMA public FROM SERVER stripe INTO imported;
IMPORT FOREIGN SCHEMA stripe LIMIT TO (chargez) FROM SERVER stripe INTO imported;
IMPORT FOREIGN SCHEMA billing LIMIT TO (charges) FROM SERVER stripe INTO imported;
IMPORT FOREIGN SCHEMA stripe FROM SERVER stripe INTO imported OPTIONS (attr 'true');
IMPORT FOREIGN SCHEMA stripe FROM SERVER stripe INTO imported OPTIONS (attrs 'perhaps');
DROP SCHEMA imported CASCADE;
-- types of all imported columns
SELECT format_type(atttypid, atttypmod) AS type, count(*) > 0 AS some
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'stripe'::regnamespace AND attnum > 0 GROUP BY 1 ORDER BY 1;
-- NOT NULL on id alone
SELECT attname, attnotnull, count(*) > 0 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'stripe'::regnamespace AND attnum > 0 AND (attnotnull OR attname = 'id') GROUP BY 1, 2;
-- what there is
SELECT name, family, list_path, retrieve_path, required_filters, list_order FROM stripe_resources()
 WHERE name IN ('charges', 'subscription_items', 'apps_secrets') ORDER BY name;
SELECT count(*) FROM stripe_resources();
SELECT name, type, kind, nullable, pushed_operators, required FROM stripe_columns('refunds') ORDER BY name;
SELECT name, kind, required FROM stripe_columns('/v1/entitlements/active_entitlements') WHERE required;
SELECT * FROM stripe_columns('refundz');
SELECT stripe_amount(1099, 'usd'), stripe_amount(1099, 'JPY'), stripe_amount(1099, 'kwd'), stripe_amount(500, 'ugx'), stripe_amount(NULL, 'usd');
SELECT stripe_amount(1, 'dollar');
