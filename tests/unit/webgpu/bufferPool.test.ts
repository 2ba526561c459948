import fc from "fast-check";
import { expect, it } from "vitest";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { boundPool } from "../../../lib/webgpu/bufferPool.js";

interface Buffer {
  readonly size: number;
  readonly usage: number;
  alive: boolean;
  destroy(): void;
}

/** A back end with a device that counts. */
function counted(mostFree: number) {
  const made: Buffer[] = [];
  const device = {
    createBuffer({ size, usage }: GPUBufferDescriptor) {
      const buffer: Buffer = { size, usage, alive: true, destroy: () => (buffer.alive = false) };
      made.push(buffer);
      return buffer;
    },
  };
  const backend = { device } as unknown as WebGPUBackend;
  const counts = boundPool(backend, mostFree);
  const alive = () => made.filter((one) => one.alive).reduce((sum, { size }) => sum + size, 0);
  return { pool: backend.bufferManager, counts, alive };
}

const steps = fc.array(fc.record({ take: fc.boolean(), size: fc.constantFrom(4, 8, 64), at: fc.nat() }), {
  maxLength: 60,
});

it("keeps no more free bytes than it may, counts what exists, and never hands out a buffer twice", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 200 }), (list, mostFree) => {
      const { pool, counts, alive } = counted(mostFree);
      const held: GPUBuffer[] = [];
      let peak = 0;
      for (const { take, size, at } of list) {
        if (take) {
          const buffer = pool.acquireBuffer(size, 1);
          expect(held).not.toContain(buffer);
          expect(buffer.size).toBe(size);
          expect((buffer as unknown as Buffer).alive).toBe(true);
          held.push(buffer);
        } else if (held.length > 0) pool.releaseBuffer(held.splice(at % held.length, 1)[0]!);
        const used = held.reduce((sum, buffer) => sum + buffer.size, 0);
        peak = Math.max(peak, alive());
        expect(pool.numBytesUsed).toBe(used);
        expect(counts.numBytesAllocated).toBe(alive());
        expect(alive() - used).toBeLessThanOrEqual(mostFree);
      }
      expect(counts.peak).toBeGreaterThanOrEqual(peak);
      pool.dispose();
      expect(alive()).toBe(0);
    }),
    { seed: 5 },
  );
});

it("serves a tensor of the same size with a buffer that was let go", () => {
  const { pool, alive } = counted(64);
  const first = pool.acquireBuffer(64, 1);
  pool.releaseBuffer(first);
  expect(pool.acquireBuffer(64, 2)).not.toBe(first); // another use
  expect(pool.acquireBuffer(64, 1)).toBe(first);
  expect(alive()).toBe(128);
});
