import { easeCubicInOut, select } from "d3";
import { segmentedControl } from "../../lib/figure/controls.js";
import { html, svg } from "../../lib/figure/dom.js";
import { figureCaption } from "../figure-caption.js";
import { linkTerms } from "../link.js";
import {
  describeVariant,
  VARIANTS,
  type Kind,
  type Lane,
  type Part,
  type Variant,
  type VariantKey,
} from "./demodulation-variants.js";

// The drawing has its own units; the page scales it to the width there is.
const WIDTH = 372;
const ROW = 46;
const TOP = 14;
const HEIGHT = TOP + 12 * ROW;
const LANES: Record<Lane, { readonly x: number; readonly width: number }> = {
  style: { x: 22, width: 36 },
  weight: { x: 106, width: 72 },
  main: { x: 220, width: 112 },
  bias: { x: 334, width: 34 },
  noise: { x: 334, width: 34 },
};
const PART_HEIGHT = 28;
const SMALL_HEIGHT = 18; // b and B, which share a row
const MILLISECONDS = 700;

const KINDS: readonly (readonly [Kind, string])[] = [
  ["operation", "computed from the activations"],
  ["learned", "learned (c, w, b, B)"],
  ["style", "from the style"],
  ["normalise", "normalisation"],
];

const isSmall = ({ lane }: Part) => lane === "bias" || lane === "noise";
const heightOf = (part: Part) => (isSmall(part) ? SMALL_HEIGHT : PART_HEIGHT);

/** Bias and noise stand one above the other. */
function centre({ lane, row }: Part) {
  const aside = lane === "bias" ? -10.5 : lane === "noise" ? 10.5 : 0;
  return { x: LANES[lane].x, y: TOP + (row + 0.5) * ROW + aside };
}

/**
 * The redesign from AdaIN to weight demodulation, (a) to (d): one variant at a time, the parts moving from where
 * they were to where they go, or all four side by side. A part says what it does when it is pointed at or focused.
 *
 *     display(redesignFigure({ id: "redesign", number: "2.3" }))
 */
export function redesignFigure(options: { readonly id: string; readonly number?: string }): HTMLElement {
  let shown: VariantKey = "a";
  let all = false;
  const stage = html("div", { class: "redesign-stage" });
  const title = html("h4", {});
  const changes = html("ul", {});
  const detail = html("p", { class: "readout", role: "status" });
  const stepper = segmentedControl<VariantKey>({
    label: "variant",
    choices: VARIANTS.map(({ key, title }) => ({ value: key, label: `(${key})`, title })),
    value: shown,
    onInput: (key) => go(key),
  });
  const next = html(
    "button",
    { type: "button", class: "chip", onclick: () => go(keyAfter(shown)) },
    "next step",
  );
  const together = html(
    "button",
    { type: "button", class: "chip", "aria-pressed": "false", onclick: toggleAll },
    "all four side by side",
  );
  const single = createDrawing(tell);

  function tell(part: Part | null) {
    detail.textContent = part
      ? `${part.label}: ${part.detail}`
      : "Point at a part, or walk through the parts with the arrow keys, to read what it does.";
  }

  function go(key: VariantKey) {
    shown = key;
    stepper.set(key);
    const variant = VARIANTS.find((candidate) => candidate.key === key)!;
    title.textContent = `(${key}) ${variant.title}`;
    changes.replaceChildren(...variant.changes.map((sentence) => html("li", {}, sentence)));
    next.disabled = keyAfter(key) === key;
    single.update(variant);
    tell(null);
  }

  function toggleAll() {
    all = !all;
    together.setAttribute("aria-pressed", String(all));
    element.classList.toggle("is-together", all);
    if (all)
      stage.replaceChildren(
        ...VARIANTS.map((variant) => {
          const drawing = createDrawing(tell);
          drawing.update(variant);
          return html(
            "div",
            { class: "redesign-one" },
            html("h4", {}, `(${variant.key}) ${variant.title}`),
            drawing.element,
          );
        }),
      );
    else stage.replaceChildren(single.element);
  }

  const key = html(
    "ul",
    { class: "redesign-key" },
    ...KINDS.map(([kind, text]) =>
      html("li", {}, html("span", { class: `redesign-swatch kind-${kind}` }), text),
    ),
  );
  const heading = `${options.id}-title`;
  const element = html(
    "figure",
    { class: "book-figure redesign", id: options.id, "aria-labelledby": heading },
    html("header", {}, html("h3", { id: heading }, "From AdaIN to weight demodulation")),
    html("div", { class: "toolbar" }, stepper.element, next, together),
    html(
      "div",
      { class: "redesign-body" },
      stage,
      html("div", { class: "redesign-words" }, title, changes, key, detail),
    ),
    figureCaption(
      options.number,
      "Drawn after figure 2 of Karras et al. (2020). Activations flow down the middle column. The drawing stops after the second convolution; further layers repeat the last style block.",
    ),
  );
  linkTerms();
  stage.append(single.element);
  go(shown);
  return element;
}

function keyAfter(key: VariantKey): VariantKey {
  const at = VARIANTS.findIndex((variant) => variant.key === key);
  return VARIANTS[Math.min(at + 1, VARIANTS.length - 1)]!.key;
}

/** One drawing. `update` moves it to another variant. */
function createDrawing(onPart: (part: Part | null) => void) {
  const boxes = svg("g", { class: "redesign-boxes" });
  const links = svg("g", { class: "redesign-links" });
  const parts = svg("g", { class: "redesign-parts" });
  const element = svg(
    "svg",
    { class: "redesign-drawing", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group" },
    boxes,
    links,
    parts,
  );
  let variant: Variant | null = null;
  let focused = "const";

  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 } as Record<string, number>)[
      event.key
    ];
    if (!by || !variant) return;
    event.preventDefault();
    const order = readingOrder(variant.parts);
    const at = order.findIndex((part) => part.id === focused);
    focused = order[(at + by + order.length) % order.length]!.id;
    roam();
    parts.querySelector<SVGElement>('[tabindex="0"]')?.focus();
  });

  function roam() {
    select(parts)
      .selectAll<SVGGElement, Part>("g.part")
      .attr("tabindex", (part) => (part.id === focused ? 0 : -1));
  }

  function update(next: Variant) {
    const before = new Map(variant?.parts.map((part) => [part.id, part]));
    const first = variant === null;
    variant = next;
    if (!next.parts.some((part) => part.id === focused)) focused = "const";
    element.setAttribute("aria-label", describeVariant(next));
    const still = first || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const change = select(element)
      .transition()
      .duration(still ? 0 : MILLISECONDS)
      .ease(easeCubicInOut);
    const now = new Map(next.parts.map((part) => [part.id, part]));

    select(boxes)
      .selectAll<SVGGElement, (typeof next.boxes)[number]>("g")
      .data(next.boxes, (box) => box.id)
      .join((enter) => {
        const g = enter.append("g");
        g.append("rect").attr("rx", 8);
        g.append("text").attr("class", "redesign-box-label");
        return g;
      })
      .each(function (box) {
        const left = 44;
        const y = TOP + box.firstRow * ROW + 2;
        const width = (box.holdsNoise ? WIDTH - 4 : LANES.main.x + LANES.main.width / 2 + 9) - left;
        const rect = { x: left, y, width, height: (box.lastRow - box.firstRow + 1) * ROW - 4 };
        const g = select(this);
        g.select("text").text(box.label);
        const glide = (name: "rect" | "text", attributes: Record<string, number | string>) => {
          const node = g.select(name);
          for (const [key, value] of Object.entries(attributes))
            if (still) node.attr(key, value);
            else node.transition(change as never).attr(key, value);
        };
        glide("rect", rect);
        // In (a) there is room in the corner; later the label stands along the left edge, where no part is.
        glide("text", {
          transform:
            next.key === "a"
              ? `translate(${left + 8},${y + 15}) rotate(0)`
              : `translate(${left + 15},${y + rect.height - 9}) rotate(-90)`,
        });
      });

    // A link is redrawn from where its parts are at each moment of the change.
    const place = (part: Part, share: number) => {
      const to = centre(part);
      const old = before.get(part.id) ?? (part.from ? before.get(part.from) : undefined);
      if (!old) return to;
      const from = centre(old);
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    };
    const path = (from: Part, to: Part, share: number) => {
      const [p, q] = [place(from, share), place(to, share)];
      const [wp, wq] = [LANES[from.lane].width / 2, LANES[to.lane].width / 2];
      if (from.lane === to.lane) return `M${p.x},${p.y + PART_HEIGHT / 2}V${q.y - PART_HEIGHT / 2 - 3}`;
      const side = p.x < q.x ? 1 : -1;
      // Level, also where the target is higher than what feeds it.
      return `M${p.x + side * wp},${p.y}H${q.x - side * (wq + 3)}`;
    };
    const lines = select(links)
      .selectAll<SVGPathElement, (typeof next.links)[number]>("path")
      .data(next.links, (link) => `${link.from} ${link.to}`)
      .join((enter) => enter.append("path").attr("marker-end", "url(#redesign-arrow)"))
      .attr("class", (link) => `to-${now.get(link.to)!.lane}`);
    if (still) lines.attr("d", (link) => path(now.get(link.from)!, now.get(link.to)!, 1));
    else
      lines
        .transition(change as never)
        .attrTween("d", (link) => (share) => path(now.get(link.from)!, now.get(link.to)!, share));

    const groups = select(parts)
      .selectAll<SVGGElement, Part>("g.part")
      .data(next.parts, (part) => part.id)
      .join((enter) => {
        const g = enter.append("g").attr("role", "img");
        g.append("rect").attr("rx", 5);
        g.append("text").attr("text-anchor", "middle").attr("dy", "0.35em");
        return g;
      })
      .attr("class", (part) => `part kind-${part.kind}`)
      .attr("data-link", linkOf)
      .attr("aria-label", (part) => `${part.label}: ${part.detail}`)
      .on("pointerenter focus", (_: Event, part) => onPart(part))
      .on("pointerleave blur", () => onPart(null))
      .on("click", (event: Event, part) => {
        focused = part.id;
        roam();
        (event.currentTarget as SVGElement).focus();
      });
    groups.select("text").text((part) => part.label);
    groups
      .select("rect")
      .attr("x", (part) => -LANES[part.lane].width / 2)
      .attr("width", (part) => LANES[part.lane].width)
      .attr("y", (part) => -heightOf(part) / 2)
      .attr("height", heightOf);
    const move = (part: Part, share: number) => {
      const { x, y } = place(part, share);
      return `translate(${x},${y})`;
    };
    if (still) groups.attr("transform", (part) => move(part, 1));
    else groups.transition(change as never).attrTween("transform", (part) => (share) => move(part, share));
    roam();
  }

  element.prepend(
    svg(
      "defs",
      {},
      svg(
        "marker",
        {
          id: "redesign-arrow",
          viewBox: "0 0 8 8",
          refX: 5,
          refY: 4,
          markerWidth: 7,
          markerHeight: 7,
          orient: "auto",
        },
        svg("path", { d: "M0,0.5L7,4L0,7.5Z", class: "redesign-arrow" }),
      ),
    ),
  );
  return { element, update };
}

/** The term of equations and code that a part stands for, where there is one. */
function linkOf({ id, lane }: Part): string | null {
  if (lane === "style") return "demod-style";
  if (lane !== "weight") return null;
  if (id.startsWith("mod")) return "demod-modulate";
  return id.startsWith("norm") ? "demod-demodulate" : null;
}

/** Down the rows, and within a row from left to right. */
function readingOrder(parts: readonly Part[]): Part[] {
  return [...parts].sort((p, q) => p.row - q.row || LANES[p.lane].x - LANES[q.lane].x);
}
