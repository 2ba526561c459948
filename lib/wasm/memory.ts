/**
 * Does something that starts a WebAssembly module, and finds out the memory that the module computes in: the one that
 * it imports, or else exports. tfjs does not hand out its own, which kernels beside it need.
 *
 * @returns what the work gives, and the memory; null when no module with a memory was started
 */
export async function withMemory<T>(work: () => Promise<T>): Promise<[T, WebAssembly.Memory | null]> {
  const { instantiate, instantiateStreaming } = WebAssembly;
  const streams = "instantiateStreaming" in WebAssembly;
  let memory: WebAssembly.Memory | null = null;
  const look = (imports: WebAssembly.Imports | undefined, result: unknown) => {
    const { exports } =
      (result as { instance?: WebAssembly.Instance }).instance ?? (result as WebAssembly.Instance);
    const found = [
      ...Object.values(imports ?? {}).flatMap((names) => Object.values(names)),
      ...Object.values(exports),
    ];
    memory ??=
      (found.find((value) => value instanceof WebAssembly.Memory) as WebAssembly.Memory | undefined) ?? null;
  };
  const watched =
    (start: (source: never, imports?: WebAssembly.Imports) => Promise<unknown>) =>
    async (source: unknown, imports?: WebAssembly.Imports) => {
      const result = await start.call(WebAssembly, source as never, imports);
      look(imports, result);
      return result;
    };
  Object.assign(WebAssembly, {
    instantiate: watched(instantiate as never),
    ...(streams && { instantiateStreaming: watched(instantiateStreaming as never) }),
  });
  try {
    return [await work(), memory];
  } finally {
    Object.assign(WebAssembly, { instantiate, ...(streams && { instantiateStreaming }) });
  }
}
