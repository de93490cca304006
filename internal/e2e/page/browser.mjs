// What the tests of the page share: a real Chromium, the notary's address, axe, and
// the hand that moves the instruments.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'

const need = (name) => {
  const v = process.env[name]
  if (!v) throw new Error(`${name} is not set: go test -tags peers -run 'TestThePage' ./internal/e2e sets it`)
  return v
}

export const notary = need('NOTARY')
const require = createRequire(join(need('MODULES'), 'page.cjs'))
const { chromium } = require('playwright-core')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

export async function launch() {
  return chromium.launch({
    executablePath: need('CHROMIUM'),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--enable-unsafe-swiftshader', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--force-color-profile=srgb'],
  })
}

// open gives a page in a context of its own. What it may not do is noted: an error
// in its console, a request to anyone but the notary.
export async function open(browser, { locale = 'en-GB', width = 1280, height = 800, ...more } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale, viewport: { width, height }, timezoneId: 'Asia/Shanghai', ...more })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  page.faults = []
  page.on('console', (m) => {
    // A request that is refused is logged by the browser itself; the page shows it.
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) page.faults.push(m.text())
  })
  page.on('pageerror', (e) => page.faults.push(String(e)))
  page.on('request', (r) => {
    if (!r.url().startsWith(notary + '/') && !r.url().startsWith('blob:' + notary) && !r.url().startsWith('data:')) page.faults.push('asked ' + r.url())
  })
  return page
}

// clean says that nothing was noted.
export function clean(page) {
  assert.deepEqual(page.faults, [], 'the page did what it may not')
}

// until waits for what a function finds. Playwright's own waitForFunction is
// blocked by the page's policy, as it should be.
export async function until(what, f, patience = 45_000) {
  const end = Date.now() + patience
  let last
  for (;;) {
    try {
      const got = await f()
      if (got) return got
      last = got
    } catch (e) {
      last = e
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${patience / 1000} s; last: ${last}`)
    await new Promise((r) => setTimeout(r, 100))
  }
}

export async function screen(page, name) {
  await page.screenshot({ path: join(need('SCREENS'), name + '.png'), fullPage: true })
}

// accessible runs axe and fails on what it calls serious or critical.
export async function accessible(page, where) {
  await page.evaluate(axe)
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  const bad = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
  assert.deepEqual(
    bad.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`).join(' | ')}`),
    [],
    `axe on ${where}`,
  )
}

// hand moves an instrument: hold, free, dead, alive; stop and start are the notary's.
export async function hand(what, query = {}) {
  const res = await fetch(`${need('HAND')}/${what}?${new URLSearchParams(query)}`, { method: 'POST' })
  assert.equal(res.status, 200, await res.clone().text())
  return (await res.json()).at
}

export const account = {
  get name() {
    return need('ACCOUNT')
  },
  get password() {
    return need('PASSWORD')
  },
}

// narrow says that nothing sticks out to the side.
export async function fits(page, width) {
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth)
  assert.ok(wide <= width, `${page.url()} is ${wide} px wide on a screen of ${width}`)
}
