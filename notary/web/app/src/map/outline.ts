// The drawn ground of the map, made from the sites alone: an outline around the
// sites of each district, and lines of latitude and longitude. It claims no border.

export interface Spot {
  lat: number
  lon: number
  district: string
}

type Ring = [number, number][]

export interface Outline {
  type: 'FeatureCollection'
  features: { type: 'Feature'; properties: { name: string }; geometry: { type: 'Polygon'; coordinates: Ring[] } }[]
}

export interface Lines {
  type: 'FeatureCollection'
  features: { type: 'Feature'; properties: object; geometry: { type: 'LineString'; coordinates: Ring } }[]
}

export interface Box {
  west: number
  south: number
  east: number
  north: number
}

// box is what the map shows first: all sites, with room around a single one.
export function box(spots: Spot[]): Box {
  const lats = spots.map((s) => s.lat)
  const lons = spots.map((s) => s.lon)
  const b = { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) }
  const pad = Math.max(0.01, (b.east - b.west) * 0.15, (b.north - b.south) * 0.15)
  return { west: b.west - pad, south: b.south - pad, east: b.east + pad, north: b.north + pad }
}

// outlines are rounded hulls, a district each.
export function outlines(spots: Spot[]): Outline {
  const b = box(spots)
  const margin = Math.max(0.003, Math.max(b.east - b.west, b.north - b.south) * 0.04)
  const districts = new Map<string, Spot[]>()
  for (const s of spots) districts.set(s.district, [...(districts.get(s.district) ?? []), s])
  return {
    type: 'FeatureCollection',
    features: [...districts].map(([name, all]) => {
      const around: Ring = all.flatMap((s) =>
        Array.from({ length: 24 }, (_, i): [number, number] => {
          const angle = (i / 24) * 2 * Math.PI
          return [s.lon + (margin * Math.cos(angle)) / Math.cos((s.lat / 180) * Math.PI), s.lat + margin * Math.sin(angle)]
        }),
      )
      return { type: 'Feature', properties: { name }, geometry: { type: 'Polygon', coordinates: [hull(around)] } }
    }),
  }
}

// hull is the convex hull, closed (Andrew's monotone chain).
export function hull(points: Ring): Ring {
  const p = points.toSorted((m, n) => m[0] - n[0] || m[1] - n[1])
  const turn = (o: [number, number], m: [number, number], n: [number, number]) => (m[0] - o[0]) * (n[1] - o[1]) - (m[1] - o[1]) * (n[0] - o[0])
  const chain = (from: Ring): Ring => {
    const out: Ring = []
    for (const q of from) {
      while (out.length > 1 && turn(out.at(-2)!, out.at(-1)!, q) <= 0) out.pop()
      out.push(q)
    }
    return out.slice(0, -1)
  }
  const ring = [...chain(p), ...chain(p.toReversed())]
  return ring.length > 0 ? [...ring, ring[0]!] : ring
}

// graticule is a net of lines about the box, so that even an empty corner says
// where it is.
export function graticule(b: Box): Lines {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
  const extent = Math.max(b.east - b.west, b.north - b.south)
  const step = steps.find((s) => extent / s <= 8) ?? 30
  const features: Lines['features'] = []
  const line = (coordinates: Ring) => features.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates } })
  const west = b.west - 2 * extent
  const east = b.east + 2 * extent
  const south = Math.max(-85, b.south - 2 * extent)
  const north = Math.min(85, b.north + 2 * extent)
  for (let x = Math.ceil(west / step) * step; x <= east; x += step) line([[x, south], [x, north]])
  for (let y = Math.ceil(south / step) * step; y <= north; y += step) line([[west, y], [east, y]])
  return { type: 'FeatureCollection', features }
}
