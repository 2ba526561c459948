/**
 * The one error the checkpoint readers throw: the file is not what it says, or asks for something a reader that
 * only builds data will not do. The message is one clause; `offset` is the byte at which the trouble was found.
 */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";

  constructor(
    message: string,
    readonly offset?: number,
  ) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`);
  }
}
