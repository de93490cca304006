// The code that is printed beside a verdict: an address of this desk with the
// evidence file's SHA-256 in its fragment. A fragment is never sent to a server,
// and the digest alone lets the code be matched to a file without any network.

const fragment = /#(?:.*&)?sha256=([0-9a-f]{64})(?:&|$)/i

/** The digest that an address or a scanned code names, in lower case; null for others. */
export function digestOf(text: string): string | null {
  return fragment.exec(text)?.[1]?.toLowerCase() ?? null
}

/** The digest that a person typed: an address, or the digest alone, in whatever groups. */
export function typedDigest(text: string): string | null {
  const bare = text.replace(/\s/g, '')
  return /^[0-9a-f]{64}$/i.test(bare) ? bare.toLowerCase() : digestOf(bare)
}

/** The address to put in a code; base is the desk's address without a fragment. */
export function address(base: string, digest: string): string {
  return `${base}#sha256=${digest}`
}

/** The code as the path of an SVG, a unit a module, with the blank edge that a reader needs.
 *  Medium correction: a wet or folded print is still read. */
export async function modules(text: string): Promise<{ size: number; path: string }> {
  const { encodeQR } = await import('qr')
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  let path = ''
  rows.forEach((row, y) => row.forEach((dark, x) => (path += dark ? `M${x} ${y}h1v1h-1z` : '')))
  return { size: rows.length, path }
}
