-- Options: where each may stand, what its values may be, what the hints say.
SET client_min_messages = warning;
\set VERBOSITY default
-- unknown names
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_bas 'https://api.stripe.com');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (colour 'blue');
CREATE FOREIGN DATA WRAPPER w HANDLER stripe_fdw_handler VALIDATOR stripe_fdw_validator OPTIONS (timeout '1');
-- a secret belongs on a user mapping alone, and is never echoed
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_key 'sk_test_hidden');
CREATE FOREIGN TABLE t (id text) SERVER stripe OPTIONS (object 'charges', api_key 'sk_test_hidden');
-- misplaced ones
CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (page_size '10');
CREATE FOREIGN TABLE t (id text OPTIONS (account 'acct_1')) SERVER stripe OPTIONS (object 'charges');
-- values
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base 'http://api.stripe.com');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base 'https://user:pw@api.stripe.com');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base 'file:///etc/passwd');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_version 'latest');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_version E'2024-06-20\r\nX: y');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (timeout '0');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (timeout '10s');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (page_size '101');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (max_retries '-1');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (account 'cus_1');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (account 'acct_1', context 'acct_2');
CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (api_key '');
CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (auth_scheme 'magic');
CREATE USER MAPPING FOR PUBLIC SERVER stripe OPTIONS (api_key 'a', api_key_file '/b');
CREATE FOREIGN TABLE t (id text) SERVER stripe OPTIONS (object 'charges', rowid_column 'uid');
CREATE FOREIGN TABLE t (id text OPTIONS (path 'a..b')) SERVER stripe OPTIONS (object 'charges');
-- what is accepted
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw
  OPTIONS (api_base 'https://api.stripe.com/v1/', api_version '2024-06-20', timeout '1000', connect_timeout '500',
           max_retries '0', page_size '50', account 'acct_1', proxy 'http://127.0.0.1:1', ca_file '/nowhere');
DROP SERVER s;
-- who may
CREATE ROLE stripe_user;
GRANT USAGE ON FOREIGN DATA WRAPPER stripe_fdw TO stripe_user;
SET ROLE stripe_user;
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base 'https://example.com');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (ca_file '/tmp/ca.pem');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (api_key_file '/etc/passwd');
CREATE FOREIGN TABLE pg_temp.charges (id text) SERVER s OPTIONS (object 'charges');
-- no mapping, none with a key, a publishable one, one that would be a header of its own
\set VERBOSITY sqlstate
SELECT * FROM pg_temp.charges;
\set VERBOSITY default
CREATE USER MAPPING FOR CURRENT_USER SERVER s;
SELECT * FROM pg_temp.charges;
ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (ADD api_key 'pk_test_publishable');
SELECT * FROM pg_temp.charges;
ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (SET api_key E'sk_test_1\r\nX-Injected: yes');
SELECT * FROM pg_temp.charges;
RESET ROLE;
DROP SERVER s CASCADE;
DROP OWNED BY stripe_user;
DROP ROLE stripe_user;
