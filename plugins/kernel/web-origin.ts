/** What a browser sends as Origin: scheme, host and port, as "https://shop.example". */
export function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.origin === text &&
    !text.includes('*')
  )
}

/** Host and port of a URL, the port without being said where it is the scheme's own. */
export const hostOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).host || undefined : undefined
