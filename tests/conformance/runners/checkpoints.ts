import { checkCheckpoint, fileOf } from "../checkpointChecks.js";
import type { Check, Runner } from "../runner.js";

export const runners: Runner[] = [
  {
    name: "checkpoints",
    accepts: ({ kind }) => kind === "checkpoint",
    async run(loaded) {
      const checks: Check[] = [];
      for (const { file } of loaded.case.files as readonly { readonly file: string }[])
        for (const check of await checkCheckpoint(fileOf(loaded, file), loaded))
          checks.push({ ...check, name: `${file}: ${check.name}` });
      return checks;
    },
  },
];
