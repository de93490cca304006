// The page with the sites of a city, as an operator at night has it open. It judges
// what must be found and what may not grow, and prints the times: other work on the
// machine decides them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accessible, clean, fits, launch, notary, open, until } from './browser.mjs'

const sites = Number(process.env.SITES)
const loud = Number(process.env.LOUD) // sites that alarm, one of them only while somebody looks
const silent = Number(process.env.SILENT)
const late = process.env.LATE // its name

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

const list = (page) => page.locator('ul.sites > li')
const named = (page) => page.locator('main input[type=search]')
const say = (what, value) => console.log(`${what}: ${value}`)
// count is the number on one of the chips that count the sites.
const count = async (page, word) => Number((await page.getByRole('button', { name: new RegExp(`^${word}`) }).innerText()).match(/\d+/)[0])

// counted adds up what comes over the line, and how often.
async function counted(page) {
  const client = await page.context().newCDPSession(page)
  await client.send('Network.enable')
  const seen = { bytes: 0, lists: 0, listBytes: 0 }
  const urls = new Map()
  client.on('Network.responseReceived', (e) => urls.set(e.requestId, e.response.url))
  client.on('Network.dataReceived', (e) => {
    seen.bytes += e.encodedDataLength
    if (urls.get(e.requestId)?.includes('/centre/sites')) seen.listBytes += e.encodedDataLength
  })
  client.on('Network.loadingFinished', (e) => urls.get(e.requestId)?.includes('/centre/sites') && seen.lists++)
  // heap is what is alive after a collection.
  seen.heap = async () => {
    await client.send('HeapProfiler.collectGarbage')
    return (await client.send('Runtime.getHeapUsage')).usedSize
  }
  return seen
}

// watched notes what holds the page up for more than 50 ms.
const watched = (page) =>
  page.addInitScript(() => {
    globalThis.long = []
    new PerformanceObserver((l) => globalThis.long.push(...l.getEntries().map((e) => Math.round(e.duration)))).observe({ type: 'longtask', buffered: true })
  })
const longest = async (page) => {
  const all = (await page.evaluate(() => globalThis.long.splice(0))).sort((a, b) => b - a)
  return `${all.length}, ${all.reduce((s, x) => s + x, 0)} ms in all${all.length ? `, the longest ${all.slice(0, 3).join(', ')} ms` : ''}`
}
const MB = (n) => `${(n / 1e6).toFixed(1)} MB`
const kB = (n) => `${(n / 1e3).toFixed(0)} kB`

describe('an operator’s night', { timeout: 170_000 }, () => {
  for (const [locale, width] of [['en-GB', 1280], ['zh-CN', 1280], ['en-GB', 360], ['zh-CN', 360]]) {
    test(`fits ${width} px in ${locale}`, async () => {
      const page = await open(browser, { locale, width })
      await page.goto(notary + '/')
      await until('all sites', async () => (await list(page).count()) === sites)
      await fits(page, width)
      if (width < 960) {
        assert.equal(await page.locator('.map').count(), 0, 'a phone loads no map unasked')
        await accessible(page, `200 sites, ${locale}`)
        await page.screenshot({ path: `${process.env.SCREENS}/fleet-${width}-${locale.slice(0, 2)}.png` })
        await page.getByRole('button', { name: /^(Map|地图)$/ }).click()
      }
      await page.locator('.map canvas').waitFor()
      await until('signs are on the map', async () => (await page.locator('.map-site.bare').count()) > sites / 2)
      await fits(page, width)
      await page.screenshot({ path: `${process.env.SCREENS}/fleet-map-${width}-${locale.slice(0, 2)}.png` })
      // The map follows the list, and no name is written over another.
      await named(page).fill('jiading plot')
      await until('names are on the map', async () => (await page.locator('.map-site').count()) < 10 && (await page.locator('.map-site:not(.bare)').count()) > 0)
      const over = await page.locator('.map-site:not(.bare)').evaluateAll((all) => {
        const r = all.map((x) => x.getBoundingClientRect())
        return r.some((a, i) => r.some((b, k) => k > i && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))
      })
      assert.equal(over, false, 'names on the map lie over one another')
      await page.screenshot({ path: `${process.env.SCREENS}/fleet-name-${width}-${locale.slice(0, 2)}.png` })
      clean(page)
      await page.context().close()
    })
  }

  test('all sites are there, the worst first, and the page stands half a minute of the stream', async () => {
    const page = await open(browser)
    await watched(page)
    const seen = await counted(page)
    const began = Date.now()
    await page.goto(notary + '/')
    await list(page).first().waitFor()
    say('first list', `${Date.now() - began} ms`)
    assert.equal(await list(page).count(), sites)
    say('until then', `${kB(seen.bytes)}, of which the list ${kB(seen.listBytes)}`)

    // Every count is right and they make the whole, the worst stand first.
    await until('the alarms are counted', async () => (await count(page, 'alarm')) >= loud - 1)
    const counts = await Promise.all(['alarm', 'silent', 'proof behind', 'calm'].map((w) => count(page, w)))
    assert.equal(counts.reduce((a, b) => a + b), sites, `counts ${counts}`)
    const order = ['alarm', 'silence', 'lag', 'calm']
    const conditions = async () => (await list(page).evaluateAll((all) => all.map((li) => li.className.match(/alarm|silence|lag|calm/)[0])))
    const stand = await conditions()
    assert.deepEqual(stand, stand.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)), 'worst first')
    await page.getByText(`${sites} sites`, { exact: true }).waitFor()
    await page.locator('.map canvas').waitFor()
    await until('signs are on the map', async () => (await page.locator('.map-site').count()) > sites / 2)
    say('held up while it was loaded', await longest(page))

    // The stream: ages are of the gateways’ batches and go on.
    const newest = () => list(page).last().locator('time').getAttribute('datetime')
    const heard = await newest()
    const first = await seen.heap()
    const from = { ...seen }
    const watching = Date.now()
    await until('a newer batch is heard of', async () => (await newest()) !== heard)
    // A site alarms while one watches, and is among the first without a reload.
    await until('the late alarm', async () => (await list(page).evaluateAll((all, name) => all.findIndex((li) => li.textContent.includes(name)), late)) < (await count(page, 'alarm')))
    await until('half a minute', () => Date.now() - watching >= 30_000)
    // Silent first, and an alarm when nobody has cared for a while.
    await until('the silent ones are told', async () => (await count(page, 'alarm')) + (await count(page, 'silent')) === loud + silent, 90_000)
    const last = await seen.heap()
    const took = (Date.now() - watching) / 1000
    say(`heap at first, after ${took.toFixed(0)} s`, `${MB(first)}, ${MB(last)}`)
    say('fetched meanwhile', `${kB(seen.bytes - from.bytes)} in ${seen.lists - from.lists} lists`)
    say('held up meanwhile', await longest(page))
    assert.ok(last < 2 * first, `the heap grew from ${MB(first)} to ${MB(last)}`)
    assert.ok(seen.lists - from.lists <= took / 2 + 2, `${seen.lists - from.lists} lists in ${took} s`)

    // Whoever looks for a site finds it, by name and by state, and the address says so.
    await named(page).fill('冷库 pudong')
    await until('cold stores of Pudong alone', async () => (await list(page).allInnerTexts()).every((x) => /冷库.*Pudong/.test(x)) && (await list(page).count()) > 1)
    assert.match(page.url(), /name=/)
    await page.reload()
    await until('a reload keeps it', async () => (await list(page).count()) > 1 && (await list(page).count()) < sites)
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('button', { name: /^alarm/ }).click()
    await until('alarms alone', async () => (await conditions()).every((c) => c === 'alarm') && (await list(page).count()) >= loud)
    await page.getByRole('button', { name: 'Show all' }).click()
    await until('all again', async () => (await list(page).count()) === sites)
    await list(page).last().scrollIntoViewIfNeeded()
    const bottom = await list(page).last().getByRole('link').first().boundingBox()
    assert.ok(bottom.y > 0 && bottom.y < 800, 'the last site is reached by scrolling')
    await page.evaluate(() => scrollTo(0, 0))

    // The worst is one click away, and its values move.
    const asked = Date.now()
    await list(page).first().getByRole('link').first().click()
    const tile = page.locator('article.tile').first()
    await tile.locator('.value').waitFor()
    say('first live value of a site', `${Date.now() - asked} ms`)
    const at = () => tile.locator('time').getAttribute('datetime')
    const was = await at()
    await until('a newer reading', async () => (await at()) !== was)
    clean(page)
    await page.context().close()
  })
})
