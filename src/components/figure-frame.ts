import type { Engine } from "../lib/engine/client-contract.js";
import type { BackendReport, ModelReport } from "../lib/engine/protocol.js";
import { describeExperiment } from "../lib/experiment/describe.js";
import type { Experiment } from "../lib/experiment/experiment.js";
import { html } from "../lib/figure/dom.js";
import { exportSvg } from "../lib/figure/export-svg.js";
import { formatBytes, formatCount, formatDuration } from "../lib/figure/format.js";
import { figureCaption } from "./figure-caption.js";
import type { FigureSettings } from "./own-setting.js";
import { addressOf, bindPermalink, bindSettings, type ExperimentCodec } from "./permalink.js";
import { createProfiler } from "./profiler.js";
import { createRunner, type Pass, type RunState } from "./runner.js";
import type { ExperimentStore } from "./store.js";

/** What every figure of the book is told. */
export interface FigureOptions {
  readonly engine: Engine;
  readonly store: ExperimentStore;
  /** Unique on its page: anchor of the figure, and prefix of its keys in the address. */
  readonly id: string;
  readonly title: string;
  /** Text or nodes; a caption says what to look for. */
  readonly caption?: string | Node;
  /** Number of the figure, such as "2.3". */
  readonly number?: string;
  /** Writes the experiment into the page's address. Give it to one figure for each store. */
  readonly codec?: ExperimentCodec;
}

export interface FrameOptions extends FigureOptions {
  readonly body: Node;
  readonly passes: (model: ModelReport) => readonly Pass[];
  readonly onModel?: (model: ModelReport) => void;
  readonly model?: () => string;
  /** What Download PNG saves; without it, the figure's drawings as they stand on the page. */
  readonly canvas?: () => HTMLCanvasElement;
  /** Its settings in words; without it, those of the store's experiment. */
  readonly describe?: (experiment: Experiment) => string;
  /** Settings that are not in the store; the figure is requested, or `settled`, when they change. */
  readonly settings?: FigureSettings;
}

/**
 * A figure that runs the network: title, body, caption, status, back end and model in use, Reset all, Copy
 * link, Full screen, Profile, and on failure the reason and Retry. It runs only while it is on screen in a visible tab.
 * `data-state` of the element is the state's name.
 *
 * `request` asks for new passes; `settled` only tells Reset all and the address of a setting of the figure's own.
 */
export function createFrame(options: FrameOptions): {
  readonly element: HTMLElement;
  request(): void;
  settled(): void;
} {
  const { engine, store, id } = options;
  const bound = options.codec ? bindPermalink(store, id, options.codec) : null;
  const own = options.settings?.kept ? bindSettings(options.settings.kept, id) : null;
  const heading = `${id}-title`;
  const status = html("span", { class: "figure-status" }, "waiting");
  const announcer = html("span", { class: "visually-hidden", role: "status" });
  const meter = html("span", { class: "figure-meter", "aria-hidden": "true" });
  const backend = html("span", { class: "badge" });
  const origin = html("span", { class: "badge" });
  const message = html("div", { class: "figure-message", role: "alert", hidden: true });
  const button = (text: string, act: () => void, label = text) =>
    html("button", { type: "button", class: "plain", "aria-label": label, onclick: act }, text);
  const reset = button("Reset all", resetAll, `Reset all settings of ${options.title}`);
  const copy =
    (own || addressOf(store) !== null) &&
    button("Copy link", () => void copyLink(), `Copy link to ${options.title} as it stands`);
  const save = button(
    "PNG",
    () => void savePng().catch(() => (status.textContent = "the PNG could not be drawn")),
    `Download ${options.title} as PNG`,
  );
  const saveSvg = button("SVG", () => void saveDrawing(), `Download ${options.title} as SVG`);
  const full = button(
    "Full screen",
    () => void element.requestFullscreen?.().catch(() => (status.textContent = "full screen was refused")),
    `Show ${options.title} full screen`,
  );
  let fresh = false; // the next pass is to run all its layers
  const profiler = createProfiler({
    id,
    title: options.title,
    measureAgain() {
      fresh = true;
      runner.again();
    },
  });
  const caption = figureCaption(options.number, options.caption);
  const body = html("div", { class: "figure-body" }, options.body);
  const description = html("span", { class: "figure-description", id: `${id}-description` });
  const element = html(
    "figure",
    {
      class: "book-figure",
      id,
      "aria-labelledby": heading,
      "aria-describedby": description.id,
      "data-state": "waiting",
    },
    html(
      "header",
      {},
      html("h3", { id: heading }, options.title),
      html("div", { class: "figure-actions" }, reset, copy, save, saveSvg, full, profiler.button),
    ),
    message,
    body,
    html(
      "div",
      { class: "figure-foot" },
      meter,
      status,
      announcer,
      html("span", { class: "badges" }, backend, origin),
      description,
    ),
    profiler.panel,
    caption,
  );

  const runner = createRunner({
    engine,
    model: options.model ?? (() => store.value.model),
    passes: options.passes,
    onModel(model) {
      origin.textContent = describeModel(model);
      origin.classList.toggle("badge-warning", model.origin === "initialised");
      origin.title = `${model.title}, ${model.licence}, ${formatBytes(model.bytes)}`;
      profiler.setModel(model);
      options.onModel?.(model);
      describe();
    },
    measure: () => (profiler.open || fresh ? { timed: profiler.open, fresh } : null),
    onMeasured(records) {
      fresh = false;
      profiler.update(records);
    },
    onState: show,
  });

  function show(state: RunState) {
    // Screen readers hear of a new state, not of every layer.
    if (element.dataset.state !== state.name)
      announcer.textContent = `${options.title}: ${describeState(state)}`;
    element.dataset.state = state.name;
    if (state.name === "ready") element.dataset.shown = ""; // print shows what has run once
    status.textContent = describeState(state);
    meter.style.setProperty("--share", String(shareDone(state)));
    if (state.name === "ready") showBackend();
    if (state.name === "again") tell(state.sentence, button("Close", hush));
    if (state.name === "failed") {
      tell(
        sentence(state.failure.sentence),
        button("Retry", () => (hush(), runner.retry())),
      );
      message.dataset.failure = state.failure.kind;
    } else if (state.name === "running" || state.name === "ready") {
      if (message.dataset.failure) hush();
    }
  }

  /** Which back end computes; another one after the first was lost. */
  function showBackend() {
    void engine.backend.then(
      (report) => {
        const { withoutKernels } = report;
        profiler.setBackend(report);
        const reasons = report.tried.map(({ name, reason }) => `${name}: ${reason}`);
        if (withoutKernels) reasons.push(`fast kernels: ${withoutKernels}`);
        backend.title = reasons.join("; ");
        const left = report.tried.find(({ name }) => name === "webgpu" && report.name !== "webgpu");
        backend.textContent =
          describeBackend(report) +
          (left ? ` (WebGPU: ${left.reason})` : "") +
          (withoutKernels ? ` (without its fast kernels: ${withoutKernels})` : "");
      },
      () => (backend.textContent = "no back end"),
    );
  }

  function tell(sentence: string, ...actions: Node[]) {
    message.hidden = false;
    message.replaceChildren(html("p", {}, sentence), ...actions);
  }
  function hush() {
    message.hidden = true;
    message.replaceChildren();
    delete message.dataset.failure;
  }

  function resetAll() {
    options.settings?.reset();
    store.reset();
    request(); // what was reset may not be in the store
  }

  async function copyLink() {
    const url = new URL(bound?.link() ?? addressOf(store) ?? location.href); // another figure may write the store they share
    url.hash = id;
    const link = own ? own.into(url.href) : url.href;
    try {
      await navigator.clipboard.writeText(link);
      status.textContent = "link copied";
    } catch {
      // Without permission to the clipboard the reader can still copy it by hand.
      const field = html("input", {
        type: "text",
        readonly: true,
        value: link,
        "aria-label": "link to this figure",
      });
      tell("copy this link:", field, button("Close", hush));
      field.select();
    }
  }

  /** The figure's drawings; where there are none yet, a word in the status line. */
  function drawings(): string | null {
    const drawn = exportSvg(body, options.title);
    if (drawn === null) status.textContent = "nothing is drawn yet";
    return drawn;
  }
  function saveDrawing() {
    const drawn = drawings();
    if (drawn !== null) download(new Blob([drawn], { type: "image/svg+xml" }), `${id}.svg`);
  }
  async function savePng() {
    const drawn = options.canvas ? null : drawings();
    if (!options.canvas && drawn === null) return;
    const canvas = drawn === null ? options.canvas!() : await rasterise(drawn);
    canvas.toBlob((blob) => blob && download(blob, `${id}.png`));
  }

  const words = options.describe ?? describeExperiment;
  const describe = () => (description.textContent = `${words(store.value)}.`);
  describe();
  store.subscribe(describe);
  const sync = () => (reset.disabled = !store.changed() && !options.settings?.changed());
  sync();
  const settled = () => (sync(), own?.write());
  store.subscribe(() => (settled(), runner.request()));
  showBackend();
  // Taking a setting asks the figure for new passes, so the figure has to have its frame by then.
  queueMicrotask(() => {
    const problems = [...(bound?.problems ?? []), ...(own?.read() ?? [])];
    if (problems.length === 0) return;
    const sentences = problems.map(sentence).join(" ");
    tell(`Not all of this address could be read. ${sentences}`, button("Close", hush));
  });
  watchVisibility(element, (visible) => runner.setActive(visible));
  const request = () => (describe(), settled(), runner.request());
  return { element, request, settled };
}

/** Tells whether an element is on screen (or within half a screen of it) in a visible tab. */
export function watchVisibility(element: Element, listener: (visible: boolean) => void): void {
  let near = false;
  const tell = () => listener(near && !document.hidden);
  new IntersectionObserver(
    (entries) => {
      near = entries[entries.length - 1]!.isIntersecting;
      tell();
    },
    { rootMargin: "50% 0px" },
  ).observe(element);
  document.addEventListener("visibilitychange", tell);
}

export function describeState(state: RunState): string {
  switch (state.name) {
    case "waiting":
      return "waiting";
    case "describing":
      return "loading the model";
    case "downloading":
      return `${state.local ? "reading" : "downloading"} weights, ${formatBytes(state.loaded)} of ${formatBytes(state.total)}`;
    case "running": {
      const pass = state.passes > 1 ? `pass ${state.pass + 1} of ${state.passes}, ` : "";
      if (state.tap === null) return `${pass}starting`;
      return `${pass}step ${state.index + 1} of ${state.count}, ${state.tap}, ${formatDuration(state.milliseconds)}`;
    }
    case "again":
      return "starting again";
    case "ready":
      return `ready, ${formatDuration(state.milliseconds)}`;
    case "failed":
      return "failed";
  }
}

export function describeBackend(report: BackendReport): string {
  return report.name === "webgpu" ? `WebGPU · ${report.device}` : report.device;
}

export function describeModel(model: ModelReport): string {
  const size = `${model.title}, ${model.resolution} × ${model.resolution}, ${formatCount(model.parameters)} parameters`;
  if (model.origin === "initialised")
    return /untrained/.test(model.title) ? size : `${size}; untrained: seeded random weights`;
  return model.origin === "reader" ? `${size}; your own model` : size;
}

/** How far a run is, 0 .. 1. */
export function shareDone(state: RunState): number {
  if (state.name === "ready") return 1;
  if (state.name === "downloading") return state.total > 0 ? state.loaded / state.total : 0;
  if (state.name === "running")
    return (state.pass + (state.count > 0 ? (state.index + 1) / state.count : 0)) / state.passes;
  return 0;
}

/** Has the browser save some data under a name. */
export function download(blob: Blob, name: string): void {
  const href = URL.createObjectURL(blob);
  html("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}

/** Draws an SVG document at twice its size. */
export async function rasterise(drawing: string): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing)}`;
  await image.decode();
  const canvas = html("canvas", { width: image.width * 2, height: image.height * 2 });
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A clause of the engine as a sentence. */
function sentence(clause: string): string {
  const text = clause.charAt(0).toUpperCase() + clause.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
