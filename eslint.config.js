// What the type checker cannot say. A rule is switched off here or on the line, each time with its reason.

import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["dist/", "prebuilds/", "examples/", "eslint.config.js"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }], // A number prints as itself.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }], // `() => say(x)` and `return say(x);` are clear.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }], // A fake may ignore what it is asked.
    },
  },
  {
    files: ["**/*.test.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [
        { from: "package", package: "node:test", name: ["test", "describe", "it", "suite", "before", "after"] }, // The runner awaits them.
      ] }],
    },
  },
);
