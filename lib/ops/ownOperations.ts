/**
 * For labs that change an operation: `true` has the book compute with the operations of `lib/ops` as they are written,
 * on every back end. Else a back end's kernel may stand in for the operation that was changed, and the start-up test,
 * which knows the official numbers, would refuse the back end.
 *
 * Figures then say that they run without fast kernels, and untested.
 */
export const OWN_OPERATIONS = false as boolean;
