/** Seeded damage to a file: what downloads, disks and attackers do. */

/** Numbers in [0, 1) from a seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LENGTHS = [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/**
 * A damaged copy of a file: by the seed, bits flipped, bytes replaced, the end cut off, a part left out or doubled, or
 * four or eight bytes overwritten with a length. Nine of ten positions lie in the given stretches of structure: any
 * value fits the bytes of an array.
 */
export function mutate(
  bytes: Uint8Array,
  structure: readonly (readonly [number, number])[],
  seed: number,
): Uint8Array {
  const random = randomOf(seed);
  const below = (n: number) => Math.floor(random() * n);
  const position = () => {
    const stretch = structure[below(structure.length)];
    if (!stretch || random() < 0.1) return below(bytes.length);
    return stretch[0] + below(stretch[1] - stretch[0]);
  };
  const out = bytes.slice();
  switch (below(6)) {
    case 0:
      for (let i = below(8); i >= 0; --i) out[position()]! ^= 1 << below(8);
      return out;
    case 1:
      for (let i = below(8); i >= 0; --i) out[position()] = below(256);
      return out;
    case 2:
      return out.slice(0, position());
    case 3: {
      const at = position();
      const next = at + 1 + below(16);
      return new Uint8Array([...out.subarray(0, at), ...out.subarray(next)]);
    }
    case 4: {
      const at = position();
      const next = Math.min(at + 1 + below(64), out.length);
      return new Uint8Array([...out.subarray(0, next), ...out.subarray(at)]);
    }
    default: {
      const view = new DataView(out.buffer);
      const at = Math.min(position(), out.length - 8);
      view.setUint32(at, LENGTHS[below(LENGTHS.length)]!, true);
      if (random() < 0.5) view.setUint32(at + 4, LENGTHS[below(LENGTHS.length)]!, true);
      return out;
    }
  }
}

/** The stretches of a file a reader asks for before any array is read. */
export async function structureOf(
  bytes: Uint8Array,
  read: (source: {
    size: number;
    read(offset: number, length: number): Promise<Uint8Array>;
  }) => Promise<unknown>,
): Promise<[number, number][]> {
  const seen: [number, number][] = [];
  await read({
    size: bytes.length,
    async read(offset, length) {
      seen.push([offset, offset + length]);
      return bytes.subarray(offset, offset + length);
    },
  });
  return seen.filter(([from, to]) => to > from);
}
