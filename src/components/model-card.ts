import { html } from "../lib/figure/dom.js";
import { parseManifest } from "../lib/weights/manifest.js";
import { siteRoot } from "./site.js";

interface Estimate {
  readonly mean: number;
  /** Standard error of the mean. */
  readonly error: number;
}

/** What data/portraits/evaluate.py measured; parts that were not run are absent. Keys of records: pixels. */
export interface CardMetrics {
  readonly fidelity?: Readonly<
    Record<"psnr" | "psnr_face" | "ssim" | "ssim_face" | "baseline" | "baseline_face", Estimate>
  > & {
    readonly count: number;
    readonly band_energy_ratio: Readonly<Record<string, number>>;
    readonly psnr_by_resolution: Readonly<Record<string, number>>;
  };
  readonly distribution?: {
    readonly count: number;
    readonly levels: Readonly<Record<string, { readonly generated: number; readonly true: number }>>;
  };
  readonly noise?: {
    readonly rms: number;
    readonly true_rms: number;
    readonly share: Readonly<Record<string, number>>;
    readonly area: Readonly<Record<string, number>>;
  };
  readonly truncation?: readonly { readonly psi: number; readonly spread: number; readonly detail: number }[];
  readonly mixing?: {
    readonly cutoff: number;
    readonly groups: Readonly<Record<string, Readonly<Record<"plain" | "from_a" | "from_b", number>>>>;
  };
}

/** The card of a model of this site: how it was trained, and the tables of what was measured. */
export async function modelCard(id: string): Promise<HTMLElement> {
  const response = await fetch(`${siteRoot()}weights/${id}/manifest.json`);
  if (!response.ok) return html("p", {}, `The card of ${id} is missing (HTTP ${response.status}).`);
  const { title, card } = parseManifest(await response.json());
  const metrics = (card?.["metrics"] ?? {}) as CardMetrics;
  return html(
    "div",
    { class: "model-card" },
    html("p", {}, String(card?.["text"] ?? "")),
    ...cardTables(metrics).map((each) => table(each, `${title}: ${each.name}`)),
  );
}

export interface CardTable {
  /** Short, for whoever goes from table to table. */
  readonly name: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a card, only of what was measured. */
export function cardTables({ fidelity, distribution, noise, truncation, mixing }: CardMetrics): CardTable[] {
  const tables: CardTable[] = [];
  if (fidelity) {
    const text = ({ mean, error }: Estimate, digits: number) =>
      `${fixed(mean, digits)} ± ${fixed(error, digits)}`;
    tables.push({
      name: "nearness to the true portraits",
      caption: `How near a picture is to the true portrait of its latent, at full size, on ${fidelity.count} latents that training never saw. The mean picture is what a network that knows nothing of the latent could do at best. ±: standard error.`,
      head: ["measure", "whole picture", "eyes to mouth"],
      rows: [
        ["PSNR, dB", text(fidelity.psnr, 1), text(fidelity.psnr_face, 1)],
        ["PSNR of the mean picture, dB", text(fidelity.baseline, 1), text(fidelity.baseline_face, 1)],
        ["SSIM", text(fidelity.ssim, 3), text(fidelity.ssim_face, 3)],
      ],
    });
  }
  if (fidelity || distribution) {
    const levels = Object.keys({ ...fidelity?.band_energy_ratio, ...distribution?.levels });
    levels.sort((a, b) => Number(a) - Number(b));
    const cell = (value: number | undefined, digits: number) =>
      value === undefined ? "–" : fixed(value, digits);
    tables.push({
      name: "level by level",
      caption:
        "Level by level. Detail: energy of that band of the Laplacian pyramid, against that of true portraits (1: as much)." +
        (distribution
          ? ` Sliced Wasserstein distance (Karras et al. 2018, section 5) of ${distribution.count} pictures from as many true portraits, times 1000, beside that of true portraits from others.`
          : ""),
      head: ["pixels", "PSNR, dB", "detail", "distance", "distance, true"],
      rows: levels.map((level) => [
        level,
        cell(fidelity?.psnr_by_resolution[level], 1),
        cell(fidelity?.band_energy_ratio[level], 2),
        cell(distribution?.levels[level]?.generated, 0),
        cell(distribution?.levels[level]?.true, 0),
      ]),
    });
  }
  if (mixing) {
    tables.push({
      name: "style mixing",
      caption: `Style mixing: the first ${mixing.cutoff} inputs w of portrait A, the others of B. Factors are read off the pictures; the table gives the share of their variance that follows (R², 1: all; below 0: none).`,
      head: ["factors", "unmixed", "follow A", "follow B"],
      rows: Object.entries(mixing.groups).map(([group, score]) => [
        group,
        ...[score.plain, score.from_a, score.from_b].map((value) => fixed(value, 2)),
      ]),
    });
  }
  if (noise) {
    tables.push({
      name: "noise",
      caption: `Noise inputs: they change a picture by ${fixed(noise.rms, 3)} (root mean square, picture from −1 to 1); the texture of true portraits, by ${fixed(noise.true_rms, 3)}. Where the network's change falls:`,
      head: ["region", "share of the change", "share of the picture"],
      rows: Object.entries(noise.share).map(([region, share]) => [
        region,
        percent(share),
        percent(noise.area[region] ?? 0),
      ]),
    });
  }
  if (truncation) {
    tables.push({
      name: "truncation",
      caption: "Truncation: how much pictures differ, and their detail above 32 pixels, against ψ = 1.",
      head: ["ψ", "spread", "detail"],
      rows: truncation.map(({ psi, spread, detail }) => [String(psi), fixed(spread, 2), fixed(detail, 2)]),
    });
  }
  return tables;
}

const fixed = (value: number, digits: number) => value.toFixed(digits).replace("-", "−");

const percent = (share: number) => `${fixed(100 * share, 0)} %`;

function table({ caption, head, rows }: CardTable, label: string): HTMLElement {
  return html(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": label },
    html(
      "table",
      {},
      html("caption", {}, caption),
      html("thead", {}, html("tr", {}, ...head.map((text) => html("th", { scope: "col" }, text)))),
      html(
        "tbody",
        {},
        ...rows.map(([name, ...cells]) =>
          html("tr", {}, html("th", { scope: "row" }, name!), ...cells.map((text) => html("td", {}, text))),
        ),
      ),
    ),
  );
}
