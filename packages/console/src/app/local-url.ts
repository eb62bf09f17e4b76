/**
 * The address of a file below the page's own origin. The API tells addresses as
 * PUBLIC_URL has them; a browser that came another way has its cookies here alone.
 */
export function localUrl(url: string): string {
  const { pathname, search } = new URL(url, location.origin)
  return pathname + search
}
