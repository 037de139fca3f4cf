'use strict';

// Plausible strings by the name of the field that holds them.

const FIRST = ['Ada', 'Zoë', 'Jürgen', 'María', 'Søren', 'Łukasz', 'Nguyễn', '小龍', 'Ольга', 'فاطمة', 'Siobhán', 'Kofi', "D'Arcy", 'Ayşe', 'Noa'];
const LAST = ["O'Neil", 'Müller', 'García', 'Ångström', 'Нахимова', '李', 'van der Berg', 'Smith-Jones', 'Žižek', 'Okafor', 'Tanaka', 'Nuñez'];
const COMPANY = [
  'Rocket 🚀 Rentals', 'Quote "Q" Ltd', "Baker's Dozen", 'Back\\slash & Sons', 'Café Noir', 'テスト株式会社', 'Comma, Inc.',
  'Percent % LLC', 'ACME Corp', '<b>Bold</b> GmbH', 'Emoji 👩‍👩‍👧‍👦 Family', 'Ünïcödé AG', 'Semi; Colon', 'Dollar $1 Shop', 'Zero Ltd',
];
const WORDS = ['amber', 'birch', 'cobalt', 'delta', 'ember', 'fjord', 'garnet', 'harbor', 'indigo', 'juniper', 'krypton', 'lotus', 'maple', 'nimbus', 'opal', 'quartz'];
const CITIES = ['Berlin', 'São Paulo', 'Zürich', '東京', 'Kuwait City', 'San Francisco', 'Kraków', 'Dublin'];
const COUNTRIES = ['US', 'DE', 'GB', 'JP', 'KW', 'FR', 'BR', 'PL', 'IE', 'CH'];
const CURRENCIES = ['usd', 'eur', 'gbp', 'jpy', 'kwd'];
const LOCALES = ['en', 'de', 'fr-CA', 'ja', 'pt-BR'];
const TIMEZONES = ['Etc/UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Tokyo', 'Asia/Kuwait'];

const person = (rng) => `${rng.pick(FIRST)} ${rng.pick(LAST)}`;
const words = (rng, count) => Array.from({ length: count }, () => rng.pick(WORDS)).join(' ');
const hex = (rng, count) => {
  let text = '';
  while (text.length < count) text += rng.next().toString(16).padStart(8, '0');
  return text.slice(0, count);
};

/** Rules in order: the first whose pattern matches the field's name makes the value. */
const RULES = [
  [/currency$/, (rng) => rng.pick(CURRENCIES)],
  [/(^|_)country(_code)?$/, (rng) => rng.pick(COUNTRIES)],
  [/email$/, (rng) => `${rng.pick(WORDS)}+${rng.digits(4)}@example.com`],
  [/phone(_number)?$/, (rng) => `+49${rng.digits(10)}`],
  [/(^|_)(url|uri|endpoint|website)$|_url_/, (rng, name) => `https://example.com/${name}/${rng.digits(8)}?q=a%20b&x=1`],
  [/client_secret$/, (rng) => `secret_${hex(rng, 24)}`],
  [/last4$/, (rng) => String(rng.int(0, 9999)).padStart(4, '0')],
  [/fingerprint$/, (rng) => hex(rng, 16)],
  [/^ip(_address)?$/, (rng) => `203.0.113.${rng.int(1, 254)}`],
  [/postal_code|^zip$/, (rng) => rng.digits(5)],
  [/city$/, (rng) => rng.pick(CITIES)],
  [/^line1$/, (rng) => `${rng.int(1, 999)} ${rng.pick(WORDS)} straße`],
  [/^line2$/, (rng) => `Apt. #${rng.int(1, 99)}`],
  [/^state$/, (rng) => rng.pick(['CA', 'BE', 'SP', 'NY'])],
  [/locale/, (rng) => rng.pick(LOCALES)],
  [/timezone$/, (rng) => rng.pick(TIMEZONES)],
  [/company|business_name|doing_business_as/, (rng) => rng.pick(COMPANY)],
  [/(first_name|given_name)$/, (rng) => rng.pick(FIRST)],
  [/(last_name|surname|family_name)$/, (rng) => rng.pick(LAST)],
  [/(^|_)name$/, (rng) => (rng.chance(0.5) ? person(rng) : rng.pick(COMPANY))],
  [/description|comment|memo|note|footer|message|statement|reason|text$/, (rng) => (rng.chance(0.2) ? `Line one\nline two\t"${words(rng, 2)}" – ${rng.pick(COMPANY)}` : words(rng, 4))],
  [/api_version$/, (rng, name, ctx) => ctx.company.catalog.apiVersion],
  [/(^|_)(code|key|reference|number|identifier|token|serial_number|arn|trace|id)$/, (rng, name) => `${name.replace(/_.*/, '')}_${rng.digits(10)}`],
  [/mcc$|merchant_category_code/, (rng) => rng.digits(4)],
  [/date$/, (rng) => `20${rng.int(20, 26)}-0${rng.int(1, 9)}-${rng.int(10, 28)}`],
];

/** @returns {string} a value for a string field of that name */
function stringFor(name, rng, ctx) {
  for (const [pattern, make] of RULES) if (pattern.test(name)) return make(rng, name, ctx);
  return `${rng.pick(WORDS)}_${rng.int(1, 9999)}`;
}

/** A decimal with far more digits than a double holds. */
function decimalString(rng) {
  switch (rng.int(0, 4)) {
    case 0:
      return `${rng.int(0, 99999)}`;
    case 1:
      return `${rng.digits(10)}.${rng.digits(12)}`;
    case 2:
      return `0.${'0'.repeat(rng.int(1, 8))}${rng.digits(4)}`;
    case 3:
      return `-${rng.int(0, 999)}.${rng.digits(2)}`;
    default:
      return `${rng.int(0, 9999)}.${rng.int(0, 9)}0`;
  }
}

/** Metadata as people write it: few keys, odd characters in keys and values. */
function metadata(rng) {
  const map = {};
  const count = rng.pick([0, 0, 1, 2, 4]);
  for (let i = 0; i < count; i++) {
    const key = rng.pick(['order_id', 'naïve key', 'emoji 🎉', "it's", 'a"b', 'Ключ', 'plan', 'ref']);
    map[key] = rng.pick([rng.digits(6), '', '🚀 launched', 'a "quoted" \\ value', 'line\nbreak', 'true', '01', 'ß→☃']);
  }
  return map;
}

module.exports = { stringFor, decimalString, metadata, person, words, hex, COMPANY, COUNTRIES, CITIES, CURRENCIES, WORDS };
