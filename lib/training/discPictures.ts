/** A disc on a dark ground. */
export interface Disc {
  /** Centre in parts of the picture's side, from the left and from the top. */
  readonly x: number;
  readonly y: number;
  /** 0: orange, 1: blue, and what lies between. */
  readonly blue: number;
}

const RADIUS = 0.22; // of the picture's side
const GROUND = [-0.75, -0.75, -0.7] as const;
const ORANGE = [0.9, 0.3, -0.6] as const;
const BLUE = [-0.6, 0.1, 0.9] as const;

/** How fast the disc crosses the picture where z[0] is near 0: most latents have it on the left or on the right. */
const HASTE = 6;

/**
 * The disc that a latent stands for. The first two numbers of z, after its normalisation, are read: the first one
 * decides the place, in a sudden move from the left to the right; the second one the colour, at an even pace.
 *
 * @param z a latent as it is drawn, at least two numbers
 */
export function discOf(z: Float32Array): Disc {
  let squares = 0;
  for (const value of z) squares += value ** 2;
  const scale = 1 / Math.sqrt(squares / z.length + 1e-8); // second moment 1, as the mapping network begins
  const place = 1 / (1 + Math.exp(-HASTE * z[0]! * scale));
  const colour = 0.5 + (z[1]! * scale) / (2 * Math.sqrt(z.length));
  return { x: 0.28 + 0.44 * place, y: 0.5, blue: colour };
}

/**
 * Draws a disc with a soft edge.
 * @returns RGB in -1 .. 1, side x side x 3, row by row
 */
export function drawDisc({ x, y, blue }: Disc, side: number): Float32Array {
  const picture = new Float32Array(side * side * 3);
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      const distance = side * Math.hypot((j + 0.5) / side - x, (i + 0.5) / side - y);
      const inside = Math.min(1, Math.max(0, (RADIUS * side - distance) / 2 + 0.5)); // an edge of two pixels
      for (let c = 0; c < 3; c++) {
        const colour = (1 - blue) * ORANGE[c]! + blue * BLUE[c]!;
        picture[(i * side + j) * 3 + c] = GROUND[c]! + inside * (colour - GROUND[c]!);
      }
    }
  return picture;
}
