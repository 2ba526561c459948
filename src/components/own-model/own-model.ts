import type { Engine, ReaderEngine } from "../../lib/engine/client-contract.js";
import type { ModelReport } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { formatBytes } from "../../lib/figure/format.js";
import { exclusively, openKeptModels, readerId, type KeptFile } from "../../lib/weights/keptModels.js";
import type { Manifest } from "../../lib/weights/manifest.js";
import { freeModelId, modelId } from "../../lib/weights/modelId.js";
import type { WrittenShard } from "../../lib/weights/write.js";
import { chapterFit, keptSentence, type ChapterNetworks } from "./chapter-fit.js";
import { createBusy, sentenceOf, type Say } from "./busy.js";
import { fileDrop } from "./file-drop.js";
import { keepControls, type KeepChoice } from "./keep-controls.js";
import { keptList } from "./kept-list.js";
import { offerDownload, packModel } from "./model-archive.js";
import { modelFacts, type FileFacts } from "./model-facts.js";

const PARAMETER = "model";
const NO_STORAGE =
  "This browser lets the page store nothing (a private window, or an address without https), so no model can be kept here.";

/** The model that is shown; one that was opened from what the browser keeps has no file format. */
interface Subject {
  readonly name: string;
  readonly report: ModelReport;
  readonly file: FileFacts;
}

/**
 * Brings a reader's own model: a file is looked into, described, and run when the reader says so; it can be kept in
 * this browser and downloaded as shards. An input in Framework's sense, whose value is the id of the model to run:
 *
 *     const model = view(await ownModel({ engine, chapters })); // "reader:ffhq", or null
 *
 * `?model=reader:NAME` in the address opens a kept model.
 */
export async function ownModel({
  engine,
  chapters,
}: {
  readonly engine: Engine & ReaderEngine;
  /** The book's chapters, to say which of them a model can take part in. */
  readonly chapters: readonly ChapterNetworks[];
}): Promise<HTMLElement & { value: string | null }> {
  const kept = await openKeptModels();
  const used = new Set<string>(); // names of this visit: an id must not mean two models
  let value: string | null = null;
  let subject: Subject | null = null;

  const heading = html("h2", { tabindex: -1 });
  const facts = html("div", {});
  const run = html("button", { type: "button", class: "primary", onclick: () => start() }, "Run it");
  const close = html("button", { type: "button", onclick: () => leave() }, "Close it");
  const keep = keepControls({
    onKeep: (choice) => void keepModel(choice),
    onDownload: (choice) => void downloadModel(choice),
  });
  const card = html(
    "section",
    { class: "own-card", hidden: true, "aria-label": "the model" },
    heading,
    facts,
    html("div", { class: "own-actions" }, run, close),
    keep.element,
  );
  const busy = createBusy((yes) => keep.setBusy(yes));
  const list =
    kept &&
    keptList({
      kept,
      onOpen: (name) => void open(name),
      onDownload: (name) =>
        void busy.work("packing the shards", async () => offer(name, await kept.files(name))),
      onDeleted(name, title) {
        busy.tell(`${title} is deleted from this browser.`);
        if (subject?.name !== name) engine.forget(readerId(name));
        else if (isKeptCopy(subject)) leave();
      },
    });
  const element = html(
    "div",
    { class: "own-model" },
    fileDrop((file) => void take(file)),
    busy.element,
    card,
    html("h2", {}, "Kept in this browser"),
    list?.element ?? html("p", {}, NO_STORAGE),
  );

  /** Looks into a file. Nothing of it runs. */
  function take(file: File): Promise<void> {
    return busy.work(`reading ${file.name}`, async (signal, say) => {
      const names = (await kept?.names()) ?? [];
      const name = freeModelId(modelId(file.name), new Set([...used, ...names]));
      try {
        const { model, ...rest } = await engine.bring(name, file, {
          signal,
          onProgress(progress) {
            if (progress.kind !== "file") return;
            const { loaded, total } = progress;
            const bytes = `${formatBytes(loaded)} of ${formatBytes(total)}`;
            say(`reading ${file.name}, ${bytes}`, loaded / Math.max(1, total));
          },
        });
        used.add(name);
        show({ name, report: model, file: rest });
        heading.focus();
        return undefined;
      } catch (error) {
        throw signal.aborted ? error : new Error(`${file.name}: ${sentenceOf(error)}`);
      }
    });
  }

  /** Opens a kept model; the reader knows it, so it runs at once. */
  function open(name: string): Promise<void> {
    return busy.work("opening the model", async () => {
      const { card: origin } = await kept!.manifest(name);
      const report = await engine.describe(readerId(name));
      show({ name, report, file: { layout: text(origin?.from), path: text(origin?.path) } });
      start();
      return undefined;
    });
  }

  function show(next: Subject) {
    if (subject && subject.name !== next.name && readerId(subject.name) !== value)
      engine.forget(readerId(subject.name)); // it was looked at, and never ran
    subject = next;
    heading.textContent = next.report.title;
    facts.replaceChildren(modelFacts(next.report, next.file, chapterFit(chapters, next.report.family)));
    keep.setModel(next.report);
    keep.element.hidden = isKeptCopy(next);
    run.hidden = readerId(next.name) === value;
    card.hidden = false;
  }

  function start() {
    run.hidden = true;
    hand(readerId(subject!.name));
  }

  function leave() {
    const left = subject && readerId(subject.name);
    subject = null;
    card.hidden = true;
    hand(null);
    if (left) engine.forget(left);
  }

  /** Hands a model to the figures, and lets go of the one before. A kept one stands in the address, for a reload. */
  function hand(id: string | null) {
    if (id === value) return;
    const old = value;
    value = id;
    const url = new URL(location.href);
    if (id && subject && isKeptCopy(subject)) url.searchParams.set(PARAMETER, id);
    else url.searchParams.delete(PARAMETER);
    history.replaceState(history.state, "", url);
    element.dispatchEvent(new Event("input", { bubbles: true }));
    if (old) engine.forget(old);
  }

  function write(
    { name, report, file }: Subject,
    { title, dtype }: KeepChoice,
    signal: AbortSignal,
    say: Say,
    onShard: (shard: WrittenShard) => void,
  ): Promise<Manifest> {
    let bytes = 0;
    const card = { from: file.layout, path: file.path, parameters: report.parameters };
    const options = { id: name, title, dtype, licence: report.licence, card };
    return engine.write(readerId(name), options, {
      signal,
      onShard(shard) {
        bytes += shard.bytes.length;
        say(`writing the shards, ${formatBytes(bytes)} so far`);
        onShard(shard);
      },
    });
  }

  function keepModel(choice: KeepChoice): Promise<void> {
    return busy.work("writing the shards", async (signal, say) => {
      if (!kept) throw new Error(NO_STORAGE);
      const chosen = subject!;
      await navigator.storage?.persist?.(); // asks the browser not to clear it when space runs short
      await exclusively(() =>
        kept.keep(chosen.name, (onShard) => write(chosen, choice, signal, say, onShard)),
      );
      await list!.refresh();
      return keptSentence(choice.title, chapterFit(chapters, chosen.report.family));
    });
  }

  function downloadModel(choice: KeepChoice): Promise<void> {
    return busy.work("writing the shards", async (signal, say) => {
      const chosen = subject!;
      const files: KeptFile[] = [];
      const manifest = await write(chosen, choice, signal, say, ({ file, bytes }) =>
        files.push({ file, blob: new Blob([bytes]) }),
      );
      const json = `${JSON.stringify(manifest, null, 1)}\n`;
      return offer(chosen.name, [{ file: "manifest.json", blob: new Blob([json]) }, ...files]);
    });
  }

  async function offer(name: string, files: readonly KeptFile[]): Promise<string> {
    const blob = await packModel(name, files);
    offerDownload(blob, `${name}.zip`);
    return `${name}.zip, ${formatBytes(blob.size)}, is with your downloads.`;
  }

  await list?.refresh();
  const asked = new URL(location.href).searchParams.get(PARAMETER);
  if (asked?.startsWith("reader:") && kept) void open(asked.slice("reader:".length));
  return Object.defineProperty(element, "value", { get: () => value }) as unknown as HTMLElement & {
    value: string | null;
  };
}

const isKeptCopy = ({ file }: Subject) => file.format === undefined;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
