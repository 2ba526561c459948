import { drag, range } from "d3";
import { select } from "d3";
import { SEEDS_A_ROW, seedAt, seedsAround, type Latent } from "../experiment/seedLattice.js";
import type { Control } from "./controls.js";
import { resetButton } from "./controls.js";
import { html, onWidth, svg } from "./dom.js";

/** A place in words: "seed 85", or the seeds around it with their shares. */
export function describeLatent(latent: Latent): string {
  const seeds = seedsAround(latent);
  if (seeds.length === 1) return `seed ${seeds[0]!.seed}`;
  const shares = [...seeds].sort((a, b) => b.weight - a.weight);
  return `between seeds ${shares.map(({ seed, weight }) => `${seed} (${Math.round(100 * weight)} %)`).join(", ")}`;
}

/** Keeps a place inside the plane, x and y in 0 .. SEEDS_A_ROW - 1, in steps of a hundredth. */
export function clampLatent({ x, y }: Latent): Latent {
  const clamp = (v: number) => Math.round(100 * Math.min(SEEDS_A_ROW - 1, Math.max(0, v))) / 100;
  return { x: clamp(x), y: clamp(y) };
}

const SPAN = 4; // lattice steps across the pad

/**
 * The plane of seeds as a pad: the cross in the middle is the latent, the plane is dragged under it. A click
 * goes to the place pointed at; arrow keys move by a tenth (Shift: a whole seed), Enter goes to the nearest seed.
 */
export function seedPlane(options: {
  readonly label?: string;
  readonly base: Latent;
  readonly onInput: (latent: Latent) => void;
}): Control<Latent> {
  const label = options.label ?? "seed plane";
  let latent = options.base;
  let size = 0;
  const pad = svg("svg", { class: "seed-plane-pad", "aria-hidden": "true" });
  const box = html(
    "div",
    {
      class: "seed-plane",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "two-dimensional slider",
    },
    pad,
  );
  const words = html("output", { class: "readout" });
  const reset = resetButton(label, () => {
    move(options.base);
    box.focus();
  });
  const element = html(
    "div",
    { class: "control control-plane" },
    html("span", { class: "control-label", "aria-hidden": "true" }, label),
    reset.element,
    box,
    words,
  );

  function draw() {
    box.setAttribute("aria-label", `${label}: ${describeLatent(latent)}`);
    words.textContent = describeLatent(latent);
    reset.set(latent.x !== options.base.x || latent.y !== options.base.y);
    if (size === 0) return;
    const step = size / SPAN;
    const place = (x: number, y: number) =>
      [size / 2 + (x - latent.x) * step, size / 2 + (y - latent.y) * step] as const;
    const lattice = (centre: number) =>
      range(
        Math.max(0, Math.floor(centre - SPAN / 2)),
        Math.min(SEEDS_A_ROW - 1, Math.ceil(centre + SPAN / 2)) + 1,
      );
    const weights = new Map(seedsAround(latent).map(({ seed, weight }) => [seed, weight]));
    const nodes: SVGElement[] = [];
    const [left, top] = place(0, 0);
    const [right, bottom] = place(SEEDS_A_ROW - 1, SEEDS_A_ROW - 1);
    nodes.push(
      svg("rect", { class: "plane-ground", x: left, y: top, width: right - left, height: bottom - top }),
    );
    for (const x of lattice(latent.x)) {
      const [px] = place(x, 0);
      nodes.push(
        svg("line", { class: "lattice", x1: px, x2: px, y1: Math.max(0, top), y2: Math.min(size, bottom) }),
      );
    }
    for (const y of lattice(latent.y)) {
      const [, py] = place(0, y);
      nodes.push(
        svg("line", { class: "lattice", y1: py, y2: py, x1: Math.max(0, left), x2: Math.min(size, right) }),
      );
    }
    for (const x of lattice(latent.x))
      for (const y of lattice(latent.y)) {
        const [px, py] = place(x, y);
        const weight = weights.get(seedAt(x, y)) ?? 0;
        nodes.push(svg("circle", { class: "lattice-point", cx: px, cy: py, r: 2.5 + 4 * weight }));
        nodes.push(svg("text", { class: "lattice-seed", x: px + 7, y: py - 7 }, String(seedAt(x, y))));
      }
    const c = size / 2;
    nodes.push(
      svg("circle", { class: "latent-ring", cx: c, cy: c, r: 9 }),
      svg("path", { class: "latent-cross", d: `M${c - 14},${c}h28M${c},${c - 14}v28` }),
    );
    pad.replaceChildren(...nodes);
  }

  function move(next: Latent) {
    latent = clampLatent(next);
    draw();
    options.onInput(latent);
  }

  let travelled = 0;
  select(pad as SVGSVGElement).call(
    drag<SVGSVGElement, unknown>()
      .on("start", () => {
        travelled = 0;
        box.classList.add("is-dragging");
      })
      .on("drag", (event: { dx: number; dy: number }) => {
        travelled += Math.abs(event.dx) + Math.abs(event.dy);
        if (travelled > 2)
          move({ x: latent.x - (event.dx * SPAN) / size, y: latent.y - (event.dy * SPAN) / size });
      })
      .on("end", (event: { x: number; y: number }) => {
        box.classList.remove("is-dragging");
        if (travelled > 2) return;
        const at = {
          x: latent.x + ((event.x - size / 2) * SPAN) / size,
          y: latent.y + ((event.y - size / 2) * SPAN) / size,
        };
        const nearest = { x: Math.round(at.x), y: Math.round(at.y) };
        // A click close to a seed means the seed.
        move(Math.hypot(at.x - nearest.x, at.y - nearest.y) < 0.25 ? nearest : at);
      }),
  );
  box.addEventListener("keydown", (event) => {
    const by = (
      { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<
        string,
        [number, number]
      >
    )[event.key];
    if (event.key === "Enter") {
      event.preventDefault();
      return move({ x: Math.round(latent.x), y: Math.round(latent.y) });
    }
    if (!by) return;
    event.preventDefault();
    const stride = event.shiftKey ? 1 : 0.1;
    move({ x: latent.x + stride * by[0], y: latent.y + stride * by[1] });
  });
  onWidth(box, (width) => {
    size = width;
    pad.setAttribute("width", String(width));
    pad.setAttribute("height", String(width));
    draw();
  });
  draw();

  return {
    element,
    set(value) {
      latent = clampLatent(value);
      draw();
    },
  };
}
