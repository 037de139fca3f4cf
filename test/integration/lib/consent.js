// The simulator's consent page, answered without a browser.
'use strict';

const unescape = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ({ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" })[entity]);

// Presses a button of the page at an address, 'connect' or 'cancel'; returns
// where the browser is sent then, and the account that was agreed for.
async function answerConsent(address, decision = 'connect') {
  const response = await fetch(address);
  const html = await response.text();
  if (response.status !== 200) throw new Error(`no consent page at ${address}: ${html}`);
  const fields = new URLSearchParams({ decision });
  for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)) fields.set(name, unescape(value));
  const [, account] = /<option value="([^"]+)">/.exec(html);
  fields.set('account', account);
  const [, action] = /<form method="post" action="([^"]+)"/.exec(html);
  const answer = await fetch(new URL(action, address), { method: 'POST', body: fields, redirect: 'manual' });
  return { location: answer.headers.get('location'), account };
}

module.exports = { answerConsent };
