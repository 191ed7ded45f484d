// The part of Markdown that dashboards use, as elements: headings, lists, code, links, emphasis, rules, tables of nothing.

/** What a text is made of, as plain data: tested without a browser. Blocks are `{ kind, … }`, inline parts too. */
export function parse(text) {
  const lines = String(text).replace(/\r\n?/g, '\n').split('\n');
  const blocks = [];
  let at = 0;
  const take = (test) => {
    const taken = [];
    while (at < lines.length && test(lines[at])) taken.push(lines[at++]);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at];
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (!line.trim()) at += 1;
    else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1].length, inline: inline(heading[2]) });
      at += 1;
    } else if (/^\s*(```|~~~)/.test(line)) {
      at += 1;
      const code = take((next) => !/^\s*(```|~~~)\s*$/.test(next));
      at += 1;
      blocks.push({ kind: 'code', text: code.join('\n') });
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      blocks.push({ kind: 'rule' });
      at += 1;
    } else if (ITEM.test(line)) {
      const first = ITEM.exec(line);
      const ordered = /\d/.test(first[1]);
      const items = [];
      for (const item of take((next) => ITEM.test(next) || (/^\s{2,}\S/.test(next) && items !== undefined))) {
        const match = ITEM.exec(item);
        if (match) items.push(match[2]);
        else if (items.length) items[items.length - 1] += ` ${item.trim()}`;
      }
      blocks.push({ kind: 'list', ordered, items: items.map(inline) });
    } else if (/^\s*>/.test(line)) {
      const quoted = take((next) => /^\s*>/.test(next)).map((next) => next.replace(/^\s*> ?/, ''));
      blocks.push({ kind: 'quote', blocks: parse(quoted.join('\n')) });
    } else if (/^\s*\|.*\|\s*$/.test(line) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? '')) {
      const rows = take((next) => /^\s*\|.*\|\s*$/.test(next)).map((row) => row.trim().slice(1, -1).split('|').map((cell) => inline(cell.trim())));
      blocks.push({ kind: 'table', head: rows[0], rows: rows.slice(2) });
    } else {
      const paragraph = take((next) => next.trim() && !/^(#{1,6}\s|\s*```|\s*>)/.test(next) && !ITEM.test(next));
      blocks.push({ kind: 'paragraph', inline: inline(paragraph.join(' ')) });
    }
  }
  return blocks;
}

const ITEM = /^\s{0,3}([-*+]|\d{1,9}[.)])\s+(.*)$/;
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\b_([^_]+)_\b|\[([^\]]*)\]\(([^)\s]+)[^)]*\)|(https?:\/\/[^\s<>()]+)/g;

function inline(text) {
  const out = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > last) out.push({ kind: 'text', text: text.slice(last, match.index) });
    last = match.index + match[0].length;
    const [, code, strong, strong2, emphasis, emphasis2, label, href, bare] = match;
    if (code) out.push({ kind: 'code', text: code });
    else if (strong ?? strong2) out.push({ kind: 'strong', text: strong ?? strong2 });
    else if (emphasis ?? emphasis2) out.push({ kind: 'emphasis', text: emphasis ?? emphasis2 });
    else out.push({ kind: 'link', text: label || href || bare, href: safe(href ?? bare) });
  }
  if (last < text.length) out.push({ kind: 'text', text: text.slice(last) });
  return out;
}

/** Links lead to pages, never to scripts. */
export function safe(href) {
  return /^(https?:\/\/|mailto:|\/(?!\/)|#|[\w.-][\w./-]*([?#]|$))/i.test(href ?? '') ? href : undefined;
}

/** The elements of a text. `under`: how many levels of headings stand above it. */
export function markdown(text, { under = 2 } = {}) {
  return parse(text).map((block) => element(block, under));
}

function make(tag, children, attributes = {}) {
  const made = document.createElement(tag);
  made.append(...children);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const INLINE_TAGS = { code: 'code', strong: 'strong', emphasis: 'em' };

function span(parts) {
  return parts.map(({ kind, text, href }) => {
    if (kind === 'text') return text;
    if (kind === 'link') return href ? make('a', [text], { href, rel: 'noopener noreferrer' }) : text;
    return make(INLINE_TAGS[kind], [text]);
  });
}

function element(block, under) {
  switch (block.kind) {
    case 'heading':
      return make(`h${Math.min(6, block.level + under)}`, span(block.inline));
    case 'code':
      return make('pre', [make('code', [block.text])]);
    case 'rule':
      return make('hr', []);
    case 'list':
      return make(block.ordered ? 'ol' : 'ul', block.items.map((item) => make('li', span(item))));
    case 'quote':
      return make('blockquote', block.blocks.map((inner) => element(inner, under)));
    case 'table':
      return make('table', [
        make('thead', [make('tr', block.head.map((cell) => make('th', span(cell), { scope: 'col' })))]),
        make('tbody', block.rows.map((row) => make('tr', row.map((cell) => make('td', span(cell)))))),
      ]);
    default:
      return make('p', span(block.inline));
  }
}
