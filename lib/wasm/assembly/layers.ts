// What a layer does to a map [pixels, C] of 32-bit floats behind its convolution. Pointers are bytes; C is a multiple of 4.

/** Sums of so many pixels are added up apart, so that small numbers are not lost in a large sum. */
const BLOCK: i32 = 1024;

@inline function clear(pointer: usize, stride: i32): void {
  memory.fill(pointer, 0, <usize>stride);
}

@inline function accumulate(pointer: usize, value: v128): void {
  v128.store(pointer, f32x4.add(v128.load(pointer), value));
}

/**
 * Instance normalisation, y = (x - mean) / sqrt(variance + epsilon), and a style behind it: y * (scale + 1) + shift.
 *
 * @param style C scales and C shifts, or 0 for none
 * @param work room for 3 C numbers
 */
export function normalise(
  source: usize,
  target: usize,
  pixels: i32,
  channels: i32,
  epsilon: f32,
  style: usize,
  work: usize,
): void {
  const stride = channels << 2;
  const mean = work;
  const spread = work + <usize>stride;
  const block = spread + <usize>stride;
  const end = pixels * stride;
  const share = f32x4.splat(<f32>1 / <f32>pixels);

  clear(mean, stride);
  for (let first = 0; first < end; first += BLOCK * stride) {
    clear(block, stride);
    const last = min(first + BLOCK * stride, end);
    for (let at = first; at < last; at += stride) {
      for (let c = 0; c < stride; c += 16) accumulate(block + <usize>c, v128.load(source + <usize>(at + c)));
    }
    for (let c = 0; c < stride; c += 16) accumulate(mean + <usize>c, v128.load(block + <usize>c));
  }
  for (let c = 0; c < stride; c += 16) {
    const sum = mean + <usize>c;
    v128.store(sum, f32x4.mul(v128.load(sum), share));
  }

  clear(spread, stride);
  for (let first = 0; first < end; first += BLOCK * stride) {
    clear(block, stride);
    const last = min(first + BLOCK * stride, end);
    for (let at = first; at < last; at += stride) {
      for (let c = 0; c < stride; c += 16) {
        const centred = f32x4.sub(v128.load(source + <usize>(at + c)), v128.load(mean + <usize>c));
        accumulate(block + <usize>c, f32x4.mul(centred, centred));
      }
    }
    for (let c = 0; c < stride; c += 16) accumulate(spread + <usize>c, v128.load(block + <usize>c));
  }

  // y = (x - mean) * factor + shift
  const factor = spread;
  const centre = mean;
  for (let c = 0; c < stride; c += 16) {
    const variance = f32x4.mul(v128.load(spread + <usize>c), share);
    let scale = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon))));
    let shift = f32x4.splat(0);
    if (style) {
      scale = f32x4.mul(scale, f32x4.add(v128.load(style + <usize>c), f32x4.splat(1)));
      shift = v128.load(style + <usize>(stride + c));
    }
    v128.store(factor + <usize>c, scale);
    v128.store(block + <usize>c, shift);
  }
  for (let at = 0; at < end; at += stride) {
    for (let c = 0; c < stride; c += 16) {
      const centred = f32x4.sub(v128.load(source + <usize>(at + c)), v128.load(centre + <usize>c));
      v128.store(
        target + <usize>(at + c),
        f32x4.add(f32x4.mul(centred, v128.load(factor + <usize>c)), v128.load(block + <usize>c)),
      );
    }
  }
}

/**
 * y = clamp(gain * leakyReLU(x + strength * noise + bias)), for each pixel and channel.
 *
 * @param noise a number for each pixel
 * @param strength a number for each channel
 * @param bias a number for each channel
 * @param slope of the negative side; 1: no activation
 */
export function finish(
  source: usize,
  target: usize,
  pixels: i32,
  channels: i32,
  noise: usize,
  strength: usize,
  bias: usize,
  slope: f32,
  gain: f32,
  clamp: f32,
): void {
  const stride = channels << 2;
  const end = pixels * stride;
  const low = f32x4.splat(-clamp);
  const high = f32x4.splat(clamp);
  const slopes = f32x4.splat(slope);
  const gains = f32x4.splat(gain);
  const zero = f32x4.splat(0);
  for (let at = 0; at < end; at += stride) {
    const pixel = v128.load32_splat(noise);
    noise += 4;
    for (let c = 0; c < stride; c += 16) {
      const scaled = f32x4.mul(pixel, v128.load(strength + <usize>c));
      const y = f32x4.add(f32x4.add(v128.load(source + <usize>(at + c)), scaled), v128.load(bias + <usize>c));
      const bent = v128.bitselect(f32x4.mul(y, slopes), y, f32x4.lt(y, zero));
      v128.store(target + <usize>(at + c), f32x4.min(high, f32x4.max(low, f32x4.mul(bent, gains))));
    }
  }
}
