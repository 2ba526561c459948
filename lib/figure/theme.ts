export type Theme = "light" | "dark";

/** The theme of the page, from its root's `color-scheme`; where that allows both, from the reader's system. */
export function pageTheme(): Theme {
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  const dark = scheme.includes("dark");
  const light = scheme.includes("light");
  if (dark !== light) return dark ? "dark" : "light";
  return dark && matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Calls the listener when the reader's system changes between light and dark. */
export function onThemeChange(listener: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}
