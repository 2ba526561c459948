import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

/**
 * The one way data flows. A folder may import from itself and from the folders named here, so imports only point
 * up this table.
 */
const MAY_IMPORT = {
  random: [],
  checkpoint: [],
  weights: ["checkpoint", "random"],
  ops: [],
  wasm: ["ops"],
  webgpu: ["ops"],
  networks: ["ops", "webgpu", "weights", "random"],
  training: ["networks", "ops", "weights", "random"],
  measure: ["ops", "random"],
  experiment: ["networks", "random"],
  engine: [
    "experiment",
    "measure",
    "networks",
    "ops",
    "random",
    "training",
    "weights",
    "checkpoint",
    "wasm",
    "webgpu",
  ],
  figure: ["measure", "engine", "experiment", "random"],
  lab: ["experiment", "measure"],
};

const folders = [...Object.keys(MAY_IMPORT), "cli", "src"];

const direction = Object.entries(MAY_IMPORT).map(([folder, allowed]) => {
  const forbidden = folders.filter((name) => name !== folder && !allowed.includes(name));
  return {
    files: [`lib/${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join("|")})/`,
              message: `lib/${folder} may import only from ${[folder, ...allowed].join(", ")}.`,
            },
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  {
    ignores: [
      "dist",
      "node_modules",
      "src/lib",
      "src/weights",
      "src/.observablehq",
      "src/katex",
      "src/wasm",
      "tests/.results",
      "lib/wasm/assembly", // AssemblyScript
    ],
  },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  ...direction,
  // Test doubles do nothing on purpose.
  { files: ["tests/**/*.ts"], rules: { "@typescript-eslint/no-empty-function": "off" } },
  prettier,
);
