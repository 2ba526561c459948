/** Absolute address of the site's root, with a slash at its end; the site may be served below any path. */
export function siteRoot(): string {
  const root = document.querySelector<HTMLMetaElement>('meta[name="site-root"]')?.content ?? "./";
  return new URL(root, location.href).href;
}
