/** `npm start`: builds the book, serves it on this machine and prints its address. */
import { build } from "./build.js";
import { serve } from "./serve.js";

const FIRST_PORT = 3000;

async function serveOnFreePort(folder: string): Promise<string> {
  try {
    return (await serve(folder, { port: Number(process.env.PORT ?? FIRST_PORT) })).address;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return (await serve(folder)).address;
  }
}

try {
  await build();
  console.log(`\nThe book is at ${await serveOnFreePort(new URL("../../dist", import.meta.url).pathname)}\n`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
