'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { format } = require('../format.js');

const same = (text) => assert.strictEqual(format(text), text);
const becomes = (text, expected) => assert.strictEqual(format(text), expected);

test('names of declarations stand in column 12, stars before them', () => {
  becomes('\tint x;', '\tint\t\t\tx;');
  becomes('\tchar *name = NULL;', '\tchar\t   *name = NULL;');
  becomes('\tchar **names;', '\tchar\t  **names;');
  becomes('\tStripeKind kind;', '\tStripeKind\tkind;');
  becomes('extern int count(const char *x);', 'extern int\tcount(const char *x);');
});

test('white space that is there already does not matter', () => {
  becomes('\tchar    *name;', '\tchar\t   *name;');
  becomes('\tDefElem\t   *def = next();  ', '\tDefElem    *def = next();');
  becomes('\tint x;/* one */', '\tint\t\t\tx;\t\t\t\t/* one */');
});

test('longer types are followed by one space', () => {
  same('\tStringInfoData buf;');
  same('\tconst char *const *values;');
  same('static const char *const names[] = {');
});

test('statements and continued lines are no declarations', () => {
  same('\treturn x;');
  same('\tgoto done;');
  same('typedef struct Secret Secret;');
  same('\tx = y;');
  same('static void foo(int a,\n\t\t\t\tint b);');
  same('/*\n int x;\n */');
});

test('trailing comments stand in column 32 or at the next tab stop', () => {
  becomes('\tx = 1; /* one */', '\tx = 1;\t\t\t\t\t\t/* one */');
  becomes(`\t${'y'.repeat(27)}; /* a */`, `\t${'y'.repeat(27)};\t/* a */`);
  becomes(`\t${'y'.repeat(26)}; /* a */`, `\t${'y'.repeat(26)}; /* a */`);
  becomes('#endif /* X */', '#endif\t\t\t\t\t\t\t/* X */');
});

test('a comment that goes on is aligned with its beginning', () => {
  becomes('\tint x; /* one\n * two */\n\tint y;', '\tint\t\t\tx;\t\t\t\t/* one\n\t\t\t\t\t\t\t\t * two */\n\tint\t\t\ty;');
});

test('what looks like a comment within a string is none', () => {
  same('\tcall("a /* b");');
});

test('aligning twice changes nothing more', () => {
  const once = format('\tint x; /* one\n * two */\n\tchar *y; /* z */\n');
  same(once);
});
