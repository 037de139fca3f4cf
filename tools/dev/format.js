// Formats C as PostgreSQL's pgindent does, as far as that is more than taste:
// names of declarations stand 12 columns from the declaration's start, trailing
// comments in column 32 or, after longer text, at the next tab stop; no white
// space at the end of a line.  Line breaks are the author's.  What else belongs
// to the style is checked by lint-rules.js.
//
//   node format.js [--check] FILE…
//
// With --check it writes nothing, prints what differs, and fails if anything does.
'use strict';

const fs = require('node:fs');

const TAB = 4;
const NAME_COLUMN = 12;
const COMMENT_COLUMN = 32;

// Type, stars, the rest from the name on.
const DECLARATION = new RegExp(
  '^(\\t*)((?:(?:static|extern|const|volatile|struct|enum|union|unsigned|signed|long|short) )*[A-Za-z_]\\w*(?: const)?)'
  + '[ \\t]+(\\**)((?:const )?\\**[A-Za-z_]\\w*(?: =|[;=,[:(]).*)$');
const NOT_A_TYPE = /^(?:return|goto|else|case|typedef|sizeof|do|if|while|for|switch)\b/;
const BARE_QUALIFIER = /^(?:static|extern|const|volatile|struct|enum|union)$/;

function width(text) {
  let column = 0;
  for (const character of text) column += character === '\t' ? TAB - (column % TAB) : 1;
  return column;
}

// White space that leads from one column to another: tabs where they fit, but
// a space in place of a single tab that would be one column wide.
function padding(from, to) {
  const tabs = Math.floor(to / TAB) - Math.floor(from / TAB);
  if (tabs === 0 || (tabs === 1 && from % TAB === TAB - 1)) return ' '.repeat(to - from);
  return '\t'.repeat(tabs) + ' '.repeat(to % TAB);
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
  const match = /^(.*[^\s])\s*(\/\*(?:(?!\*\/).)*(?:\*\/)?)$/.exec(line);
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

function format(text) {
  return align(text.replace(/[ \t]+$/gm, ''));
}

function main(args) {
  const check = args[0] === '--check';
  for (const name of check ? args.slice(1) : args) {
    const text = fs.readFileSync(name, 'utf8');
    const formatted = format(text);
    if (formatted === text) continue;
    if (!check) {
      fs.writeFileSync(name, formatted);
      continue;
    }
    process.exitCode = 1;
    const wanted = formatted.split('\n');
    text.split('\n').forEach((line, index) => {
      if (line !== wanted[index]) console.log(`${name}:${index + 1}\n  is:     ${line}\n  should: ${wanted[index]}`);
    });
  }
}

module.exports = { format };

if (require.main === module) main(process.argv.slice(2));
