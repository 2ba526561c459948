import { describe, expect, it } from "vitest";
import { chapterFit, keptSentence } from "../../../src/components/own-model/chapter-fit.js";

const CHAPTERS = [
  { name: "AdaIN", path: "/chapters/adain", network: "StyleGAN1" },
  { name: "Weight demodulation", path: "/chapters/weight-demodulation", network: "StyleGAN2" },
  { name: "LOD blending", path: "/chapters/lod-blending", network: "StyleGAN1, StyleGAN2" },
  { name: "To come", path: "/chapters/to-come", network: "StyleGAN1" },
  { name: "Reading", path: "/chapters/reading", network: "" },
];

describe("chapterFit", () => {
  it("takes every chapter about the family, also one about several", () => {
    const names = (family: "stylegan1" | "stylegan2") =>
      chapterFit(CHAPTERS, family).fits.map(({ name }) => name);
    expect(names("stylegan1")).toEqual(["AdaIN", "LOD blending", "To come"]);
    expect(names("stylegan2")).toEqual(["Weight demodulation", "LOD blending"]);
  });

  it("says of every other chapter what is needed, and what the family has instead where that is known", () => {
    const { fits, others } = chapterFit(CHAPTERS, "stylegan3");
    expect(fits).toEqual([]);
    expect(others.map(({ chapter, why }) => `${chapter.name}: ${why}`)).toEqual([
      "AdaIN: a StyleGAN1 is needed; it modulates the weights of its convolutions and has no AdaIN",
      "Weight demodulation: a StyleGAN2 is needed; it demodulates too, but without the noise, the blocks and the RGB skips of the figures",
      "LOD blending: a StyleGAN1 or StyleGAN2 is needed; it makes no picture of a lower resolution that could be blended",
      "To come: a StyleGAN1 is needed",
    ]);
  });
});

describe("keptSentence", () => {
  it("names the chapters that offer the model", () =>
    expect(keptSentence("Faces", chapterFit(CHAPTERS, "stylegan2"))).toBe(
      "Faces is kept. It is now in the choice of model of these chapters: Weight demodulation, LOD blending.",
    ));
  it("promises no chapter where there is none", () =>
    expect(keptSentence("Faces", chapterFit(CHAPTERS, "stylegan3"))).toMatch(
      /no chapter about its network yet/,
    ));
});
