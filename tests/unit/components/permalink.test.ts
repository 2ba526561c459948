import { describe, expect, it } from "vitest";
import { codec } from "../../../src/components/codec.js";
import {
  addressOf,
  bindPermalink,
  bindSettings,
  permalink,
  type PermalinkEffects,
} from "../../../src/components/permalink.js";
import { allOf, sideOf, valueOf, type KeptSetting } from "../../../src/components/own-setting.js";
import { createExperiment } from "../../../src/components/store.js";

function browser(href: string): PermalinkEffects & { address: string; flush(): void } {
  let pending: (() => void) | null = null;
  const effects = {
    address: href,
    href: () => effects.address,
    replace: (next: string) => void (effects.address = next),
    later: (callback: () => void) => void (pending = callback),
    flush: () => pending?.(),
  };
  return effects;
}

describe("permalink", () => {
  it("replaces a figure's own keys and leaves those of others", () => {
    const href = "https://book.example/adain?model=a&one.psi=1&two.psi=2#one";
    expect(permalink(href, "one.", "one.lod=3")).toBe(
      "https://book.example/adain?model=a&two.psi=2&one.lod=3#one",
    );
    expect(permalink("https://book.example/?x=%E0%A4%A", "one.", "one.psi=1")).toBe(
      "https://book.example/?x=%E0%A4%A&one.psi=1",
    );
    expect(permalink(href, "one.", "")).toBe("https://book.example/adain?model=a&two.psi=2#one");
  });
});

describe("bindPermalink", () => {
  it("shows what the address says", () => {
    const store = createExperiment();
    const bound = bindPermalink(store, "one", codec, browser("https://book.example/?one.psi=0.25&two.psi=1"));
    expect(store.value.psi).toBe(0.25);
    expect(bound.problems).toEqual([]);
  });

  it("keeps the defaults and says so when the address is nonsense", () => {
    const store = createExperiment();
    const bound = bindPermalink(
      store,
      "one",
      codec,
      browser("https://book.example/?one.psi=plenty&one.lod=2"),
    );
    expect(store.value).toEqual({ ...store.base, lod: 2 });
    expect(bound.problems).toHaveLength(1);
    expect(bound.problems[0]).toMatch(/psi/i);
  });

  it("writes changes into the address, later, and only what differs", () => {
    const effects = browser("https://book.example/?model=a");
    const store = createExperiment();
    const bound = bindPermalink(store, "one", codec, effects);
    store.patch({ psi: 1 });
    expect(effects.address).toBe("https://book.example/?model=a");
    effects.flush();
    expect(effects.address).toBe("https://book.example/?model=a&one.psi=1");
    expect(bound.link()).toBe("https://book.example/?model=a&one.psi=1#one");
    store.reset();
    effects.flush();
    expect(effects.address).toBe("https://book.example/?model=a");
  });

  it("gives other figures of the same store its address, and none for a store that is not bound", () => {
    const store = createExperiment();
    expect(addressOf(store)).toBeNull();
    bindPermalink(store, "one", codec, browser("https://book.example/?model=a"));
    store.patch({ look: { tap: "layer7", channel: 3 } });
    expect(addressOf(store)).toBe("https://book.example/?model=a&one.look=layer7:3");
  });

  it("brings a link back to the same experiment", () => {
    const effects = browser("https://book.example/");
    const store = createExperiment();
    const bound = bindPermalink(store, "one", codec, effects);
    store.patch({
      latent: { x: 8.25, y: 3 },
      mixing: { seed: 12, from: 4, to: 8 },
      look: { tap: "layer7", channel: 3 },
    });
    const copy = createExperiment();
    bindPermalink(copy, "one", codec, browser(bound.link()));
    expect(copy.value).toEqual(store.value);
  });
});

describe("bindSettings", () => {
  /** A whole number below ten that a figure keeps for itself, and what was done to it. */
  function digit(key: string, base: number): KeptSetting & { value: number; told: number } {
    const setting = {
      key,
      value: base,
      told: 0,
      changed: () => setting.value !== base,
      reset: () => void (setting.value = base),
      text: () => String(setting.value),
      take(text: string) {
        if (!/^\d$/.test(text)) return false;
        setting.value = Number(text);
        setting.told += 1;
        return true;
      },
    };
    return setting;
  }

  it("takes what the address says, tells the figure, and says what it could not take", () => {
    const [seeds, pairs] = [digit("seeds", 3), digit("pairs", 3)];
    const address =
      "https://book.example/?scores~seeds=7&scores~pairs=many&scores~what=1&scores.psi=1&other~seeds=2";
    const problems = bindSettings([seeds, pairs], "scores", browser(address)).read();
    expect([seeds.value, seeds.told, pairs.value, pairs.told]).toEqual([7, 1, 3, 0]);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/pairs=many/);
    expect(problems[1]).toMatch(/what/);
  });

  it("writes only what differs, beside the experiment and the settings of others", () => {
    const effects = browser("https://book.example/?scores.psi=1&other~seeds=2");
    const [seeds, pairs] = [digit("seeds", 3), digit("pairs", 3)];
    const own = bindSettings([seeds, pairs], "scores", effects);
    seeds.value = 8;
    own.write();
    expect(effects.address).not.toContain("scores~");
    effects.flush();
    expect(effects.address).toBe("https://book.example/?scores.psi=1&other~seeds=2&scores~seeds=8");
    expect(own.into("https://book.example/#scores")).toBe("https://book.example/?scores~seeds=8#scores");
    const read = digit("seeds", 3);
    expect(bindSettings([read], "scores", effects).read()).toEqual([]);
    expect(read.value).toBe(8);
    allOf(seeds, pairs).reset();
    own.write();
    effects.flush();
    expect(effects.address).toBe("https://book.example/?scores.psi=1&other~seeds=2");
  });

  it("does not take a figure's settings for parts of its experiment", () => {
    const store = createExperiment();
    const bound = bindPermalink(
      store,
      "one",
      codec,
      browser("https://book.example/?one~seeds=4&one.psi=0.5"),
    );
    expect(bound.problems).toEqual([]);
    expect(store.value).toEqual({ ...store.base, psi: 0.5 });
  });
});

describe("a setting's text", () => {
  it("has the type of the base, or is none", () => {
    expect([valueOf("0.5", 1), valueOf("", 1), valueOf("x", 1), valueOf("1e999", 1)]).toEqual([
      0.5,
      null,
      null,
      null,
    ]);
    expect([valueOf("true", false), valueOf("false", true), valueOf("1", true)]).toEqual([true, false, null]);
    expect(valueOf("one", "each")).toBe("one");
  });

  it("names a resolution from 4 to 1024, or none", () => {
    expect(["4", "64", "1024"].map(sideOf)).toEqual([4, 64, 1024]);
    expect(["2", "63", "2048", "6.4e1", "-8", ""].map(sideOf)).toEqual(Array(6).fill(null));
  });
});
