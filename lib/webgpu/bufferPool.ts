import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** Bytes of buffers that wait in the book's engine: a 1024x1024 pass of StyleGAN2-F then stays below 500 MB. */
export const FREE_BYTES = 2 ** 26;

/** What the back end asks of its buffers' keeper. */
type Keeper = WebGPUBackend["bufferManager"];

/**
 * Has a back end keep no more than `mostFree` bytes of buffers for which there is no tensor. Its own keeper keeps all
 * until the end, and a buffer serves only tensors of exactly its size: after a large pass that is most of a device's
 * memory.
 *
 * Call it before the back end is used.
 *
 * @returns counts of what is allocated, from now on
 */
export function boundPool(backend: WebGPUBackend, mostFree: number): BufferCounts {
  const pool = new BufferPool(backend.device, mostFree);
  (backend as { bufferManager: Keeper }).bufferManager = pool as unknown as Keeper;
  return pool;
}

export interface BufferCounts {
  /** Bytes of buffers that exist. */
  readonly numBytesAllocated: number;
  /** The most there have been since `peak` was last set. */
  peak: number;
}

/** Buffers that wait are the latest that were let go: those of the sizes in use. */
class BufferPool implements BufferCounts {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  peak = 0;
  readonly #used = new Set<GPUBuffer>();
  /** Oldest first. */
  readonly #free = new Set<GPUBuffer>();

  constructor(
    private readonly device: GPUDevice,
    private readonly mostFree: number,
  ) {}

  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const buffer =
      (reuse ? this.#waiting(size, usage) : null) ?? this.#create({ size, usage, mappedAtCreation });
    this.#used.add(buffer);
    this.numBytesUsed += size;
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.#used.delete(buffer)) return; // after dispose
    this.numBytesUsed -= buffer.size;
    if (!reuse) return this.#destroy(buffer);
    this.#free.add(buffer);
    for (const oldest of this.#free) {
      if (this.numBytesAllocated - this.numBytesUsed <= this.mostFree) return;
      this.#free.delete(oldest);
      this.#destroy(oldest);
    }
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return this.#free.size;
  }

  dispose(): void {
    for (const buffer of [...this.#used, ...this.#free]) this.#destroy(buffer);
    this.#used.clear();
    this.#free.clear();
    this.numBytesUsed = 0;
  }

  #waiting(size: number, usage: number): GPUBuffer | null {
    for (const buffer of this.#free)
      if (buffer.size === size && buffer.usage === usage) {
        this.#free.delete(buffer);
        return buffer;
      }
    return null;
  }

  #create(descriptor: GPUBufferDescriptor): GPUBuffer {
    const buffer = this.device.createBuffer(descriptor);
    this.numBytesAllocated += descriptor.size;
    this.peak = Math.max(this.peak, this.numBytesAllocated);
    return buffer;
  }

  #destroy(buffer: GPUBuffer): void {
    buffer.destroy();
    this.numBytesAllocated -= buffer.size;
  }
}
