import type { Family } from "../../lib/weights/parameters.js";
import { FAMILY_TITLES } from "../../lib/weights/parameters.js";
import { html } from "../../lib/figure/dom.js";
import { siteRoot } from "../site.js";

/** A chapter as `contents.json` lists it. */
export interface ChapterNetworks {
  readonly name: string;
  readonly path: string;
  /** Titles of the families it is about, with commas between. */
  readonly network: string;
}

/** What a family has instead of what a chapter is about; by the last part of the chapter's path. */
const INSTEAD: Readonly<Record<string, Partial<Record<Family, string>>>> = {
  adain: {
    stylegan2: "it modulates the weights of its convolutions and has no AdaIN",
    stylegan3: "it modulates the weights of its convolutions and has no AdaIN",
  },
  "droplet-artifacts": {
    stylegan2: "it has no instance normalisation, which the droplets come from",
    stylegan3: "it has no instance normalisation, which the droplets come from",
  },
  "weight-demodulation": {
    stylegan1: "it normalises feature maps with AdaIN and demodulates nothing",
    stylegan3: "it demodulates too, but without the noise, the blocks and the RGB skips of the figures",
  },
  "lod-blending": {
    stylegan3: "it makes no picture of a lower resolution that could be blended",
  },
  "path-length": {
    stylegan1: "its training knew no path-length penalty",
    stylegan3: "its training uses no path-length penalty",
  },
};

export interface ChapterFit<Chapter extends ChapterNetworks = ChapterNetworks> {
  readonly fits: readonly Chapter[];
  /** Chapters it does not fit, each with a clause that says why. */
  readonly others: readonly { readonly chapter: Chapter; readonly why: string }[];
}

/** The chapters that a model of a family can run in, and what it lacks for the others. */
export function chapterFit<Chapter extends ChapterNetworks>(
  chapters: readonly Chapter[],
  family: Family,
): ChapterFit<Chapter> {
  const families = ({ network }: Chapter) => network.split(",").map((title) => title.trim());
  const fits = chapters.filter((chapter) => families(chapter).includes(FAMILY_TITLES[family]));
  const others = chapters
    .filter((chapter) => chapter.network !== "" && !fits.includes(chapter))
    .map((chapter) => {
      const needed = `a ${families(chapter).join(" or ")} is needed`;
      const instead = INSTEAD[chapter.path.split("/").at(-1)!]?.[family];
      return { chapter, why: instead === undefined ? needed : `${needed}; ${instead}` };
    });
  return { fits, others };
}

/** The fit in words, with a way on: "AdaIN: a StyleGAN1 is needed; ..." */
export function fitFacts({ fits, others }: ChapterFit): {
  readonly runsIn: Node;
  readonly lacks: Node | null;
} {
  const link = ({ name, path }: ChapterNetworks) =>
    html("a", { href: `${siteRoot()}${path.slice(1)}` }, name);
  const named = fits.flatMap((chapter, i) => (i === 0 ? [link(chapter)] : [", ", link(chapter)]));
  const runsIn =
    fits.length === 0
      ? html("span", {}, "on this page; the book has no chapter about its network yet")
      : html("span", {}, "on this page, and once it is kept in ", ...named);
  if (others.length === 0) return { runsIn, lacks: null };
  const lines = others.map(({ chapter, why }) => html("li", {}, link(chapter), `: ${why}.`));
  const wayOn = "These chapters run on the book's models. Here you can look into every layer of yours.";
  return { runsIn, lacks: html("div", {}, html("ul", {}, ...lines), wayOn) };
}

/** What was kept, and where it is offered from now on. */
export function keptSentence(title: string, { fits }: ChapterFit): string {
  if (fits.length === 0)
    return `${title} is kept. The book has no chapter about its network yet; it opens on this page.`;
  const names = fits.map(({ name }) => name).join(", ");
  return `${title} is kept. It is now in the choice of model of these chapters: ${names}.`;
}
