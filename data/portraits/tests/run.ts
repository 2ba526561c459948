/** `npm run test:portraits`: runs the Python tests of `data/portraits`, or says what they need. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const runner = join(dirname(fileURLToPath(import.meta.url)), "run.py");
const named = process.env.PYTHON;
for (const python of named ? [named] : ["python3", "/usr/bin/python3"]) {
  const result = spawnSync(python, [runner], { stdio: "inherit" });
  if (!result.error) process.exit(result.status ?? 1);
}
console.error(
  "data/portraits needs Python 3 with PyTorch 1.13 or later and NumPy: install python3-torch (Debian), or name an interpreter that has them in PYTHON",
);
process.exit(1);
