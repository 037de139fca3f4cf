'use strict';

// The company's trade, as a repeating block of one hundred payments.
//
// Every charge sits in a slot of time; the block says what else happens in
// that slot (an invoice paid, a refund, a dispute, a payout).  An object's
// index is block * (entries of its kind in a block) + its entry's position,
// so that any object finds its relatives by arithmetic.

const SLOTS = 100;
const CYCLE = 20;

/** What each slot of a cycle of twenty payments is. */
const ROLE = {
  invoice: (r) => r <= 7, // a subscription's invoice, paid
  session: (r) => r === 8 || r === 9, // a checkout session, completed
  uncaptured: (r) => r === 15, // authorised only
  bare: (r) => r === 16, // a charge without a payment intent, as old integrations make
  failed: (r) => r === 17 || r === 18, // declined; 18 is tried again in 19
  retry: (r) => r === 19,
};

function build() {
  const block = {};
  const kinds = [
    'charges', 'payment_intents', 'invoices', 'invoice_payments', 'checkout_sessions', 'balance_transactions', 'refunds',
    'disputes', 'credit_notes', 'payouts', 'setup_intents', 'invoiceitems', 'reviews',
  ];
  for (const kind of kinds) block[kind] = [];
  const add = (kind, entry) => {
    entry.position = block[kind].length;
    block[kind].push(entry);
    return entry;
  };
  const settle = (slot, type, source) => {
    source.balance = add('balance_transactions', { slot, type, source }).position;
  };

  for (let slot = 0; slot < SLOTS; slot++) {
    const r = slot % CYCLE;
    const q = Math.floor(slot / CYCLE);
    const charge = { kind: 'charges', slot, r, intent: -1, invoice: -1, session: -1, balance: -1, dispute: -1, review: -1, refunds: [], failed: ROLE.failed(r), captured: !ROLE.uncaptured(r) };
    if (ROLE.invoice(r)) {
      charge.invoice = add('invoices', { slot, r, paid: true, charge: slot, payment: -1, items: [] }).position;
    }
    if (r === 8 || r === 9) add('invoices', { slot, r, paid: false, charge: -1, payment: -1, items: [], variant: 2 * q + r - 8 });
    if (r === 5) add('checkout_sessions', { slot, complete: false, intent: -1, variant: q });
    if (ROLE.session(r)) charge.session = add('checkout_sessions', { slot, complete: true, intent: -1 }).position;
    if (ROLE.retry(r)) {
      charge.intent = charge.invoice = -1;
      charge.intent = block.charges[slot - 1].intent;
      block.payment_intents[charge.intent].charge = slot;
      add('payment_intents', { slot, charge: -1, first: -1, invoice: -1, session: -1, variant: q });
    } else if (!ROLE.bare(r)) {
      const intent = add('payment_intents', { slot, charge: slot, first: slot, invoice: charge.invoice, session: charge.session });
      charge.intent = intent.position;
      if (charge.invoice >= 0) {
        const payment = add('invoice_payments', { slot, invoice: charge.invoice, intent: intent.position });
        block.invoices[charge.invoice].payment = payment.position;
      }
      if (charge.session >= 0) block.checkout_sessions[charge.session].intent = intent.position;
    }
    add('charges', charge);
    if (!charge.failed && charge.captured) settle(slot, 'charge', charge);

    if (r === 3 || r === 12) add('setup_intents', { slot });
    if (r === 1) {
      // Billed on the invoice of slot 2, or still pending.
      add('invoiceitems', { slot, invoice: q % 2 === 0 ? block.invoices.length : -1 });
    }
    if (r === 2) {
      const invoice = block.invoices[charge.invoice];
      invoice.items = block.invoiceitems.filter((item) => item.invoice === invoice.position).map((item) => item.position);
    }
    for (const [when, of, part] of [[13, 10, 1], [14, 11, 0.25], [16, 11, 0.5]]) {
      if (r !== when) continue;
      const refunded = block.charges[q * CYCLE + of];
      const refund = add('refunds', { kind: 'refunds', slot, charge: refunded.position, part, balance: -1 });
      refunded.refunds.push(refund.position);
      settle(slot, 'refund', refund);
    }
    if (slot === 36 || slot === 76) {
      const disputed = block.charges[slot - 4];
      const dispute = add('disputes', { kind: 'disputes', slot, charge: disputed.position, balance: -1 });
      disputed.dispute = dispute.position;
      settle(slot, 'adjustment', dispute);
    }
    if (r === 17 && q % 2 === 0) add('credit_notes', { slot, invoice: block.charges[q * CYCLE].invoice });
    if (slot % CYCLE === 10 && slot > CYCLE) charge.review = add('reviews', { slot, charge: slot, open: slot !== 50 }).position;
  }
  for (const currency of ['usd', 'eur']) {
    const payout = add('payouts', { kind: 'payouts', slot: SLOTS - 1, currency, balance: -1 });
    settle(SLOTS - 1, 'payout', payout);
  }
  return block;
}

const BLOCK = build();

/** How many objects of a kind exist when the company has had `charges` payments. */
function sizeOf(kind, charges) {
  const entries = BLOCK[kind];
  const full = Math.floor(charges / SLOTS);
  const rest = charges % SLOTS;
  return full * entries.length + entries.filter((entry) => entry.slot < rest).length;
}

/** The block number and the entry of an object. */
function place(kind, index) {
  const entries = BLOCK[kind];
  const block = Math.floor(index / entries.length);
  return { block, entry: entries[index % entries.length] };
}

/** The index of the object at a position of a block. */
function indexAt(kind, block, position) {
  return block * BLOCK[kind].length + position;
}

module.exports = { BLOCK, SLOTS, CYCLE, sizeOf, place, indexAt, kinds: Object.keys(BLOCK) };
