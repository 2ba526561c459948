import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../../lib/experiment/codec.js";
import { DEFAULT_EXPERIMENT } from "../../../lib/experiment/experiment.js";
import { decodeIntervention, encodeIntervention } from "../../../lib/experiment/interventionCodec.js";
import { readExperiment } from "../../../lib/experiment/readExperiment.js";
import { experiment, intervention } from "./arbitrary.js";

describe("encode and decode", () => {
  it("bring every experiment back, from any base", () => {
    fc.assert(
      fc.property(experiment, experiment, (value, base) => {
        expect(decode(encode(value, base), base)).toEqual({ experiment: value, problems: [] });
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("bring several experiments back from one URL", () => {
    fc.assert(
      fc.property(experiment, experiment, (a, b) => {
        const url = `?${encode(a, DEFAULT_EXPERIMENT, "a.")}&${encode(b, DEFAULT_EXPERIMENT, "b.")}`;
        expect(decode(url, DEFAULT_EXPERIMENT, "a.")).toEqual({ experiment: a, problems: [] });
        expect(decode(url, DEFAULT_EXPERIMENT, "b.")).toEqual({ experiment: b, problems: [] });
      }),
      { seed: 2 },
    );
  });

  it("bring every intervention back", () => {
    fc.assert(
      fc.property(intervention, (value) => {
        expect(decodeIntervention(encodeIntervention(value))).toEqual(value);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it("never throw, whatever the URL says", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webQueryParameters(), nonsense), (text) => {
        const { experiment: read, problems } = decode(text);
        expect(decode(encode(read))).toEqual({ experiment: read, problems: [] });
        for (const problem of problems) expect(problem).toMatch(/^.+\.$/s);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});

/** Known keys with values that may or may not make sense. */
const nonsense = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        "model",
        "at",
        "psi",
        "cutoff",
        "mix",
        "noise",
        "lod",
        "do",
        "look",
        "constructor",
        "__proto__",
      ),
      fc.oneof(
        fc.string(),
        fc.constantFrom("1,2", "NaN", "1e999", "-1", "12:8-4", "zeroChannel", "paint:a,b,c"),
      ),
    ),
  )
  .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&"));

describe("encode", () => {
  it("writes only what differs, in words that a reader can follow", () => {
    expect(encode(DEFAULT_EXPERIMENT)).toBe("");
    expect(
      encode({
        ...DEFAULT_EXPERIMENT,
        latent: { x: 85, y: 0 },
        psi: 0.5,
        mixing: { seed: 12, from: 4, to: 8 },
        noise: { mode: "random", seed: 5 },
        interventions: [
          { kind: "zeroChannel", tap: "b64.conv0", channel: 3 },
          { kind: "styleScale", layers: [4, 8], factor: 1.5 },
        ],
        look: { tap: "b64.conv0", channel: 12 },
      }),
    ).toBe(
      "at=85,0&psi=0.5&mix=12:4-8&noise=random:5&do=zeroChannel:b64.conv0,3&do=styleScale:4-8,1.5&look=b64.conv0:12",
    );
  });

  it("says what is switched off when the base has it", () => {
    const base = {
      ...DEFAULT_EXPERIMENT,
      cutoff: 4,
      mixing: { seed: 1, from: 0, to: 4 },
      interventions: [{ kind: "zeroChannel", tap: "layer7", channel: 3 } as const],
      look: { tap: "layer7", channel: 3 },
    };
    expect(encode(DEFAULT_EXPERIMENT, base)).toBe("cutoff=all&mix=off&do=nothing&look=nothing");
  });
});

describe("decode", () => {
  const bad: [string, RegExp][] = [
    ["psi=7", /^Psi 7 is not within -1 \.\. 2; the default is shown instead\.$/],
    ["psi=high", /^Psi "high" is not within/],
    ["lod=-1", /^Lod -1 is not within 0 \.\. 10/],
    ["at=1", /^At=1 is not understood; write at=85,0/],
    ["mix=3:8-4", /^Mixing .* is no seed with a range of layers/],
    ["noise=loud", /^Noise .*loud.* is none of const, none, random/],
    ["do=explode:b4", /^Intervention "explode:b4" is of no known kind; there are scaleChannel/],
    ["do=zeroChannel:b64.conv0", /^Intervention "zeroChannel:b64.conv0" needs tap, channel behind its kind/],
    ["do=zeroChannel:b64.conv0,x", /has no valid channel in "x"/],
    ["cutoff=1.5", /^Cutoff 1.5 is no number of layers/],
    ["model=../../etc", /^Model "..\/..\/etc" is no name of a model/],
    ["colour=red", /^"colour" is no part of an experiment and was left out\.$/],
    ["__proto__=1", /^"__proto__" is no part/],
  ];
  it.each(bad)("names what is wrong in %s and keeps the rest", (text, sentence) => {
    const { experiment: read, problems } = decode(`#${text}&at=85,2`.replace("#at=1&at=85,2", "#at=1"));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
    if (!text.startsWith("at")) expect(read).toEqual({ ...DEFAULT_EXPERIMENT, latent: { x: 85, y: 2 } });
  });
});

describe("readExperiment", () => {
  it("brings experiments back from JSON", () => {
    fc.assert(
      fc.property(experiment, (value) => {
        expect(readExperiment(JSON.stringify(value))).toEqual({ experiment: value, problems: [] });
      }),
      { seed: 5 },
    );
  });

  it("gives the defaults and a sentence for what is no JSON", () => {
    expect(readExperiment("{psi: 0.5")).toEqual({
      experiment: DEFAULT_EXPERIMENT,
      problems: ["The experiment is no valid JSON; the defaults are shown."],
    });
    expect(readExperiment("[1]").problems).toHaveLength(1);
  });

  it("replaces bad parts one by one", () => {
    const { experiment: read, problems } = readExperiment({
      psi: 0.2,
      lod: "x",
      interventions: [{ kind: "boom" }],
      a: 1,
    });
    expect(read).toEqual({ ...DEFAULT_EXPERIMENT, psi: 0.2 });
    expect(problems).toHaveLength(3);
  });
});
