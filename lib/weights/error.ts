/** Weights that cannot be used, or could not be had: one clause that names the value and what can be done. */
export class WeightsError extends Error {
  override readonly name = "WeightsError";

  constructor(
    message: string,
    /** True when trying again may help: the network failed, not the file. */
    readonly retry = false,
  ) {
    super(message);
  }
}
