// MapLibre, loaded only when a map is shown. Its worker is a file of this page's
// own, as the policy wants.

import { Map as LibreMap, Marker, type GeoJSONSource, NavigationControl, ScaleControl, addProtocol, setWorkerUrl, type LayerSpecification, type StyleSpecification } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { worstFirst, type Condition } from '../lib/meaning'
import { named } from './labels'
import { box, graticule, outlines, type Spot } from './outline'

setWorkerUrl(worker)

export interface MapSite extends Spot {
  id: string
  worst: Condition
  name: string
  href: string
  sign: string
  word: string // what the sign means
}

export interface Tiles {
  url: string
  minZoom: number
  maxZoom: number
  vector: string[] | null // its layers; null: pictures
  attribution: string
}

// tiles finds the map that the operator may have put beside the notary; 204 says that
// there is none.
export async function tiles(url: string): Promise<Tiles | null> {
  const res = await fetch(url, { headers: { Range: 'bytes=0-6' } })
  if (res.status === 204) return null
  if (res.status !== 206) throw new Error(`${url}: ${res.status}`)
  const { PMTiles, Protocol, TileType } = await import('pmtiles')
  const archive = new PMTiles(new URL(url, location.href).href)
  const header = await archive.getHeader()
  const about = (await archive.getMetadata()) as { vector_layers?: { id: string }[]; attribution?: string } | undefined
  const protocol = new Protocol()
  protocol.add(archive)
  addProtocol('pmtiles', protocol.tile)
  return {
    url: 'pmtiles://' + new URL(url, location.href).href,
    minZoom: header.minZoom,
    maxZoom: header.maxZoom,
    vector: header.tileType === TileType.Mvt ? (about?.vector_layers ?? []).map((l) => l.id) : null,
    attribution: about?.attribution ?? '',
  }
}

export interface Shown {
  update(sites: MapSite[]): void
  destroy(): void
}

function style(token: (name: string) => string, sites: MapSite[], ground: Tiles | null): StyleSpecification {
  const layers: LayerSpecification[] = [{ id: 'ground', type: 'background', paint: { 'background-color': token('--ground') } }]
  const sources: StyleSpecification['sources'] = {
    graticule: { type: 'geojson', data: graticule(box(sites)) as never },
    districts: { type: 'geojson', data: outlines(sites) as never },
  }
  if (ground) {
    sources.tiles = { type: ground.vector ? 'vector' : 'raster', url: ground.url, ...(ground.vector ? {} : { tileSize: 256 }) } as never
    if (!ground.vector) layers.push({ id: 'tiles', type: 'raster', source: 'tiles' })
    // Nothing is known of the file's layers but their names: shapes are tinted,
    // lines are drawn thin.
    for (const l of ground.vector ?? []) {
      layers.push({ id: `${l}-fill`, type: 'fill', source: 'tiles', 'source-layer': l, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': token('--tint'), 'fill-opacity': 0.7 } })
      layers.push({ id: `${l}-line`, type: 'line', source: 'tiles', 'source-layer': l, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': token('--line'), 'line-width': 0.8 } })
    }
  }
  layers.push(
    { id: 'graticule', type: 'line', source: 'graticule', paint: { 'line-color': token('--line'), 'line-width': 0.6, 'line-dasharray': [2, 4] } },
    { id: 'districts', type: 'fill', source: 'districts', paint: { 'fill-color': token('--accent'), 'fill-opacity': 0.07 } },
    { id: 'districts-line', type: 'line', source: 'districts', paint: { 'line-color': token('--accent'), 'line-width': 1.5, 'line-opacity': 0.6 } },
  )
  return { version: 8, sources, layers }
}

export function show(target: HTMLElement, sites: MapSite[], ground: Tiles | null, words: Record<string, string>, unread: () => void): Shown {
  const token = (name: string) => getComputedStyle(target).getPropertyValue(name).trim()
  const bounds = (all: MapSite[]): [number, number, number, number] => {
    const b = box(all)
    return [b.west, b.south, b.east, b.north]
  }
  // Labels stand about their place and want room at the sides.
  const padding = () => ({ top: 40, bottom: 40, left: target.clientWidth / 6, right: target.clientWidth / 6 })
  const map = new LibreMap({
    container: target,
    style: style(token, sites, ground),
    bounds: bounds(sites),
    fitBoundsOptions: { padding: padding() },
    minZoom: 2,
    maxZoom: 18,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: ground?.attribution ? { compact: true, customAttribution: ground.attribution } : false,
    locale: words,
  })
  map.touchZoomRotate.disableRotation()
  // The outline is made here: what fails to load is the operator's map.
  if (ground) map.on('error', unread)
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')

  // A site's marker stays while what it says stays: whoever has moved to it by the
  // keyboard is still there after a refresh.
  const standing = new Map<string, { says: string; site: MapSite; label: HTMLElement; marker: Marker; width: number }>()
  let districts: Marker[] = []
  let drawn = '' // for which places the outlines are

  // Names are written where there is room for them, signs everywhere.
  const write = () => {
    const all = [...standing.values()]
    for (const s of all) if (!s.width) s.label.classList.remove('bare')
    for (const s of all) s.width ||= s.label.offsetWidth
    const height = all[0]?.label.offsetHeight ?? 0
    const fit = named(
      all.map((s) => {
        const { x, y } = map.project([s.site.lon, s.site.lat])
        return { x, y, width: s.width, height, rank: worstFirst.indexOf(s.site.worst) }
      }),
    )
    for (const [i, s] of all.entries()) s.label.classList.toggle('bare', !fit.has(i))
    // Names of districts are large and few: the second of two that meet is left out.
    const written: DOMRect[] = []
    for (const d of districts) {
      const name = d.getElement()
      name.hidden = false
      const r = name.getBoundingClientRect()
      name.hidden = written.some((w) => r.left < w.right && w.left < r.right && r.top < w.bottom && w.top < r.bottom)
      if (!name.hidden) written.push(r)
    }
  }
  map.on('zoomend', write)
  map.on('resize', write)

  const put = (all: MapSite[]) => {
    const gone = new Set(standing.keys())
    let changed = false
    for (const site of all) {
      const says = [site.lon, site.lat, site.worst, site.href, site.name, site.word].join()
      gone.delete(site.id)
      const old = standing.get(site.id)
      if (old?.says === says) continue
      changed = true
      old?.marker.remove()
      const link = label(site)
      standing.set(site.id, { says, site, label: link, marker: new Marker({ element: link, anchor: 'center' }).setLngLat([site.lon, site.lat]).addTo(map), width: 0 })
    }
    for (const id of gone) {
      changed = true
      standing.get(id)?.marker.remove()
      standing.delete(id)
    }
    const places = all.map((s) => [s.lon, s.lat, s.district].join()).join(';')
    if (places !== drawn) {
      // Whoever chooses a district looks at it.
      if (drawn) map.fitBounds(bounds(all), { padding: padding(), animate: false })
      drawn = places
      changed = true
      const around = outlines(all)
      map.getSource<GeoJSONSource>('districts')?.setData(around as never)
      for (const m of districts) m.remove()
      districts = []
      for (const { district, lat, lon } of around.features.map((f) => north(f.properties.name, f.geometry.coordinates[0] ?? []))) {
        if (!district) continue
        const name = document.createElement('span')
        name.className = 'map-district'
        name.textContent = district
        districts.push(new Marker({ element: name, anchor: 'bottom' }).setLngLat([lon, lat]).addTo(map))
      }
    }
    if (changed) write()
  }
  put(sites)
  return { update: put, destroy: () => map.remove() }
}

// label is a link with sign, name and, for those who see neither, the word.
function label(s: MapSite): HTMLElement {
  const a = document.createElement('a')
  a.className = `map-site ${s.worst}`
  a.href = s.href
  a.title = `${s.name}: ${s.word}`
  a.setAttribute('aria-label', a.title)
  const name = document.createElement('span')
  name.className = 'map-name'
  name.textContent = s.name
  a.append(s.sign, name)
  return a
}

function north(district: string, ring: [number, number][]) {
  const [lon, lat] = ring.reduce((m, p) => (p[1] > m[1] ? p : m), ring[0] ?? [0, 0])
  return { district, lat, lon }
}
