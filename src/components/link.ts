/**
 * Equation term, code line and figure part that carry the same `data-link` id light up together when the reader
 * points at one of them, taps it or focuses it. In an equation: `\htmlData{link=adain-mean}{\mu(x_i)}`; in a figure:
 * `linkPart(node, "adain-mean")`; in code: the terms of `sourceFigure`.
 */
export function linkPart<E extends Element>(part: E, ...ids: string[]): E {
  part.setAttribute("data-link", ids.join(" "));
  return part;
}

const linked = new WeakSet<Node>();

/** Starts the linking below `scope` (the whole page by default); calling it again does nothing. */
export function linkTerms(scope: Document | Element = document): void {
  if (linked.has(scope)) return;
  linked.add(scope);
  let tapped = false;
  const enter = (event: Event) => {
    const part = partOf(event.target);
    if (!part) return;
    tapped = isTouch(event);
    light(scope, primaryLink(part.getAttribute("data-link")), part);
  };
  const leave = (event: Event) => {
    // A finger that is lifted has left, too, and takes the focus along; what it tapped stays lit until the next tap.
    if (!tapped && partOf(event.target)) light(scope, null);
  };
  const tap = (event: Event) => {
    if (isTouch(event) && !partOf(event.target)) light(scope, null);
  };
  scope.addEventListener("pointerover", enter);
  scope.addEventListener("pointerout", leave);
  scope.addEventListener("pointerdown", tap);
  scope.addEventListener("focusin", enter);
  scope.addEventListener("focusout", leave);
}

/** Of several ids the first one counts: the most specific, by convention. */
export function primaryLink(ids: string | null): string | null {
  return ids?.trim().split(/\s+/)[0] || null;
}

function isTouch(event: Event): boolean {
  return event instanceof PointerEvent && event.pointerType === "touch";
}

function partOf(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest("[data-link]") : null;
}

function light(scope: Document | Element, id: string | null, source?: Element) {
  for (const part of scope.querySelectorAll(".is-linked")) part.classList.remove("is-linked");
  if (id === null) return;
  const parts = [...scope.querySelectorAll(`[data-link~="${CSS.escape(id)}"]`)];
  for (const part of parts) part.classList.add("is-linked");
  // Code that is scrolled away comes into its own box; the page itself never moves.
  for (const box of new Set(parts.map((part) => part.closest(".source-code")))) {
    if (!box || (source && box.contains(source))) continue;
    const first = parts.find((part) => box.contains(part)) as HTMLElement;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const top = first.offsetTop - box.clientHeight / 3;
    const away = first.offsetTop < box.scrollTop || first.offsetTop > box.scrollTop + box.clientHeight - 24;
    if (away) box.scrollTo({ top, behavior: still ? "auto" : "smooth" });
  }
}
