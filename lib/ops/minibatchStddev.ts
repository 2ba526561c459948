import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/**
 * Minibatch standard deviation: shows the discriminator how much the pictures of a group differ.
 *
 * 1. Splits the batch into groups: sample n belongs to group n mod (N / G), the official strided order.
 * 2. Takes the standard deviation over the group for each pixel and channel.
 * 3. Averages over pixels and over each of the `channels` runs of neighbouring channels: [N / G, F] numbers.
 * 4. Appends them as F constant channels to every sample of their group.
 *
 * @param x features, [N, H, W, C]
 * @param groupSize samples in a group, G; a smaller batch is one group; null: the batch
 * @param channels channels to append, F
 * @returns features, [N, H, W, C + F]
 * @throws Error when the batch does not divide into groups, or C into F
 *
 * Source: Karras et al. 2018, section 3; groups and channels as in Karras et al. 2020a.
 */
export function minibatchStddev(x: Tensor4D, groupSize: number | null = 4, channels = 1): Tensor4D {
  const [n, h, w, c] = x.shape;
  const group = Math.min(groupSize ?? n, n);
  if (!Number.isInteger(group) || group < 1 || n % group !== 0) {
    throw new Error(`a batch of ${n} does not divide into groups of ${group}`);
  }
  if (!Number.isInteger(channels) || channels < 1 || c % channels !== 0) {
    throw new Error(`${c} channels do not divide into ${channels} runs`);
  }
  const groups = n / group;
  return tf.tidy(() => {
    const members = tf.reshape(x, [group, groups * h * w * c]); // [G, (N / G) * H * W * C]
    const centred = tf.sub(members, tf.mean(members, 0, true));
    const stddev = tf.sqrt(tf.add(tf.mean(tf.square(centred), 0), 1e-8));
    const perGroup = tf.mean(tf.reshape(stddev, [groups, h * w, channels, c / channels]), [1, 3]); // [N / G, F]
    const maps = tf.tile(tf.reshape(perGroup, [groups, 1, 1, channels]), [group, h, w, 1]); // [N, H, W, F]
    return tf.concat([x, maps as Tensor4D], 3);
  });
}
