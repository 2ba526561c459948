/** Attributes of a new element; `null`, `undefined` and `false` leave the attribute out, a function is a listener. */
export type Attributes = Record<
  string,
  string | number | boolean | null | undefined | ((event: never) => void)
>;
export type Child = Node | string | null | undefined | false;

const SVG = "http://www.w3.org/2000/svg";

/** A new HTML element. Strings become text nodes, so that no text is ever read as markup. */
export function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return furnish(document.createElement(tag), attributes, children);
}

/** A new SVG element. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return furnish(document.createElementNS(SVG, tag) as SVGElementTagNameMap[Tag], attributes, children);
}

function furnish<E extends Element>(node: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value as EventListener);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child): child is Node | string => child != null && child !== false));
  return node;
}

let ids = 0;
/** An id that is not yet in use on this page. */
export function uniqueId(prefix: string): string {
  return `${prefix}-${++ids}`;
}

/**
 * Calls `draw` with the element's width in CSS pixels, now and whenever it changes, at most once a frame.
 * Returns a function that draws again at the last known width (nothing, while the element has none).
 */
export function onWidth(element: Element, draw: (width: number) => void): () => void {
  let width = 0;
  let frame = 0;
  const again = () => {
    if (width <= 0 || frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      draw(width);
    });
  };
  new ResizeObserver((entries) => {
    const next = Math.floor(entries[entries.length - 1]!.contentRect.width);
    if (next === width) return;
    width = next;
    again();
  }).observe(element);
  return again;
}
