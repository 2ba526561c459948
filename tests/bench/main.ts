/** `npm run bench`: speeds on this machine. Quote ratios within one run; the figures move with the machine's load. */
import { benchCheckpoints } from "./checkpoints.js";
import { benchPasses } from "./passes.js";

await benchCheckpoints();
await benchPasses();
