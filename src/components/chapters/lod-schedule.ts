import type { ModelReport } from "../../lib/engine/protocol.js";
import { resetButton, sliderControl, type Control } from "../../lib/figure/controls.js";
import { html, uniqueId } from "../../lib/figure/dom.js";
import { createPicture } from "../../lib/figure/picture.js";
import { imagesAtLod, workShare } from "../../lib/training/growthWork.js";
import { trainingSchedule } from "../../lib/training/lodSchedule.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { linkPart } from "../link.js";
import { allOf, type KeptSetting } from "../own-setting.js";
import { costUpTo, describeLod, sizeName } from "./lod-levels.js";
import {
  doublings,
  imagesText,
  MOST_IMAGES,
  MOST_STAGE,
  PRESETS,
  runOfText,
  runText,
  scheduleOptions,
  type GrowthRun,
  type Preset,
} from "./lod-presets.js";
import { createTimeline } from "./lod-timeline.js";

/** The level of detail at which a network of one size shows what a run to another size has reached. */
export function networkLod(lod: number, run: Pick<GrowthRun, "resolution">, resolution: number): number {
  const wanted = lod + Math.log2(resolution / run.resolution);
  return Math.min(Math.log2(resolution) - 2, Math.max(0, wanted));
}

/** What goes on after a number of shown images, in words. */
export function describeStage(images: number, run: GrowthRun): string {
  const { lod, resolution } = trainingSchedule(images, scheduleOptions(run));
  if (Number.isInteger(lod)) return `${sizeName(resolution)} trains alone`;
  const alpha = 1 - (lod - Math.floor(lod));
  return `${sizeName(resolution)} is faded in, α = ${alpha.toFixed(2)}`;
}

/**
 * The schedule of a growing training run as a timeline to scrub, its durations to edit, and the live network's
 * picture at the level of detail under the cursor.
 *
 *     display(scheduleFigure({ engine, store, codec, id: "schedule", number: "4.6", title: "..." }));
 */
export function scheduleFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let preset = PRESETS[0]!;
  let run: GrowthRun = preset.run;
  let images = 0;
  let settingLod = false;
  const timeline = createTimeline({ onScrub: (n) => scrub(n) });
  const picture = createPicture("the network's picture at this level of detail");
  const pictureNote = html("p", { class: "lod-note" });
  const source = html("p", { class: "lod-note" });
  const rows = readoutRows();
  const scrubber = html("div", {});

  const choice = uniqueId("preset");
  const select = html(
    "select",
    { id: choice },
    ...PRESETS.map(({ key, label }) => html("option", { value: key }, label)),
  );
  select.addEventListener("change", () => take(select.value));
  const resetPreset = resetButton("the run", () => {
    take(PRESETS[0]!.key);
    select.focus();
  });
  const edits = html("div", { class: "controls lod-edits" });
  let editors: Control<number>[] = [];
  let scrubSlider: Control<number> | null = null;

  function take(key: string) {
    const next = PRESETS.find((candidate) => candidate.key === key) ?? PRESETS[0]!;
    show(next, next.run);
  }

  function show(nextPreset: Preset, nextRun: GrowthRun) {
    preset = nextPreset;
    select.value = preset.key;
    run = nextRun; // the sliders start there
    buildEditors();
    setRun(nextRun);
  }

  const keptRun: KeptSetting = {
    key: "run",
    changed: () => runText(run, preset) !== PRESETS[0]!.key,
    reset: () => take(PRESETS[0]!.key),
    text: () => runText(run, preset),
    take(text) {
      const found = runOfText(text);
      if (found) show(found.preset, found.run);
      return found !== null;
    },
  };
  /** While a resolution trains alone the level of detail does not say how many images were seen. */
  const keptImages: KeptSetting = {
    key: "images",
    changed: () => model !== null && images !== Math.round(imagesAt(store.value.lod)),
    reset: () => model && scrub(imagesAt(store.base.lod)),
    text: () => String(images),
    take(text) {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value > run.totalImages) return false;
      scrub(value);
      return true;
    },
  };

  /** Sliders whose Reset goes back to the preset's own durations. */
  function buildEditors() {
    const thousands = (label: string, field: "trainingImages" | "transitionImages", link: string) => {
      const control = sliderControl({
        label,
        min: 0,
        max: MOST_STAGE / 1e3,
        step: 50,
        unit: "k",
        base: preset.run[field] / 1e3,
        value: run[field] / 1e3,
        onInput: (value) => setRun({ ...run, [field]: value * 1e3 }),
      });
      linkPart(control.element, link);
      return control;
    };
    const total = sliderControl({
      label: "images in all",
      min: 1,
      max: MOST_IMAGES / 1e6,
      step: 0.5,
      unit: "M",
      base: preset.run.totalImages / 1e6,
      value: run.totalImages / 1e6,
      onInput: (value) => setRun({ ...run, totalImages: value * 1e6 }),
    });
    const first = sliderControl({
      label: "doublings from the first resolution to the last",
      min: 0,
      max: Math.log2(preset.run.resolution / 4),
      step: 1,
      base: doublings(preset.run),
      value: doublings(run),
      onInput: (value) => setRun({ ...run, initialResolution: run.resolution / 2 ** value }),
    });
    editors = [
      thousands("images with one resolution alone", "trainingImages", "sched-train"),
      thousands("images to fade the next one in", "transitionImages", "sched-fade"),
      total,
      first,
    ];
    edits.replaceChildren(...editors.map(({ element }) => element));
  }

  function setRun(next: GrowthRun) {
    run = next;
    settle();
    resetPreset.set(preset !== PRESETS[0]);
    source.textContent = preset.source;
    timeline.setRun(run);
    buildScrubber();
    scrub(Math.min(images, run.totalImages));
  }

  function buildScrubber() {
    scrubSlider = sliderControl({
      label: "images seen",
      min: 0,
      max: run.totalImages / 1e6,
      step: 0.01,
      unit: "M",
      base: Math.min(imagesAtLod(store.base.lod, PRESETS[0]!.run), run.totalImages) / 1e6,
      value: images / 1e6,
      onInput: (value) => scrub(value * 1e6),
    });
    scrubber.replaceChildren(scrubSlider.element);
  }

  function scrub(next: number) {
    images = Math.round(next);
    settle();
    timeline.setImages(images);
    scrubSlider?.set(Number((images / 1e6).toFixed(3)));
    tell();
    if (!model) return;
    const { lod } = trainingSchedule(images, scheduleOptions(run));
    settingLod = true;
    store.patch({ lod: Number(networkLod(lod, run, model.resolution).toFixed(4)) });
    settingLod = false;
  }

  // From outside (Reset all, the address) comes a level of detail; the images follow it.
  store.subscribe(({ lod }) => {
    if (settingLod || !model) return;
    scrubTo(lod);
  });
  function scrubTo(lod: number) {
    const reached = networkLod(trainingSchedule(images, scheduleOptions(run)).lod, run, model!.resolution);
    // Many images have one whole level of detail: the address says which.
    if (images > 0 && Math.abs(reached - lod) < 1e-4) return scrub(images);
    scrub(imagesAt(lod));
  }
  /** The images after which a run first reaches a level of detail of the model. */
  function imagesAt(lod: number): number {
    return Math.min(imagesAtLod(lod + Math.log2(run.resolution / model!.resolution), run), run.totalImages);
  }
  function settle() {
    frame.settled();
  }

  function tell() {
    const state = trainingSchedule(images, scheduleOptions(run));
    rows.set("images", imagesText(images), images);
    rows.set("stage", describeStage(images, run));
    rows.set("lod", String(Number(state.lod.toFixed(3))), state.lod);
    rows.set("resolution", sizeName(state.resolution), state.resolution);
    rows.set("batch", String(state.minibatch), state.minibatch);
    rows.set("rate", String(state.generatorLearningRate), state.generatorLearningRate);
    const fits = model !== null && run.resolution <= model.resolution;
    const share = fits ? workShare(images, run, (side) => costUpTo(model!, side)) : null;
    rows.set(
      "work",
      share === null
        ? model
          ? "not known: this network ends below"
          : "\u2013"
        : `${(100 * share).toPrecision(3)} %`,
      share ?? "",
    );
    if (!model) return;
    const shown = networkLod(state.lod, run, model.resolution);
    const beyond = state.resolution > model.resolution;
    pictureNote.textContent = beyond
      ? `The run is at ${sizeName(state.resolution)}; this network ends at ${sizeName(model.resolution)}.`
      : `The live network at lod ${Number(shown.toFixed(2))}: ${describeLod(shown, model.resolution)}.`;
  }

  const frame = createFrame({
    ...options,
    settings: allOf(keptRun, keptImages),
    body: html(
      "div",
      { class: "lod-schedule" },
      html(
        "div",
        { class: "control control-select" },
        html("label", { for: choice }, "run"),
        select,
        resetPreset.element,
      ),
      source,
      html("div", { class: "lod-schedule-main" }, html("div", {}, timeline.element, scrubber), sideOf()),
      edits,
    ),
    canvas: () => picture.canvas,
    onModel(next) {
      model = next;
      scrubTo(store.value.lod);
    },
    passes: () => [
      {
        experiment: store.value,
        wants: [{ kind: "picture", progressive: true }],
        show: (view) => {
          if (view.kind === "picture") picture.draw(view);
        },
      },
    ],
  });

  function sideOf() {
    return html("div", { class: "lod-schedule-side" }, rows.element, picture.element, pictureNote);
  }

  buildEditors();
  setRun(preset.run);
  return frame.element;
}

function readoutRows() {
  const names = {
    images: ["images seen", ""],
    stage: ["now", ""],
    lod: ["level of detail", "sched-lod"],
    resolution: ["resolution", "sched-resolution"],
    batch: ["batch", "sched-batch"],
    rate: ["learning rate", "sched-rate"],
    work: ["work so far, of that without growing", ""],
  } as const;
  const cells = new Map<string, HTMLElement>();
  const body = Object.entries(names).map(([key, [label, link]]) => {
    const cell = html("td", { "data-cell": key });
    cells.set(key, cell);
    const row = html("tr", {}, html("th", { scope: "row" }, label), cell);
    return link ? linkPart(row, link) : row;
  });
  return {
    element: html("table", { class: "runs-table lod-rows" }, html("tbody", {}, ...body)),
    set(key: keyof typeof names, text: string, value: number | string = text) {
      const cell = cells.get(key)!;
      cell.textContent = text;
      cell.dataset.value = String(value);
    },
  };
}
