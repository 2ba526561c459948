/**
 * A markdown-it plugin: in every page but the glossary itself and the list of
 * references (titles of papers are names), the first mention of each term in running text becomes
 * a link to its entry, with the definition beside it (shown by the stylesheet on hover and focus). Headings, links,
 * code and mathematics are left alone.
 */
import type MarkdownIt from "markdown-it";

export interface LinkedTerm {
  readonly id: string;
  readonly term: string;
  readonly definition: string;
  readonly written?: readonly string[];
}

interface Matcher {
  readonly term: LinkedTerm;
  readonly pattern: RegExp;
}

interface Mention {
  readonly term: LinkedTerm;
  readonly from: number;
  readonly to: number;
}

const page = "/glossary";
const PAGES_WITHOUT: readonly (string | undefined)[] = [page, "/references", undefined];

export function glossaryLinks(terms: readonly LinkedTerm[]): (md: MarkdownIt) => void {
  const matchers: Matcher[] = terms.map((term) => ({
    term,
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}-])(?:${(term.written ?? [escapeRegExp(term.term)]).join("|")})(?![\\p{L}\\p{N}-])`,
      "giu",
    ),
  }));
  return (md) => {
    md.core.ruler.after("inline", "glossary", (state) => {
      const { path } = state.env as { path?: string };
      if (PAGES_WITHOUT.includes(path)) return;
      const open = new Set(matchers);
      state.tokens.forEach((token, i) => {
        if (token.type !== "inline" || !token.children) return;
        if (state.tokens[i - 1]?.type === "heading_open") return;
        let inLink = 0;
        token.children = token.children.flatMap((child) => {
          if (child.type === "link_open") inLink += 1;
          if (child.type === "link_close") inLink -= 1;
          if (child.type !== "text" || inLink > 0) return [child];
          return split(child.content, open).map((part) => {
            const made = new state.Token(typeof part === "string" ? "text" : "html_inline", "", 0);
            made.content = typeof part === "string" ? part : link(part.text, part.term, md);
            made.level = child.level;
            return made;
          });
        });
      });
    });
  };
}

type Part = string | { readonly text: string; readonly term: LinkedTerm };

/** Splits a text at the first mentions of terms that are still open, which are then closed. Longer mentions win. */
export function split(text: string, open: Set<Matcher>): Part[] {
  const found = [...open].map(({ term, pattern }) =>
    [...text.matchAll(pattern)].map((match): Mention => ({
      term,
      from: match.index,
      to: match.index + match[0].length,
    })),
  );
  const longest = (mentions: readonly Mention[]) => Math.max(0, ...mentions.map(({ from, to }) => to - from));
  found.sort((a, b) => longest(b) - longest(a));
  const kept: Mention[] = [];
  for (const mentions of found) {
    const free = mentions.find((mention) =>
      kept.every(({ from, to }) => mention.to <= from || mention.from >= to),
    );
    if (free) kept.push(free);
  }
  kept.sort((a, b) => a.from - b.from);
  const parts: Part[] = [];
  let at = 0;
  for (const { term, from, to } of kept) {
    if (from > at) parts.push(text.slice(at, from));
    parts.push({ text: text.slice(from, to), term });
    at = to;
    for (const matcher of open) if (matcher.term === term) open.delete(matcher);
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

function link(text: string, { id, definition }: LinkedTerm, md: MarkdownIt): string {
  const { escapeHtml } = md.utils;
  return `<a class="term" href="${page}#${id}" data-definition="${escapeHtml(definition)}" aria-description="${escapeHtml(definition)}">${escapeHtml(text)}</a>`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
