// What of the page is a function of its arguments. npm test; tools/page.sh check.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createServer } from 'vite'

let vite
let datum, outline, events, alarms, labels, order
before(async () => {
  vite = await createServer({ configFile: false, server: { middlewareMode: true }, appType: 'custom', logLevel: 'error', optimizeDeps: { noDiscovery: true } })
  ;[datum, outline, events, alarms, labels, order] = await Promise.all(['/src/map/datum.ts', '/src/map/outline.ts', '/src/api/events.ts', '/src/lib/alarms.ts', '/src/map/labels.ts', '/src/lib/order.ts'].map((m) => vite.ssrLoadModule(m)))
})
after(() => vite.close())

// Pairs that implementations of the offset publish, in Shanghai, Shenzhen, Beijing.
const pairs = [
  [31.1774276, 121.5272106, 31.17530398364597, 121.531541859215],
  [22.543847, 113.912316, 22.540796131694766, 113.9171764808363],
  [39.911954, 116.377817, 39.91334545536069, 116.38404722455657],
]

test('GCJ-02 is taken back to within a metre, and the others stay where they are', () => {
  for (const [lat, lon, gLat, gLon] of pairs) {
    const there = datum.toGCJ(lat, lon)
    assert.ok(Math.abs(there.lat - gLat) < 1e-7 && Math.abs(there.lon - gLon) < 1e-7, `${lat} ${lon}: ${there.lat} ${there.lon}`)
    const back = datum.fromGCJ(gLat, gLon)
    assert.ok(Math.abs(back.lat - lat) < 1e-6 && Math.abs(back.lon - lon) < 1e-6)
    for (const d of ['WGS-84', 'CGCS2000']) assert.deepEqual(datum.place({ coordinates: { lat, lon, datum: d } }), { lat, lon, converted: false })
    assert.equal(datum.place({ coordinates: { lat: gLat, lon: gLon, datum: 'GCJ-02' } }).converted, true)
  }
  assert.equal(datum.place({ coordinates: null }), null)
  assert.equal(datum.place({ coordinates: { lat: NaN, lon: 1, datum: 'WGS-84' } }), null)
})

test('an outline holds every site of its district, and one site has one too', () => {
  const spots = [
    { lat: 31.2, lon: 121.5, district: 'a' },
    { lat: 31.3, lon: 121.4, district: 'a' },
    { lat: 31.25, lon: 121.6, district: 'b' },
  ]
  const all = outline.outlines(spots)
  assert.deepEqual(all.features.map((f) => f.properties.name), ['a', 'b'])
  for (const f of all.features) {
    const ring = f.geometry.coordinates[0]
    assert.deepEqual(ring[0], ring.at(-1))
    for (const s of spots.filter((s) => s.district === f.properties.name)) assert.ok(within(ring, s.lon, s.lat), `${f.properties.name} holds ${s.lat} ${s.lon}`)
  }
})

function within(ring, x, y) {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]
    const [xj, yj] = ring[j]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

test('events are read the same however the stream is cut', () => {
  const text = 'retry: 1500\n\n: alive\nid: 7\n\nid: 8\nevent: admission\ndata: {"a":\ndata: 1}\n\r\nid: 9\r\nevent: state\r\ndata: {}\r\n\r\nid: 10\nevent: half\ndata: x'
  const want = [
    { event: 'admission', data: '{"a":\n1}' },
    { event: 'state', data: '{}' },
  ]
  for (let size = 1; size <= text.length; size++) {
    const p = new events.Parser()
    const got = []
    for (let i = 0; i < text.length; i += size) got.push(...p.push(text.slice(i, i + size)))
    assert.deepEqual(got, want, `in pieces of ${size}`)
    assert.equal(p.lastID, '9', 'of half an event one does not resume')
    assert.equal(p.retry, 1500)
  }
})

test('an alarm is in replay what it was then', () => {
  const step = (step, at, more = {}) => ({ step, time: at, at, ...more })
  const a = {
    id: 'x',
    raised: 10,
    cleared: 30,
    answered: true,
    steps: [step('raised', 10), step('acknowledged', 20), step('cleared', 30, { at: 35 }), step('raised', 50)],
  }
  assert.equal(alarms.asOf(a, 9), null)
  assert.deepEqual(pick(alarms.asOf(a, 15)), [false, 0])
  assert.deepEqual(pick(alarms.asOf(a, 25)), [true, 0])
  assert.deepEqual(pick(alarms.asOf(a, 32)), [true, 0], 'what came later was not known')
  assert.deepEqual(pick(alarms.asOf(a, 40)), [true, 30])
  assert.deepEqual(pick(alarms.asOf(a, 60)), [false, 0], 'raised again, it wants an answer again')
  assert.equal(alarms.asOf(a, null), a)
})

const pick = (a) => [a.answered, a.cleared]

test('names on the map cover no other, the worst is written first, a calm one covers no sign', () => {
  const at = (x, y, rank) => ({ x, y, width: 100, height: 20, rank })
  const sets = (signs) => [...labels.named(signs)].sort((a, b) => a - b)
  assert.deepEqual(sets([at(0, 0, 3), at(300, 0, 3)]), [0, 1], 'both have room')
  assert.deepEqual(sets([at(0, 0, 3), at(60, 0, 0)]), [1], 'the alarm is written, the calm one beside it is not')
  assert.deepEqual(sets([at(0, 0, 3), at(40, 15, 3)]), [], 'each would cover the other’s sign')
  assert.deepEqual(sets([at(0, 0, 0), at(40, 0, 0)]), [], 'an alarm does not cover another’s sign')
  assert.deepEqual(sets([at(0, 0, 0), at(80, 0, 0)]), [0], 'nor its name')
})

test('names stand in the order in which people count', () => {
  assert.deepEqual(['plot 10', 'plot 9', 'Plot 1'].sort(order.byName), ['Plot 1', 'plot 9', 'plot 10'])
  assert.deepEqual(['浦东10号', '浦东9号'].sort(order.byName), ['浦东9号', '浦东10号'])
})
