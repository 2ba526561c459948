/**
 * What Framework's page frame gets wrong for readers who zoom, use a keyboard or have the page read to them,
 * mended in the built files.
 */

const SIDEBAR = /<input id="observablehq-sidebar-toggle" type="checkbox" title="([^"]*)">/;
const CLOSE = /<label id="observablehq-sidebar-close" for="observablehq-sidebar-toggle"><\/label>/;

/**
 * 1. The page's language.
 * 2. Zooming is allowed (WCAG 1.4.4).
 * 3. The sidebar's switch has a name and stands in a landmark; the label that closes the sidebar stands in a list
 *    item, as a list holds nothing else.
 * 4. The three navigations have names that tell them apart.
 * 5. A link in front of everything leads past the sidebar to the text.
 */
export function mendPage(text: string): string {
  const first = new RegExp(`(<ol>)\\s*${CLOSE.source}\\s*(<li[^>]*>)`);
  return text
    .replace("<html>", '<html lang="en">')
    .replace(
      /<body[^>]*>(?!\s*<a class="skip-link")/,
      '$&\n<a class="skip-link" href="#observablehq-main">Skip to the text</a>',
    )
    .replace(", maximum-scale=1", "")
    .replace(
      SIDEBAR,
      '<header id="sidebar-switch"><input id="observablehq-sidebar-toggle" type="checkbox" title="$1" aria-label="$1"></header>',
    )
    .replace(
      first,
      '$1\n    $2<label id="observablehq-sidebar-close" for="observablehq-sidebar-toggle"></label>',
    )
    .replace('<nav id="observablehq-sidebar">', '<nav id="observablehq-sidebar" aria-label="chapters">')
    .replace(/(<aside id="observablehq-toc"[^>]*>\s*)<nav>/, '$1<nav aria-label="on this page">')
    .replace(/(<footer id="observablehq-footer">\s*)<nav>/, '$1<nav aria-label="previous and next chapter">');
}

/** The sidebar's switch is no longer a sibling of what it switches. */
export function mendStyle(text: string): string {
  return text.replace(
    /#observablehq-sidebar-toggle:(checked|indeterminate)\s*~\s*/g,
    "body:has(#observablehq-sidebar-toggle:$1) ",
  );
}
