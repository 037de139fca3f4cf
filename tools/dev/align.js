// Aligns C as pgindent does, after clang-format, which can't: names of
// declarations stand 12 columns from the declaration's start, trailing
// comments in column 32, or after longer text at the next tab stop.
//
//   node align.js < formatted.c
'use strict';

const TAB = 4;
const NAME_COLUMN = 12;
const COMMENT_COLUMN = 32;

// Type, stars, the rest from the name on.
const DECLARATION = new RegExp(
  '^(\\t*)((?:(?:static|extern|const|volatile|struct|enum|union|unsigned|signed|long|short) )*[A-Za-z_]\\w*(?: const)?)'
  + ' (\\**)((?:const )?\\**[A-Za-z_]\\w*(?: =|[;=,[:(]).*)$');
const NOT_A_TYPE = /^(?:return|goto|else|case|typedef|sizeof|do|if|while|for|switch)\b/;
const BARE_QUALIFIER = /^(?:static|extern|const|volatile|struct|enum|union)$/;

function width(text) {
  let column = 0;
  for (const character of text) column += character === '\t' ? TAB - (column % TAB) : 1;
  return column;
}

// White space that leads from one column to another, tabs where they fit.
function padding(from, to) {
  if (to - from === 1) return ' ';
  const tabs = Math.floor(to / TAB) - Math.floor(from / TAB);
  return '\t'.repeat(tabs) + ' '.repeat(tabs ? to % TAB : to - from);
}

function alignDeclaration(line) {
  const match = DECLARATION.exec(line);
  if (!match) return line;
  const [, indent, type, stars, rest] = match;
  if (NOT_A_TYPE.test(type) || BARE_QUALIFIER.test(type)) return line;
  const start = width(indent);
  const at = start + type.length;
  const target = start + NAME_COLUMN - stars.length;
  return `${indent}${type}${target > at ? padding(at, target) : ' '}${stars}${rest}`;
}

// Splits off a comment that ends the line or goes on in the next one.
function splitTrailingComment(line) {
  const match = /^(.*[^\s])\s+(\/\*(?:(?!\*\/).)*(?:\*\/)?)$/.exec(line);
  if (!match) return null;
  const quotes = match[1].replace(/\\./g, '').replace(/'"'/g, '').match(/"/g);
  return quotes && quotes.length % 2 ? null : { code: match[1], comment: match[2] };
}

// Parentheses opened minus closed, outside strings, characters and comments.
function parentheses(code) {
  const bare = code.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])+'|\/\*.*?\*\//g, '');
  return (bare.match(/\(/g) ?? []).length - (bare.match(/\)/g) ?? []).length;
}

function align(text) {
  const out = [];
  let depth = 0; // of parentheses
  let comment = null; // within a block comment: { column } or, if it stands alone, {}
  let directive = false; // within a preprocessor directive of several lines
  for (let line of text.split('\n')) {
    if (comment) {
      const ends = line.includes('*/');
      out.push(comment.column ? `${padding(0, comment.column)} ${line.trim()}` : line);
      if (ends) comment = null;
      continue;
    }
    if (/^\s*\/\*/.test(line)) {
      if (!line.includes('*/')) comment = {};
      out.push(line);
      continue;
    }
    const isDirective = directive || /^\s*#/.test(line);
    directive = isDirective && line.endsWith('\\');
    const split = directive ? null : splitTrailingComment(line);
    let code = split ? split.code : line;
    if (!isDirective && depth === 0) code = alignDeclaration(code);
    if (!isDirective) depth += parentheses(code);
    if (split) {
      const end = width(code);
      const column = Math.max(COMMENT_COLUMN, (Math.floor(end / TAB) + 1) * TAB);
      line = code + padding(end, column) + split.comment;
      if (!split.comment.endsWith('*/')) comment = { column };
    } else {
      line = code;
    }
    out.push(line);
  }
  return out.join('\n');
}

module.exports = { align };

if (require.main === module) {
  process.stdout.write(align(require('node:fs').readFileSync(0, 'utf8')));
}
