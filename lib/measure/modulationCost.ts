/** One modulated convolution and the batch it runs on. */
export interface ModulatedShape {
  /** Samples, each with a style of its own. */
  readonly batch: number;
  /** Side of the input in pixels. */
  readonly side: number;
  /** Factor of upsampling, 1 or 2. */
  readonly up: number;
  readonly kernel: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** What a form of the modulated convolution needs for a batch, on top of the convolution itself. */
export interface FormCost {
  /** Multiplications that apply s and d. */
  readonly scaling: number;
  /** Numbers held in kernels. */
  readonly kernelValues: number;
}

export interface ModulationCost {
  /** Multiply-adds of the convolution, the same in both forms. */
  readonly convolution: number;
  /** Multiplications for the coefficients d, the same in both forms. */
  readonly coefficients: number;
  readonly weights: FormCost;
  readonly activations: FormCost;
}

/**
 * Counts the work of a modulated convolution in both forms.
 *
 * 1. Convolution: N k^2 I O H^2, counted at the input's resolution.
 * 2. Coefficients: the squared weights summed over the kernel once, k^2 I O, then times s^2 for each sample, N I O.
 * 3. On the weights: s and d are each applied to a kernel per sample, 2 N k^2 I O.
 * 4. On the activations: s to what goes in, d to what comes out, N (I H^2 + O (up H)^2), with one kernel for all.
 */
export function modulationCost({ batch, side, up, kernel, inputs, outputs }: ModulatedShape): ModulationCost {
  const kernelValues = kernel * kernel * inputs * outputs;
  return {
    convolution: batch * kernelValues * side * side,
    coefficients: kernelValues + batch * inputs * outputs,
    weights: { scaling: 2 * batch * kernelValues, kernelValues: batch * kernelValues },
    activations: { scaling: batch * side * side * (inputs + outputs * up * up), kernelValues },
  };
}
