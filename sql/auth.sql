-- Options and functions for signing in, as far as nobody is asked.
SET client_min_messages = warning;
\getenv api_base STRIPE_API_BASE
CREATE SERVER auth FOREIGN DATA WRAPPER stripe_fdw OPTIONS (api_base :'api_base', connect_base :'api_base', marketplace_base :'api_base');
-- what is refused, and never echoed
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_flow 'desktop');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_client_id E'ca_1\r\nx: y');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_client_secret '');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_expires_at 'tomorrow');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_expires_at '2026-13-01T00:00:00Z');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_redirect_uri 'not a uri');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_account 'cus_1');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_refresh 'perhaps');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_token 'sk_test_hidden');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (api_key 'sk_test_hidden', oauth_flow 'app');
CREATE USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (api_key 'aes256gcm:sk_test_hidden');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (oauth_client_secret 'sk_test_hidden');
CREATE SERVER s FOREIGN DATA WRAPPER stripe_fdw OPTIONS (connect_base 'http://connect.stripe.com');
-- an API key
\set VERBOSITY sqlstate
SELECT * FROM stripe_test_connection('auth');
\set VERBOSITY default
CREATE USER MAPPING FOR CURRENT_USER SERVER auth;
SELECT * FROM stripe_test_connection('auth');
SELECT stripe_set_secret('auth', 'api_key', 'sk_test_stripe_fdw_sim');
SELECT account, display_name IS NOT NULL AS has_name, livemode, auth_scheme, permissions, round_trip_ms > 0 AS took_time
  FROM stripe_test_connection('auth');
SELECT stripe_set_secret('auth', 'api_key', 'rk_test_stripe_fdw_sim_charges');
SELECT account, display_name, livemode, auth_scheme, permissions FROM stripe_test_connection('auth');
SELECT stripe_set_secret('auth', 'api_key', 'rk_test_stripe_fdw_sim_none');
SELECT permissions FROM stripe_test_connection('auth');
SELECT stripe_set_secret('auth', 'api_key', 'pk_test_publishable');
SELECT stripe_set_secret('auth', 'account', 'acct_1');
SELECT stripe_set_secret('auth', NULL, 'x');
SELECT stripe_set_secret('auth', 'api_key', '');
SELECT stripe_set_secret('auth', 'api_key', E'sk_test_1\r\nX-Injected: yes');
SELECT stripe_set_secret(NULL, 'api_key', 'x');
SELECT stripe_set_secret('nowhere', 'api_key', 'x');
SELECT stripe_set_secret('auth', 'api_key', NULL);
SELECT srvname, umoptions FROM pg_user_mappings WHERE srvname = 'auth';
-- OAuth
SELECT stripe_oauth_authorization_url('auth');
ALTER USER MAPPING FOR CURRENT_USER SERVER auth OPTIONS (oauth_client_id 'ca_test_stripe_fdw_sim');
SELECT stripe_oauth_authorization_url('auth');
SELECT stripe_set_secret('auth', 'oauth_client_secret', 'sk_test_stripe_fdw_sim');
SELECT regexp_replace(replace(stripe_oauth_authorization_url('auth', 'https://example.com/?a=b&c', 'read_only'), :'api_base', ''),
                      'state=[A-Za-z0-9_-]{75}$', 'state=...');
ALTER USER MAPPING FOR CURRENT_USER SERVER auth
  OPTIONS (oauth_flow 'app', oauth_redirect_uri 'http://localhost:1/cb', oauth_refresh 'off');
SELECT regexp_replace(replace(stripe_oauth_authorization_url('auth'), :'api_base', ''), 'state=[A-Za-z0-9_-]{75}$', 'state=...');
SELECT * FROM stripe_test_connection('auth');
SELECT * FROM stripe_oauth_get_access_token('auth', 'ac_123456', 'x');
SELECT * FROM stripe_oauth_get_access_token('auth', 'ac_123456', NULL);
SELECT * FROM stripe_oauth_get_access_token('auth', NULL, 'x');
SELECT * FROM stripe_oauth_refresh_access_token('auth');
SELECT stripe_oauth_deauthorize('auth');
-- NULL is no server
SELECT stripe_oauth_refresh_access_token(NULL) IS NULL, stripe_test_connection(NULL) IS NULL, stripe_oauth_deauthorize(NULL) IS NULL;
SELECT stripe_rotate_secrets();
-- The message differs between versions.
\set VERBOSITY sqlstate
SET stripe_fdw.oauth_state_lifetime = 0;
\set VERBOSITY default
DROP SERVER auth CASCADE;
