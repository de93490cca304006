// Which names fit on the map. Every site keeps its sign; a name is written where it
// covers no other name, and no sign of a site that is as bad or worse.

export interface Sign {
  x: number // px, its middle
  y: number
  width: number // of sign and name
  height: number
  rank: number // 0 is the worst
}

// named gives the places in signs whose names are written, the worst asked first.
export function named(signs: Sign[]): Set<number> {
  const order = signs.map((_, i) => i).sort((a, b) => signs[a]!.rank - signs[b]!.rank || a - b)
  const written: Sign[] = []
  const out = new Set<number>()
  for (const i of order) {
    const s = signs[i]!
    if (written.some((w) => Math.abs(w.x - s.x) < (w.width + s.width) / 2 && Math.abs(w.y - s.y) < (w.height + s.height) / 2)) continue
    if (signs.some((o, k) => k !== i && o.rank <= s.rank && Math.abs(o.x - s.x) < (s.width + o.height) / 2 && Math.abs(o.y - s.y) < (s.height + o.height) / 2)) continue
    written.push(s)
    out.add(i)
  }
  return out
}
