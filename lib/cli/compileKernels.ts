/**
 * `npm run compile-kernels`: compiles lib/wasm/assembly (AssemblyScript) into lib/wasm/moduleBytes.ts, so
 * that neither the book's build nor a reader's browser needs the compiler. A test sees to it that the two agree.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { main } from "assemblyscript/asc";

const folder = new URL("../wasm/", import.meta.url);

/** The compiled module in base64, for a memory of one thread and for a shared one. @throws Error when it does not compile */
export async function compileKernels(): Promise<{ own: string; shared: string }> {
  return {
    own: await compile([]),
    shared: await compile(["--enable", "threads", "--sharedMemory", "--maximumMemory", "65536"]),
  };
}

async function compile(options: readonly string[]): Promise<string> {
  let binary: Uint8Array | null = null;
  const { error, stderr } = await main(
    ["index.ts", "-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--enable", "simd", ...options, "-o", "out.wasm"], // prettier-ignore
    {
      readFile: (name) => {
        const file = new URL(`assembly/${name}`, folder);
        return existsSync(file) ? readFileSync(file, "utf8") : null;
      },
      writeFile: (_name, contents) => void (binary = contents as Uint8Array),
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`lib/wasm/assembly does not compile: ${stderr.toString()}`);
  return Buffer.from(binary as Uint8Array).toString("base64");
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { own, shared } = await compileKernels();
  const text = `/** Made by \`npm run compile-kernels\` from assembly/: WebAssembly in base64. */
export const MODULE = {
  /** For a memory of one thread. */
  own: "${own}",
  /** For a shared one. */
  shared:
    "${shared}",
};
`;
  writeFileSync(new URL("moduleBytes.ts", folder), text);
}
