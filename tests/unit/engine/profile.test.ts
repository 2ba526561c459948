import { describe, expect, it } from "vitest";
import {
  bytesOf,
  createRecorder,
  profileOf,
  sum,
  type PassRecord,
  type StepRecord,
} from "../../../lib/engine/profile.js";
import { stylegan1Layers } from "../../../lib/networks/stylegan1Plan.js";
import { stylegan2Layers } from "../../../lib/networks/stylegan2Plan.js";

const SG2 = stylegan2Layers({
  z_dim: 4,
  c_dim: 0,
  w_dim: 4,
  img_resolution: 16,
  img_channels: 3,
  synthesis_kwargs: { channels: { 4: 4, 8: 3, 16: 2 } },
});
const SG1 = stylegan1Layers({ resolution: 16, channels: { 4: 4, 8: 3, 16: 2 } });
const at = (layers: typeof SG2, name: string) => layers.findIndex((layer) => layer.name === name);

function record(taps: readonly string[], rest: Partial<PassRecord> = {}): PassRecord {
  return {
    first: 0,
    last: Infinity,
    kept: [],
    steps: taps.map((tap, i) => ({ tap, milliseconds: 10 + i })),
    finish: null,
    milliseconds: 1000,
    ...rest,
  };
}

const WHOLE = ["b4.conv1", "b4.img", "b8.conv0", "b8.conv1", "b8.img", "b16.conv0", "b16.conv1", "b16.img"];

describe("the profile of a pass", () => {
  it("has a row for each layer, and its rows sum to the total", () => {
    const { rows, total, clock } = profileOf(SG2, record(WHOLE));
    expect(rows.map(({ name }) => name)).toEqual(WHOLE);
    expect(rows.every(({ state }) => state === "ran")).toBe(true);
    expect(total).toEqual(sum(rows));
    expect(total.milliseconds).toBe(10 + 11 + 12 + 13 + 14 + 15 + 16 + 17);
    expect(total.multiplyAdds).toBe(SG2.reduce((all, layer) => all + layer.multiplyAdds, 0));
    expect(total.bytes).toBe(SG2.reduce((all, layer) => all + bytesOf(layer), 0));
    expect([total.dispatches, clock]).toEqual([null, "wall"]);
  });

  it("counts a block's RGB with the picture it is added to, whether or not both are yielded", () => {
    const together = profileOf(SG2, record(WHOLE)).rows.find(({ name }) => name === "b8.img")!;
    const apart = profileOf(SG2, record([...WHOLE.slice(0, 4), "b8.torgb", ...WHOLE.slice(4)]));
    const row = apart.rows.find(({ name }) => name === "b8.img")!;
    expect(row.also).toEqual(["b8.torgb"]);
    expect(row.milliseconds).toBe(14 + 15);
    expect(row.multiplyAdds).toBe(together.multiplyAdds);
    expect(row.multiplyAdds).toBe(64 * 3 * 3);
  });

  it("counts inner taps as parts of their layer", () => {
    const steps = ["layer0", "layer1.conv", "layer1.noise", "layer1", "output0"];
    const { rows } = profileOf(SG1, record(steps, { last: at(SG1, "output0") }));
    expect(rows.find(({ name }) => name === "layer1")!.milliseconds).toBe(11 + 12 + 13);
    expect(rows.filter(({ state }) => state === "ran").map(({ name }) => name)).toEqual([
      "layer0",
      "layer1",
      "output0",
    ]);
  });

  it("says of layers before the first that ran that they are kept, not that they took no time", () => {
    const first = at(SG2, "b8.conv1") + 1;
    const { rows, total } = profileOf(
      SG2,
      record(["b8.img", "b16.conv0", "b16.conv1", "b16.img"], { first }),
    );
    expect(rows.slice(0, 4).map(({ state }) => state)).toEqual(["kept", "kept", "kept", "kept"]);
    expect(total.multiplyAdds).toBe(
      rows.filter(({ state }) => state === "ran").reduce((all, row) => all + row.multiplyAdds, 0),
    );
  });

  it("does not count StyleGAN1's pictures of lower resolutions as kept when nobody has asked for them", () => {
    const first = at(SG1, "layer3") + 1;
    const { rows } = profileOf(SG1, record(["layer4", "layer5", "output2"], { first }));
    const states = Object.fromEntries(rows.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ layer3: "kept", output0: "unused", output1: "unused", layer4: "ran" });
  });

  it("leaves layers behind the last unused, and enlarging a smaller picture is a row", () => {
    const steps = ["layer0", "layer1", "layer2", "layer3", "output1"];
    const finish = { milliseconds: 7 };
    const { rows, total } = profileOf(SG1, record(steps, { last: at(SG1, "output1"), finish }));
    expect(rows.find(({ name }) => name === "layer4")!.state).toBe("unused");
    expect(rows.at(-1)).toMatchObject({ name: "enlarging", milliseconds: 7 });
    expect(total.milliseconds).toBe(10 + 11 + 12 + 13 + 14 + 7);
  });

  it("takes the device's times only when it has timed every step", () => {
    const steps = WHOLE.map((tap) => ({ tap, milliseconds: 9, dispatches: 2, deviceMilliseconds: 4 }));
    const whole = profileOf(SG2, record([], { steps }));
    expect([whole.clock, whole.total.milliseconds, whole.total.dispatches]).toEqual(["device", 32, 16]);
    const untimed: StepRecord = { tap: WHOLE[3]!, milliseconds: 9, dispatches: 2 };
    const partly = profileOf(SG2, record([], { steps: steps.map((step, i) => (i === 3 ? untimed : step)) }));
    expect([partly.clock, partly.total.milliseconds]).toEqual(["wall", 72]);
  });
});

describe("a recorder", () => {
  it("notes the steps of the pass that counts, and nothing of one that began anew", () => {
    const recorder = createRecorder();
    const step = (tap: string) => ({ kind: "layer", tap, index: 0, count: 1, milliseconds: 1 }) as const;
    recorder.hear({ kind: "pass", first: 0, last: 9, kept: [] });
    recorder.hear(step("b4.conv1"));
    recorder.hear({ kind: "again", sentence: "once more" });
    expect(recorder.finish(5)).toBeNull();
    recorder.hear({ kind: "pass", first: 2, last: 9, kept: ["b4.conv1"] });
    recorder.hear(step("b8.conv0"));
    expect(recorder.finish(5)).toMatchObject({ first: 2, kept: ["b4.conv1"], milliseconds: 5 });
    expect(recorder.finish(5)!.steps.map(({ tap }) => tap)).toEqual(["b8.conv0"]);
  });

  it("has nothing to say of a run that is no pass over the layers", () => {
    expect(createRecorder().finish(3)).toBeNull();
  });
});
