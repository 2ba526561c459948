import { TrainerClient } from "../../lib/engine/trainerClient.js";
import { HELD_OUT, MOST_STEPS } from "../../lib/engine/trainerProtocol.js";
import type {
  TaskView,
  TrainerResponse,
  TrainingRecord,
  TrainingSetUp,
} from "../../lib/engine/trainerProtocol.js";
import { integerControl, segmentedControl } from "../../lib/figure/controls.js";
import { createCurveChart, type Curve } from "../../lib/figure/curve-chart.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { SPIKE_SCORE } from "../../lib/measure/spikeStart.js";
import { exportSvg } from "../../lib/figure/export-svg.js";
import { figureCaption } from "../figure-caption.js";
import { download, rasterise, watchVisibility } from "../figure-frame.js";
import { linkPart } from "../link.js";
import { permalink } from "../permalink.js";
import { siteRoot } from "../site.js";
import { createRunPanel } from "./droplet-run-panel.js";
import {
  BASE_SETTINGS,
  MOST_SEED,
  readTrainingQuery,
  trainingQuery,
  type RivalName,
} from "./droplet-training-link.js";

/** What can run beside instance normalisation, as the second network. */
export const RIVALS = {
  demodulation: {
    label: "weight demodulation",
    name: "Weight demodulation",
    setUp: { normalisation: "demodulation", contrast: "varying" },
  },
  none: {
    label: "no normalisation",
    name: "No normalisation",
    setUp: { normalisation: "none", contrast: "varying" },
  },
  one: {
    label: "instance, one contrast",
    name: "Instance normalisation, all pictures of one contrast",
    setUp: { normalisation: "instance", contrast: "one" },
  },
} as const satisfies Record<RivalName, { label: string; name: string; setUp: Omit<TrainingSetUp, "seed"> }>;

type Rival = RivalName;

/** The two runs of the figure. */
export function setUpsOf(seed: number, rival: Rival): readonly [TrainingSetUp, TrainingSetUp] {
  return [
    { seed, normalisation: "instance", contrast: "varying" },
    { seed, ...RIVALS[rival].setUp },
  ];
}

/**
 * Two tiny generators that train side by side in the page, from the same weights on the same batches: one must let
 * contrast through instance normalisation, the other one need not.
 *
 *     display(trainingFigure({ id: "training", number: "2.7", title: "...", caption: "..." }));
 *
 * `data-state` of the element: waiting, ready (paused), running, failed.
 */
export function trainingFigure(options: {
  readonly id: string;
  readonly title: string;
  readonly number?: string;
  readonly caption?: string | Node;
}): HTMLElement {
  const asked = readTrainingQuery(location.search, options.id);
  let { seed, rival } = asked.settings;
  let generation = 0;
  let running = false;
  let step = 0;
  let visible = false;
  let begun = false;
  let device = "";
  let speed: number | null = null;
  let tasks: readonly TaskView[] = [];
  let records: TrainingRecord[][] = [[], []];

  const button = (text: string, act: () => void) =>
    html("button", { type: "button", class: "chip", onclick: act }, text);
  const start = button("Start", () => (running ? pause() : go()));
  const one = button("One step", () => client.send({ kind: "step", count: 1 }));
  const ten = button("Ten steps", () => client.send({ kind: "step", count: 10 }));
  const again = button("Reset", () => reset());
  const seedControl = integerControl({
    label: "seed of weights and batches",
    min: 0,
    max: MOST_SEED,
    base: BASE_SETTINGS.seed,
    onInput: (value) => {
      seed = value;
      reset();
    },
  });
  const rivalControl = segmentedControl<Rival>({
    label: "the second network",
    choices: (Object.keys(RIVALS) as Rival[]).map((value) => ({ value, label: RIVALS[value].label })),
    value: rival,
    base: BASE_SETTINGS.rival,
    onInput: (value) => {
      rival = value;
      reset();
    },
  });
  seedControl.set(seed);
  rivalControl.set(rival);
  const panels = [createRunPanel("left"), createRunPanel("right")];
  linkPart(panels[0]!.element, "tiny-instance");
  const loss = createCurveChart({
    label: "mean absolute error of the held-out pictures",
    xTitle: "step",
    yTitle: "loss",
    log: true,
    reach: 100,
  });
  const score = createCurveChart({
    label: "droplet score of the picture's layer, mean of the held-out latents",
    xTitle: "step",
    yTitle: `droplet score, mean of ${HELD_OUT} latents`,
    log: true,
    reach: 100,
  });
  const status = html("span", { class: "figure-status" }, "waiting");
  const announcer = html("span", { class: "visually-hidden", role: "status" });
  const badge = html("span", { class: "badge" });
  const message = html("div", { class: "figure-message", role: "alert", hidden: true });
  const heading = `${options.id}-title`;
  const plain = (text: string, name: string, act: () => void) =>
    html("button", { type: "button", class: "plain", "aria-label": name, onclick: act }, text);
  const actions = [
    plain("Copy link", `Copy link to ${options.title} as it is set up`, () => void copyLink()),
    plain(
      "PNG",
      `Download ${options.title} as PNG`,
      () => void savePng().catch(() => (status.textContent = "the PNG could not be drawn")),
    ),
    plain("SVG", `Download ${options.title} as SVG`, () => {
      const drawn = exportSvg(body, options.title);
      if (drawn !== null) download(new Blob([drawn], { type: "image/svg+xml" }), `${options.id}.svg`);
    }),
    plain(
      "Full screen",
      `Show ${options.title} full screen`,
      () => void element.requestFullscreen?.().catch(() => (status.textContent = "full screen was refused")),
    ),
  ];
  const description = html("span", { class: "figure-description", id: `${options.id}-description` });
  const body = html(
    "div",
    { class: "figure-body" },
    html("div", { class: "toolbar" }, start, one, ten, again, seedControl.element, rivalControl.element),
    html("div", { class: "training-curves" }, loss.element, score.element),
    html("div", { class: "training-runs" }, ...panels.map((panel) => panel.element)),
  );
  const element = html(
    "figure",
    {
      class: "book-figure training",
      id: options.id,
      "aria-labelledby": heading,
      "aria-describedby": description.id,
      "data-state": "waiting",
    },
    html(
      "header",
      {},
      html("h3", { id: heading }, options.title),
      html("div", { class: "figure-actions" }, ...actions),
    ),
    message,
    body,
    html(
      "div",
      { class: "figure-foot" },
      status,
      announcer,
      html("span", { class: "badges" }, badge),
      description,
    ),
    figureCaption(options.number, options.caption),
  );

  const client = new TrainerClient(siteRoot(), hear);

  function reset() {
    if (begun) message.hidden = true; // at first it may speak of the address
    begun = true;
    running = false;
    generation += 1;
    step = 0;
    records = [[], []];
    speed = null;
    name();
    client.send({ kind: "reset", generation, setUps: setUpsOf(seed, rival) });
    draw("waiting");
  }

  function name() {
    panels[0]!.name("Instance normalisation");
    panels[1]!.name(RIVALS[rival].name);
    // the source that figures show beside it has lines for this one rival
    if (rival === "demodulation") linkPart(panels[1]!.element, "tiny-demodulation");
    else panels[1]!.element.removeAttribute("data-link");
  }

  function tell(sentence: string) {
    message.hidden = false;
    message.replaceChildren(html("p", {}, sentence));
  }

  async function copyLink() {
    const place = new URL(
      permalink(location.href, `${options.id}.`, trainingQuery({ seed, rival }, options.id)),
    );
    place.hash = options.id;
    const link = place.href;
    history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(link);
      status.textContent = "link copied";
    } catch {
      status.textContent = "the link is in the address bar now"; // no permission to the clipboard
    }
  }

  async function savePng() {
    const drawn = exportSvg(body, options.title);
    if (drawn === null) return;
    (await rasterise(drawn)).toBlob((blob) => blob && download(blob, `${options.id}.png`));
  }

  function go() {
    running = true;
    client.send({ kind: "run", on: true });
    draw("running");
  }

  /** The trainer ends its step and tells where it stands; until then it runs. */
  function pause() {
    running = false;
    client.send({ kind: "run", on: false });
    draw(element.dataset.state!);
  }

  function hear(response: TrainerResponse) {
    switch (response.kind) {
      case "started":
        device = response.device;
        badge.textContent = response.tried ? `${device} (WebAssembly: ${response.tried})` : device;
        break;
      case "task":
        if (response.generation !== generation) return;
        tasks = response.tasks;
        response.tasks.forEach((task, i) => panels[i]!.setTask(task));
        break;
      case "progress":
        if (response.generation !== generation) return;
        step = response.step;
        speed = response.stepsPerSecond ?? speed;
        response.records.forEach((list, i) => records[i]!.push(...list));
        response.looks.forEach((look, i) => panels[i]!.show(look));
        // Off screen it is paused, and goes on when it is seen again.
        if (!response.running && visible) running = false;
        draw(response.running ? "running" : "ready");
        break;
      case "failed":
        running = false;
        tell(response.sentence);
        draw("failed");
    }
  }

  function draw(state: string) {
    if (element.dataset.state !== state) announcer.textContent = `${options.title}: ${state}, step ${step}`;
    element.dataset.state = state;
    if (state === "ready") element.dataset.shown = ""; // print shows what has run once
    element.dataset.step = String(step);
    element.dataset.speed = speed === null ? "" : String(speed);
    start.textContent = running ? "Pause" : step > 0 ? "Go on" : "Start";
    const ended = step >= MOST_STEPS;
    start.disabled = ended || state === "failed";
    for (const part of [one, ten]) part.disabled = running || ended || state === "failed";
    const rate = speed === null ? "" : `, ${speed.toFixed(1)} steps a second`;
    status.textContent =
      state === "failed"
        ? "failed"
        : state === "waiting"
          ? "setting up"
          : `step ${step} of ${MOST_STEPS} at most${rate}${running ? "" : ", paused"}`;
    const names = ["instance normalisation", RIVALS[rival].label];
    const last = records.map((list) => list.at(-1));
    description.textContent = `Seed ${seed}, step ${step}. ${names
      .map((one, i) =>
        last[i]
          ? `${one}: loss ${formatValue(last[i].loss)}, droplet score of the picture's layer ${formatValue(last[i].scores.at(-1)!)}`
          : `${one}: not measured yet`,
      )
      .join("; ")}.`;
    const curves = (value: (record: TrainingRecord) => number): Curve[] =>
      records.map((list, i) => ({
        label: names[i]!,
        points: list.map((record) => ({ x: record.step, y: value(record) })),
      }));
    const [task] = tasks;
    loss.update(
      curves((record) => record.loss),
      task ? { value: task.oneContrastLoss, label: "one contrast for all" } : null,
    );
    score.update(
      curves((record) => record.scores.at(-1)!),
      { value: SPIKE_SCORE, label: `a spike, by this chapter's measure: ${SPIKE_SCORE}` },
    );
  }

  watchVisibility(element, (now) => {
    visible = now;
    if (now && !begun) reset();
    else if (begun && running) client.send({ kind: "run", on: now });
  });
  name();
  if (asked.problems.length > 0) tell(`Not all of this address could be read. ${asked.problems.join(" ")}`);
  return element;
}
