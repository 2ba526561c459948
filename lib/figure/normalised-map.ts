import { divergingScale } from "./colour.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";
import { paint } from "./paint.js";
import { onThemeChange, pageTheme } from "./theme.js";

/** Standard deviations at which the colours of a normalised map end. */
export const VIEWABLE = 3;

/**
 * A feature map in units of its own standard deviation, from its mean: the "viewable range" of the StyleGAN2 paper.
 * Colours end at three standard deviations to each side, so a spike makes everything else pale.
 */
export function createNormalisedMap(label: string) {
  const canvas = html("canvas", {
    class: "normalised-map",
    width: 1,
    height: 1,
    role: "img",
    "aria-label": label,
  });
  let shown: { values: Float32Array; width: number; height: number } | null = null;

  function draw() {
    if (!shown) return;
    const { values, width, height } = shown;
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    paint(values, divergingScale(VIEWABLE, pageTheme()), image.data);
    canvas.getContext("2d")!.putImageData(image, 0, 0);
  }
  onThemeChange(draw);

  return {
    element: canvas,
    /** @param values width x height values, already in standard deviations */
    update(values: Float32Array, width: number, height: number, description: string) {
      shown = { values, width, height };
      canvas.setAttribute("aria-label", `${label}: ${description}`);
      draw();
    },
  };
}

/** (x - mean) / std; zeros where all values are equal. */
export function normalised(values: Float32Array, mean: number, std: number): Float32Array {
  return values.map((value) => (std > 0 ? (value - mean) / std : 0));
}

/** A number of standard deviations in words. */
export function inDeviations(value: number): string {
  return `${formatValue(value)} σ`;
}
