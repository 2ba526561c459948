import { HELD_OUT, type TaskView, type TrainingLook } from "../../lib/engine/trainerProtocol.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createNormalisedMap, inDeviations } from "../../lib/figure/normalised-map.js";
import { SIDE, TINY_LAYERS } from "../../lib/training/tinyPlan.js";
import { createAmplitudeChart } from "./droplet-amplitudes.js";

/** One training run: the pictures it is asked for and makes, its feature maps, and the contrast that gets through. */
export function createRunPanel(run: "left" | "right") {
  const title = html("h4", {});
  const asked = pictureRow("asked for");
  const made = pictureRow("made");
  const maps = TINY_LAYERS.map(({ name, side }) => {
    const map = createNormalisedMap(name);
    const peak = html("b", { "data-cell": `peak-${name}` }, "\u2013");
    const words = html("span", { class: "run-map-words" }, "\u00a0");
    const element = html(
      "div",
      { class: "run-map" },
      map.element,
      html("p", {}, `${name}, ${side} × ${side}: `, peak),
      words,
    );
    return { map, peak, words, element };
  });
  const amplitudes = createAmplitudeChart("contrast of the pictures");
  const element = html(
    "section",
    { class: "run-panel", "data-run": run },
    title,
    asked.element,
    made.element,
    html(
      "h5",
      {},
      "Feature maps of the last of these pictures: the channel with the highest peak, before its normalisation, in its own σ",
    ),
    html("div", { class: "run-maps" }, ...maps.map((map) => map.element)),
    html("h5", {}, `Contrast asked for and shown, ${HELD_OUT} latents that training never sees`),
    amplitudes.element,
  );
  return {
    element,
    name(text: string) {
      title.textContent = text;
      element.setAttribute("aria-label", text);
    },
    setTask(task: TaskView) {
      asked.update(
        task.targets,
        task.amplitudes.map((a) => `contrast ${formatValue(a)}`),
      );
    },
    show(look: TrainingLook) {
      made.update(
        look.pictures,
        look.pictures.map(() => `after ${look.step} steps`),
      );
      look.maps.forEach((found, i) => {
        const { map, peak, words } = maps[i]!;
        const [x, y] = found.place.map((part) => `${Math.round(100 * part)} %`);
        const where = `channel ${found.channel}, ${x} across, ${y} down`;
        peak.textContent = inDeviations(found.peak);
        peak.dataset.value = String(found.peak);
        words.textContent = where;
        map.update(found.values, found.width, found.height, `peak of ${inDeviations(found.peak)}, ${where}`);
      });
      amplitudes.update(look);
    },
  };
}

/** Small pictures side by side under one name. */
function pictureRow(name: string) {
  const row = html("div", { class: "run-pictures" });
  const canvases: HTMLCanvasElement[] = [];
  return {
    element: html("div", { class: "run-row" }, html("span", { class: "run-row-name" }, name), row),
    update(pictures: readonly Uint8ClampedArray<ArrayBuffer>[], labels: readonly string[]) {
      while (canvases.length < pictures.length) {
        const canvas = html("canvas", { class: "run-picture", width: SIDE, height: SIDE, role: "img" });
        canvases.push(canvas);
        row.append(canvas);
      }
      pictures.forEach((pixels, i) => {
        canvases[i]!.getContext("2d")!.putImageData(new ImageData(pixels, SIDE, SIDE), 0, 0);
        canvases[i]!.setAttribute("aria-label", `${name}, ${labels[i]}`);
        canvases[i]!.title = labels[i]!;
      });
    },
  };
}
