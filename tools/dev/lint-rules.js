// The rules that the sources keep, as pure functions: each takes a Map from
// path to text and returns what breaks it, one sentence each.
'use strict';

// Who may include whom: a folder's files see their own folder and these.
const LAYERS = {
  base: [],
  http: ['base'],
  json: ['base'],
  stripe: ['json', 'http', 'base'],
  auth: ['json', 'http', 'base'],
  fdw: ['auth', 'stripe', 'json', 'http', 'base'],
};

// What has one home.
const ONE_HOME = [
  { what: 'curl.h', pattern: /#\s*include\s*[<"]curl\//, home: /^src\/http\/http\.c$/ },
  { what: 'json-c', pattern: /#\s*include\s*[<"]json-c\//, home: /^src\/json\/json\.c$/ },
  { what: 'zlib', pattern: /#\s*include\s*[<"]zlib\.h/, home: /^src\/http\/gunzip\.c$/ },
  { what: 'OpenSSL', pattern: /#\s*include\s*[<"]openssl\//, home: /^src\/base\/crypto\.[ch]$/ },
  { what: 'PG_VERSION_NUM', pattern: /\bPG_VERSION_NUM\b/, home: /^src\/base\/compat\.h$/ },
];

// Planning must not be able to reach the network or a secret, by however many steps.
const PLANNING = /^src\/fdw\/(plan|quals|order)\.[ch]$/;
const OUT_OF_REACH = /^src\/(auth\/.*|http\/http\.h|base\/secret\.h|stripe\/(request|rowsource)\.h)$/;

const C_SOURCE = /^(stripe_fdw\.c|(src|login)\/.*\.[ch])$/;
const C_FORMATTED = /^(stripe_fdw\.c|(src|login|test\/unit|test\/fuzz)\/.*\.[ch])$/;

function includesOf(text) {
  return Array.from(text.matchAll(/^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm), (match) => match[1]);
}

function folderOf(path) {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

// The program that runs beside the server shares nothing with it but the version.
const SHARED_WITH_LOGIN = 'base/version.h';

function layering(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (/^login\/.*\.[ch]$/.test(path)) {
      for (const include of includesOf(text)) {
        if (include !== SHARED_WITH_LOGIN && !files.has(`login/${include}`) && include !== 'libpq-fe.h') {
          breaches.push(`${path} includes ${include}: login must not know the extension`);
        }
      }
      continue;
    }
    const folder = folderOf(path);
    if (!C_SOURCE.test(path) || !folder) continue;
    if (!LAYERS[folder]) {
      breaches.push(`${path}: the folder src/${folder} is not in the list of layers`);
      continue;
    }
    for (const include of includesOf(text)) {
      const target = folderOf(`src/${include}`);
      if (files.has(`src/${include}`) && target !== folder && !LAYERS[folder].includes(target)) {
        breaches.push(`${path} includes ${include}: src/${folder} must not know src/${target}`);
      }
    }
  }
  return breaches;
}

function planningIsInnocent(files) {
  const breaches = [];
  for (const start of files.keys()) {
    if (!PLANNING.test(start)) continue;
    const cameFrom = new Map([[start, null]]);
    for (const path of cameFrom.keys()) {
      if (OUT_OF_REACH.test(path)) {
        const way = [];
        for (let step = path; step; step = cameFrom.get(step)) way.unshift(step);
        breaches.push(`planning reaches ${path}: ${way.join(' → ')}`);
        continue;
      }
      for (const include of includesOf(files.get(path))) {
        const target = `src/${include}`;
        if (files.has(target) && !cameFrom.has(target)) cameFrom.set(target, path);
      }
    }
  }
  return breaches;
}

function oneHome(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (!C_SOURCE.test(path)) continue;
    for (const { what, pattern, home } of ONE_HOME) {
      if (pattern.test(text) && !home.test(path)) breaches.push(`${path} uses ${what}, whose home is elsewhere`);
    }
  }
  return breaches;
}

// Messages are in the server's encoding, which may lack anything beyond ASCII.
function messagesAreAscii(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (!C_SOURCE.test(path)) continue;
    const code = text.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
    code.split('\n').forEach((line, index) => {
      if (/[^\x00-\x7f]/.test(line)) breaches.push(`${path}:${index + 1}: not ASCII`);
    });
  }
  return breaches;
}

function locksHoldNoAddress(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (/(^|\/)package-lock\.json$/.test(path) && /"resolved"|https?:\/\/[^"]*\.tgz/.test(text)) {
      breaches.push(`${path} holds download addresses`);
    }
  }
  return breaches;
}

// A clone stands alone; only the comparisons with facts kept beside it, which
// skip what is missing, may look outside.
function standsAlone(files) {
  const outside = /\.\.\/shared(?![\w.-])|(?<![\w.])\/work\//;
  const breaches = [];
  for (const [path, text] of files) {
    if (/^tools\/catalog\/compare-[^/]+\.js$/.test(path) || /^tools\/dev\/(lint-rules|test\/lint\.test)\.js$/.test(path)) continue;
    if (outside.test(text)) breaches.push(`${path} refers to a folder outside the project`);
  }
  return breaches;
}

function whitespace(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (/^expected\/|\.json$|\.tsv$/.test(path) || text === '') continue;
    if (text.includes('\r')) breaches.push(`${path}: line ends with CR`);
    if (!text.endsWith('\n')) breaches.push(`${path}: no newline at the end`);
    const lines = text.split('\n');
    const at = lines.findIndex((line) => /[ \t]$/.test(line));
    if (at >= 0) breaches.push(`${path}:${at + 1}: white space at the end of the line`);
  }
  return breaches;
}

const LONGEST_LINE = 100;
const TAB = 4;

function lineLength(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (!C_FORMATTED.test(path) || path === 'src/stripe/catalog_data.c') continue;
    text.split('\n').forEach((line, index) => {
      const length = Array.from(line).reduce((at, c) => at + (c === '\t' ? TAB - (at % TAB) : 1), 0);
      // Messages stay whole, so that they can be searched for.
      if (length > LONGEST_LINE && !line.includes('"')) breaches.push(`${path}:${index + 1}: ${length} columns`);
    });
  }
  return breaches;
}

// What pgindent would put right, beyond what format.js does.
const C_STYLE = [
  { what: 'spaces in place of a tab', pattern: /^\t* {4}/ },
  { what: 'a keyword without a space after it', pattern: /(?<![\w.>])(?:if|for|while|switch|return)\(/ },
  { what: 'a brace that is not on a line of its own', pattern: /^\s*(?:\}\s*)?(?:if|else|for|while|switch|do)\b.*\{$|^\s*\}\s*else\b/ },
  { what: 'a // comment', pattern: /\/\// },
];

// Strings, characters and comments taken out, lines kept.
function bareCode(text) {
  return text.replace(/\/\*[^]*?\*\/|"(?:\\[^]|[^"\\])*"|'(?:\\.|[^'\\])+'/g,
    (match) => (match[0] === '/' ? '' : match[0] + match[0]) + '\n'.repeat(match.split('\n').length - 1));
}

function cStyle(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (!C_FORMATTED.test(path) || path === 'src/stripe/catalog_data.c') continue;
    bareCode(text).split('\n').forEach((line, index) => {
      for (const { what, pattern } of C_STYLE) {
        if (pattern.test(line)) breaches.push(`${path}:${index + 1}: ${what}`);
      }
    });
  }
  return breaches;
}

// A message is in the server's encoding, whatever that is: the sources' own
// text must be ASCII.  (What the catalogue holds is converted.)
function asciiStrings(files) {
  const breaches = [];
  for (const [path, text] of files) {
    if (!C_SOURCE.test(path) || path === 'src/stripe/catalog_data.c') continue;
    for (const [token] of text.matchAll(/\/\*[^]*?\*\/|"(?:\\[^]|[^"\\])*"|'(?:\\.|[^'\\])+'/g)) {
      if (token[0] === '"' && /[^\x00-\x7f]/.test(token)) breaches.push(`${path}: ${token}`);
    }
  }
  return breaches;
}

module.exports = {
  asciiStrings,
  messagesAreAscii,
  cStyle,
  layering,
  planningIsInnocent,
  oneHome,
  locksHoldNoAddress,
  standsAlone,
  whitespace,
  lineLength,
};
