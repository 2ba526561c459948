/** A term of the field, as the glossary defines it and as prose links to it. */
export interface Term {
  /** Anchor on the glossary page. */
  readonly id: string;
  readonly term: string;
  /** Plain text: it is also shown beside the term in prose. */
  readonly definition: string;
  /** Where it comes from or is defined. */
  readonly source?: string;
  /** How prose writes it, when not like `term`: patterns of a regular expression, case ignored. */
  readonly written?: readonly string[];
}

const KARRAS_2018 = "Karras et al. 2018";
const KARRAS_2019 = "Karras et al. 2019";
const KARRAS_2020 = "Karras et al. 2020";

/** In alphabetical order of `term`. */
export const GLOSSARY: readonly Term[] = [
  {
    id: "activation-function",
    term: "activation function",
    written: ["activation functions?"],
    definition:
      "A fixed curve that is applied to each number that a layer gives, such as the leaky ReLU. Without one, two layers in a row could do no more than a single one.",
  },
  {
    id: "adam",
    term: "Adam",
    definition:
      "A form of gradient descent that divides each weight's step by a running mean of the size of its gradients.",
    source: "Kingma & Ba 2015",
  },
  {
    id: "adain",
    term: "adaptive instance normalisation",
    written: ["adaptive instance normalisation", "AdaIN"],
    definition:
      "Normalise each channel of a feature map to mean 0 and standard deviation 1, then give it the scale and the shift that a style prescribes. AdaIN for short.",
    source: `Huang & Belongie 2017, equation 8; ${KARRAS_2019}, equation 1`,
  },
  {
    id: "affine",
    term: "affine map A",
    written: ["affine map", "learned linear map"],
    definition:
      "A fully connected layer without activation that turns w into the style of one layer. Every layer has its own.",
    source: `${KARRAS_2019}, section 2`,
  },
  {
    id: "back-end",
    term: "back end",
    written: ["back ends?"],
    definition:
      "What does the computing in the browser: WebGPU on the graphics card, or WebAssembly on the processor.",
  },
  {
    id: "batch",
    term: "batch",
    written: ["batch", "batches"],
    definition:
      "The pictures that go through a network together. A training step follows the gradient of their mean loss.",
  },
  {
    id: "channel",
    term: "channel",
    written: ["channels?"],
    definition: "One of the grey pictures that a feature map is a stack of.",
  },
  {
    id: "constant-input",
    term: "constant input",
    written: ["learned constant", "constant input"],
    definition:
      "The 4 x 4 array of learned numbers that the synthesis network starts from, the same for every picture.",
    source: `${KARRAS_2019}, section 2`,
  },
  {
    id: "demodulation",
    term: "demodulation",
    written: ["demodulation"],
    definition:
      "Dividing the modulated weights of each output channel by the standard deviation that its output is expected to have, so that a style cannot change the size of the output.",
    source: `${KARRAS_2020}, section 2.2, equations 2 and 3`,
  },
  {
    id: "discriminator",
    term: "discriminator",
    written: ["discriminator"],
    definition:
      "The network that is trained to tell the training pictures from the generator's. Its gradient teaches the generator.",
    source: "Goodfellow et al. 2014",
  },
  {
    id: "droplet",
    term: "droplet artifact",
    written: ["droplet artifacts?", "droplets?"],
    definition:
      "A small, very strong spot in StyleGAN's feature maps from about 64 x 64 on, often visible in the picture as a drop of water. It lets the generator carry signal strength through instance normalisation.",
    source: `${KARRAS_2020}, section 2`,
  },
  {
    id: "ema",
    term: "exponential moving average",
    written: ["exponential moving average", "moving average", "moving mean"],
    definition:
      "A running mean in which older values count less and less. The weights of the shipped generator are such a mean over training.",
  },
  {
    id: "feature-map",
    term: "feature map",
    written: ["feature maps?"],
    definition:
      "What a layer hands to the next one: an array of height x width x channels. Each channel says how strongly some feature is present at each place.",
  },
  {
    id: "ffhq",
    term: "FFHQ",
    definition:
      "Flickr-Faces-HQ: 70,000 photographs of faces at 1024 x 1024, on which the StyleGAN papers train and measure.",
    source: `${KARRAS_2019}, section 1 and appendix A`,
  },
  {
    id: "fid",
    term: "Fréchet inception distance",
    written: ["Fréchet inception distance", "FID"],
    definition:
      "A distance between two sets of pictures: of the means and covariances of their features in an Inception network. Smaller is better.",
    source: "Heusel et al. 2017",
  },
  {
    id: "fully-connected",
    term: "fully connected layer",
    written: ["fully connected layers?"],
    definition:
      "A layer in which each output is a weighted sum of all inputs, plus a bias: a matrix and an offset.",
  },
  {
    id: "gan",
    term: "GAN",
    written: ["generative adversarial networks?", "GANs?"],
    definition:
      "Generative adversarial network: a generator that makes pictures and a discriminator that tells them from real ones, trained against each other.",
    source: "Goodfellow et al. 2014",
  },
  {
    id: "generator",
    term: "generator",
    written: ["generators?"],
    definition:
      "The network that makes pictures. StyleGAN's is a mapping network followed by a synthesis network.",
    source: `${KARRAS_2019}, figure 1`,
  },
  {
    id: "instance-normalisation",
    term: "instance normalisation",
    definition:
      "Subtract from each channel of each picture its own mean over the pixels, and divide by its own standard deviation.",
    source: "Ulyanov et al. 2017",
  },
  {
    id: "jacobian",
    term: "Jacobian",
    definition:
      "The matrix of all partial derivatives of a function's outputs by its inputs. Here: of the picture's pixels by the numbers of w.",
    source: `${KARRAS_2020}, section 3.2`,
  },
  {
    id: "latent",
    term: "latent",
    written: ["latent vectors?", "latents?"],
    definition:
      "The vector of numbers that a picture is made from: z where it is drawn, w behind the mapping network.",
    source: `${KARRAS_2019}, figure 1`,
  },
  {
    id: "lazy-regularisation",
    term: "lazy regularisation",
    definition:
      "Adding a penalty to the loss in every k-th step only, and k times as strong, since computing it is dear and it changes slowly.",
    source: `${KARRAS_2020}, section 3.1`,
  },
  {
    id: "leaky-relu",
    term: "leaky ReLU",
    definition: "An activation function: positive values stay, negative ones are multiplied by 0.2.",
  },
  {
    id: "lod",
    term: "level of detail",
    written: ["level of detail", "lod"],
    definition:
      "How many doublings of the resolution are left out: 0 is 1024 x 1024, 1 is 512 x 512, 8 is 4 x 4. In between, two resolutions are blended.",
    source: `${KARRAS_2018}, section 2 and figure 2`,
  },
  {
    id: "lpips",
    term: "LPIPS",
    definition:
      "A distance of two pictures: that of their features in a network trained to recognise things, weighted to agree with people's judgement.",
    source: "Zhang et al. 2018",
  },
  {
    id: "mapping-network",
    term: "mapping network",
    definition: "The fully connected network (eight layers in StyleGAN1 and 2) that turns z into w.",
    source: `${KARRAS_2019}, section 2`,
  },
  {
    id: "minibatch-stddev",
    term: "minibatch standard deviation",
    definition:
      "A channel added near the end of the discriminator that tells it how much the pictures of a batch differ, so that a generator without variety is found out.",
    source: `${KARRAS_2018}, section 3`,
  },
  {
    id: "modulation",
    term: "modulation",
    written: ["modulated", "modulation"],
    definition:
      "Multiplying each input channel of a convolution by the style's scale, or its weights, which is the same.",
    source: `${KARRAS_2020}, equation 1`,
  },
  {
    id: "multiply-add",
    term: "multiply-add",
    written: ["multiply-adds?"],
    definition:
      "One product and its addition to a sum. A 3 x 3 convolution from I to O channels takes 9 I O of them for each output pixel.",
  },
  {
    id: "noise",
    term: "noise input",
    written: ["noise inputs?", "noise maps?"],
    definition:
      "A picture of random numbers that is added to every channel of a layer, times a learned strength. It is there for details whose exact place does not matter.",
    source: `${KARRAS_2019}, section 3.2`,
  },
  {
    id: "path-length",
    term: "path length",
    written: ["path[- ]lengths?"],
    definition:
      "How far the picture moves when w moves a little: the length of the vector that J transposed makes from a random picture.",
    source: `${KARRAS_2020}, section 3.2, equation 4`,
  },
  {
    id: "ppl",
    term: "perceptual path length",
    written: ["perceptual path length", "PPL"],
    definition:
      "The mean perceptual distance of two pictures whose latents lie a small step apart, divided by the square of the step. Smaller means smoother.",
    source: `${KARRAS_2019}, section 4.1`,
  },
  {
    id: "pixel-norm",
    term: "pixel normalisation",
    written: ["pixel normali[sz]ation", "pixel norm"],
    definition: "Dividing a vector (z, or all channels at one pixel) by the root of the mean of its squares.",
    source: `${KARRAS_2018}, section 4.2`,
  },
  {
    id: "precision-recall",
    term: "precision and recall",
    written: ["precision"],
    definition:
      "Two shares. Precision: of the made pictures, those that could be real ones. Recall: of the real pictures, those that the generator could make.",
    source: "Kynkäänniemi et al. 2019",
  },
  {
    id: "progressive-growing",
    term: "progressive growing",
    definition:
      "Training at 4 x 4 first and adding one doubling of the resolution after the other, each blended in slowly.",
    source: `${KARRAS_2018}, section 2`,
  },
  {
    id: "psnr",
    term: "PSNR",
    definition:
      "Peak signal-to-noise ratio of two pictures in decibels: 10 times the logarithm of the squared range of colours over the mean squared difference. The higher, the more alike; identical pictures have no finite value.",
  },
  {
    id: "r1",
    term: "R1 regularisation",
    written: ["R1"],
    definition: "A penalty on the squared length of the discriminator's gradient at real pictures.",
    source: "Mescheder et al. 2018",
  },
  {
    id: "seed",
    term: "seed",
    written: ["seeds?"],
    definition: "A whole number from which z is drawn, so that a picture can be named and made again.",
  },
  {
    id: "skip",
    term: "skip architecture",
    written: ["skip architecture", "skip generator"],
    definition:
      "StyleGAN2's generator: every resolution makes its own RGB picture; they are enlarged and added up to the final one.",
    source: `${KARRAS_2020}, section 4.1 and figure 7`,
  },
  {
    id: "swd",
    term: "sliced Wasserstein distance",
    definition:
      "A distance between two sets of pictures, taken for each level of a Laplacian pyramid from small patches on random lines.",
    source: `${KARRAS_2018}, section 5`,
  },
  {
    id: "style",
    term: "style",
    written: ["styles?"],
    definition:
      "What a layer gets from w. In StyleGAN1 a scale and a shift for each channel that the layer gives; in StyleGAN2 a scale for each channel that it reads.",
    source: `${KARRAS_2019}, section 2; ${KARRAS_2020}, section 2`,
  },
  {
    id: "style-block",
    term: "style block",
    definition:
      "The stretch of a generator in which one style acts: from its modulation to the next normalisation.",
    source: `${KARRAS_2020}, section 2.1 and figure 2`,
  },
  {
    id: "style-mixing",
    term: "style mixing",
    definition:
      "Giving some layers the style of one latent and the others that of another, to see which layer does what; also done in training.",
    source: `${KARRAS_2019}, section 3.1`,
  },
  {
    id: "synthesis-network",
    term: "synthesis network",
    definition: "The convolutional part of the generator, which turns styles into a picture.",
    source: `${KARRAS_2019}, figure 1`,
  },
  {
    id: "torgb",
    term: "toRGB",
    written: ["toRGB", "to-RGB"],
    definition: "The 1 x 1 convolution that turns a feature map into a picture with three colours.",
    source: `${KARRAS_2018}, figure 2`,
  },
  {
    id: "psi",
    term: "truncation",
    written: ["truncation"],
    definition:
      "Pulling w towards its mean: w' = mean + psi (w - mean). At psi 1 nothing changes; at 0 every seed gives the mean picture; less variety, fewer bad pictures.",
    source: `${KARRAS_2019}, appendix B`,
  },
  {
    id: "upfirdn",
    term: "upfirdn2d",
    definition:
      "Insert zeros, pad, filter and keep every n-th pixel: one operation for all changes of resolution in StyleGAN2 and 3.",
    source: `the official code of ${KARRAS_2020}`,
  },
  {
    id: "vjp",
    term: "vector-Jacobian product",
    definition:
      "The Jacobian, transposed, times a vector. One backward pass computes it without ever writing the matrix down.",
  },
  {
    id: "w",
    term: "W",
    written: ["latent space W", "intermediate latent space"],
    definition: "The space of the mapping network's outputs w. Its vectors are made into styles.",
    source: `${KARRAS_2019}, section 2`,
  },
  {
    id: "w-plus",
    term: "W+",
    written: ["W\\+"],
    definition: "The space in which every layer has a w of its own. Style mixing uses a part of it.",
    source: "Abdal et al. 2019",
  },
];
