import { describe, expect, it } from "vitest";
import { codec } from "../../../src/components/codec.js";
import { bindPermalink, permalink, type PermalinkEffects } from "../../../src/components/permalink.js";
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
