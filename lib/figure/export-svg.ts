/** Properties that the stylesheet gives to marks, which a saved file must carry itself. */
const CARRIED = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "font-style",
  "text-anchor",
  "dominant-baseline",
  "visibility",
  "display",
] as const;

/** What a reader sets is not part of what the figure shows. */
const CONTROLS = ".controls, .toolbar, button, input, select, label";

/** Room around the drawings and the height of the title, in CSS pixels. */
const MARGIN = 12;
const TITLE = 26;

/**
 * The drawings and canvases below an element as one SVG document that stands alone: each where it is on the page, the
 * stylesheet's properties written into its marks, canvases as embedded PNGs, on the page's background.
 * @returns the document's text, or null where nothing is drawn
 */
export function exportSvg(body: Element, title: string): string | null {
  const parts = [...body.querySelectorAll("svg, canvas")].filter(
    (part): part is SVGSVGElement | HTMLCanvasElement => {
      const { width, height } = part.getBoundingClientRect();
      const outer = !part.parentElement?.closest(`svg, ${CONTROLS}`);
      return width > 24 && height > 24 && outer && isShown(part);
    },
  );
  if (parts.length === 0) return null;
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const words = [...labels(body)];
  const all = [...boxes, ...words.map(({ box }) => box)];
  const left = Math.min(...all.map((box) => box.left)) - MARGIN;
  const top = Math.min(...all.map((box) => box.top)) - MARGIN - TITLE;
  const width = Math.max(...all.map((box) => box.right)) + MARGIN - left;
  const height = Math.max(...all.map((box) => box.bottom)) + MARGIN - top;
  const style = getComputedStyle(body);
  const root = make("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  root.append(make("rect", { width, height, fill: backgroundOf(body) }));
  const heading = make("text", {
    x: MARGIN,
    y: MARGIN + 10,
    fill: style.color,
    "font-family": style.fontFamily,
    "font-size": 14,
    "font-weight": 600,
  });
  heading.textContent = title;
  root.append(heading);
  parts.forEach((part, i) => {
    const box = boxes[i]!;
    const place = { x: box.left - left, y: box.top - top, width: box.width, height: box.height };
    root.append(part instanceof HTMLCanvasElement ? picture(part, place) : drawing(part, place));
  });
  for (const { text, box, style: of } of words) {
    const label = make("text", {
      x: box.left - left,
      y: box.top - top + box.height * 0.78,
      fill: of.color,
      "font-family": of.fontFamily,
      "font-size": of.fontSize,
      "font-weight": of.fontWeight,
    });
    label.textContent = text;
    root.append(label);
  }
  return new XMLSerializer().serializeToString(root);
}

interface Label {
  readonly text: string;
  readonly box: DOMRect;
  readonly style: CSSStyleDeclaration;
}

/** The words beside the drawings; text of several lines stays behind. */
function* labels(body: Element): Generator<Label> {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement!;
    const text = node.textContent!.trim();
    if (text === "" || parent.closest(`svg, ${CONTROLS}, .visually-hidden`) || !isShown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = range.getClientRects();
    if (boxes.length === 1 && boxes[0]!.width > 0)
      yield { text, box: boxes[0]!, style: getComputedStyle(parent) };
  }
}

type Place = Readonly<Record<"x" | "y" | "width" | "height", number>>;

function picture(canvas: HTMLCanvasElement, place: Place): SVGElement {
  const pixelated = getComputedStyle(canvas).imageRendering === "pixelated";
  return make("image", {
    ...place,
    href: canvas.toDataURL("image/png"),
    preserveAspectRatio: "none",
    ...(pixelated ? { style: "image-rendering: pixelated" } : {}),
  });
}

function drawing(svg: SVGSVGElement, place: Place): SVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  originals.forEach((original, i) => {
    const computed = getComputedStyle(original);
    const carried = CARRIED.map((name) => `${name}:${computed.getPropertyValue(name)}`).join(";");
    copies[i]!.setAttribute("style", carried);
    copies[i]!.removeAttribute("class");
  });
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${place.width} ${place.height}`);
  copy.setAttribute("overflow", "visible");
  return copy;
}

function make(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

function isShown(part: Element): boolean {
  return part.checkVisibility?.({ visibilityProperty: true }) ?? true;
}

/** The first background that is not transparent, from the element outwards. */
function backgroundOf(element: Element): string {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour && !/^(transparent|rgba\(0, 0, 0, 0\))$/.test(colour)) return colour;
  }
  return "white";
}
