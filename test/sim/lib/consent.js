'use strict';

// The page on which an account's owner agrees, or not: plain HTML, one form.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);

const MAY = {
  read_only: 'view your payments, customers and payouts',
  read_write: 'view and change your payments, customers and payouts',
  stripe_apps: 'do what its permissions say in your account',
};

const nameOf = (account) => (account.business_profile && account.business_profile.name) || account.email || account.id;

/**
 * @param {object} what
 * @param {string} what.action where the form goes
 * @param {object} what.client who asks
 * @param {string} what.scope
 * @param {object[]} what.accounts those to choose from
 * @param {object} what.kept parameters that come back with the form
 */
function consentPage({ action, client, scope, accounts, kept }) {
  const hidden = Object.entries(kept).filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`);
  const options = accounts.map((account) => `<option value="${escape(account.id)}">${escape(nameOf(account))} (${escape(account.id)})</option>`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Connect to ${escape(client.name)}</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 32em; margin: 4em auto; color: #1a1f36 }
select, button { font: inherit; padding: .4em .8em; margin: .4em .4em .4em 0 }
.mode { color: #a15c07 }
</style>
</head>
<body>
<h1>${escape(client.name)} wants to connect to your account</h1>
<p class="mode">${client.livemode ? 'Live mode' : 'Test mode'} (this is the simulator, not Stripe)</p>
<p>It will be able to ${MAY[scope]}. Scope: <code id="scope">${escape(scope)}</code></p>
<form method="post" action="${escape(action)}">
${hidden.join('\n')}
<p><label>Account <select name="account" id="account">
${options.join('\n')}
</select></label></p>
<button type="submit" name="decision" value="connect" id="connect">Connect</button>
<button type="submit" name="decision" value="cancel" id="cancel">Cancel</button>
</form>
</body>
</html>
`;
}

module.exports = { consentPage };
