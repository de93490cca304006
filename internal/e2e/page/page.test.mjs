import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accessible, account, clean, fits, hand, launch, notary, open, screen, until } from './browser.mjs'

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

const views = ['/', '/site/north-yard', '/site/cold-store', '/alarms', '/board/food', '/board/construction', '/coverage', '/health', '/search?q=north-yard', '/sign-in']
const nameOf = (path) => path.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'overview'
const settled = (page) => until('the view is there', async () => (await page.locator('main h1').count()) > 0)

describe('a stranger’s first visit', { timeout: 480_000 }, () => {
  test('the sites are there, beside a map, from the notary alone', async () => {
    const page = await open(browser)
    let bytes = 0
    const counted = []
    const client = await page.context().newCDPSession(page)
    await client.send('Network.enable')
    const urls = new Map()
    client.on('Network.responseReceived', (e) => urls.set(e.requestId, e.response.url))
    client.on('Network.loadingFinished', (e) => {
      const url = urls.get(e.requestId) ?? ''
      // The map and the verifier are loaded when they are wanted.
      if (/maplibre|pmtiles|verifier|\.wasm|\/map\//.test(url)) return
      bytes += e.encodedDataLength
      counted.push(`${e.encodedDataLength} ${url.replace(notary, '')}`)
    })
    await page.goto(notary + '/')
    await page.getByRole('link', { name: /North yard/ }).first().waitFor()
    await page.getByRole('link', { name: /East quay/ }).first().waitFor()
    await until('a site has reported', async () => /s ago/.test(await page.locator('main').innerText()))
    assert.ok(bytes < 400_000, `the first page took ${bytes} bytes:\n${counted.join('\n')}`)
    console.log(`first page before map and verifier: ${bytes} bytes`)
    await until('the map or its stand-in is drawn', async () => (await page.locator('.map canvas, .district').count()) > 0)
    await page.getByText('GCJ-02 coordinates, converted for display').waitFor()
    await accessible(page, 'the overview')
    await screen(page, 'overview-en')
    clean(page)
    await page.context().close()
  })

  test('the first live value of a site is there soon, and it moves', async () => {
    const page = await open(browser)
    const began = Date.now()
    await page.goto(notary + '/site/north-yard')
    const value = page.locator('article.tile', { hasText: 'dust-1/pm10' }).locator('.value')
    await value.waitFor()
    console.log(`first live value after ${Date.now() - began} ms`)
    const at = () => page.locator('article.tile', { hasText: 'dust-1/pm10' }).locator('time').getAttribute('datetime')
    const first = await at()
    await until('a newer reading comes in by itself', async () => (await at()) !== first)
    await page.getByText('live', { exact: true }).waitFor()
    await until('a reading is anchored while one looks', async () => (await page.getByText('anchored (local)').count()) > 0)
    await accessible(page, 'a site')
    await screen(page, 'site-en')
    clean(page)
    await page.context().close()
  })

  test('from the chart to the raw frame and the proof in two clicks', async () => {
    const page = await open(browser)
    await page.goto(notary + '/point/north-yard/dust-1/pm10')
    const chart = page.locator('.chart .u-over')
    await chart.waitFor()
    await until('readings are drawn', async () => Number(((await page.locator('main').innerText()).match(/(\d[\d,]*) readings/) ?? [])[1]?.replace(',', '')) > 3)
    const box = await chart.boundingBox()
    await page.mouse.click(box.x + box.width - 6, box.y + box.height / 2)
    await accessible(page, 'a point')
    await screen(page, 'point-en')
    await page.locator('.chosen').getByRole('link', { name: 'Raw frame and proof' }).click()
    await page.getByRole('heading', { name: /Record \d+ of log entry \d+/ }).waitFor()
    await until('the received bytes are shown', async () => /[0-9a-f]{2} [0-9a-f]{2}/.test(await page.locator('.hex').last().innerText()))
    await page.getByRole('link', { name: 'Check it on the desk' }).waitFor()
    const href = await page.getByRole('link', { name: 'Get the evidence file' }).getAttribute('href')
    const file = await until('the evidence file', async () => {
      const res = await page.request.get(notary + href)
      return res.ok() ? await res.json() : false
    })
    assert.match(file.format ?? JSON.stringify(file).slice(0, 200), /fieldseal/)
    await until('its block is named', async () => /block hash\s+[0-9a-f]{64}/.test(await page.locator('.path').innerText()))
    await accessible(page, 'a record')
    await screen(page, 'record-en')
    clean(page)
    await page.context().close()
  })
})

describe('every view', { timeout: 480_000 }, () => {
  for (const locale of ['zh-CN', 'en-GB']) {
    test(`reads well in ${locale}, on a phone of 360 px too`, async () => {
      const page = await open(browser, { locale, width: 360, height: 740 })
      for (const path of views) {
        await page.goto(notary + path)
        await settled(page)
        assert.equal(await page.locator('html').getAttribute('lang'), locale)
        await until('it stands still', async () => (await page.getByRole('status').filter({ hasText: /Asking|正在询问/ }).count()) === 0)
        await page.waitForTimeout(600)
        await fits(page, 360)
        await accessible(page, `${path} in ${locale}`)
        await screen(page, `phone-${nameOf(path)}-${locale.slice(0, 2)}`)
        const text = await page.locator('body').innerText()
        assert.doesNotMatch(text, /undefined|NaN|\[object|Invalid Date/, path)
        assert.doesNotMatch(text, /there is nothing at this path/, path)
        if (locale === 'zh-CN') assert.match(text, /[\u4e00-\u9fff]/, path)
      }
      clean(page)
      await page.context().close()
    })
  }

  test('tells of instruments that are due for calibration, the overdue one first', async () => {
    for (const [locale, expired, due] of [['en-GB', /calibration .*North yard dust-1 \(Simulated, no\. 1, SIM-1, .*expired/, /crane-1 .*in \d+/], ['zh-CN', /检定 .*dust-1（.*（已到期）/, /crane-1（.*后到期）/]]) {
      const page = await open(browser, { locale })
      await page.goto(notary + '/health')
      const rows = page.locator('section', { has: page.getByRole('heading', { name: /What expires|到期事项/ }) }).locator('li')
      await until('both are listed', async () => (await rows.filter({ hasText: /dust-1|crane-1/ }).count()) === 2)
      const texts = (await rows.allInnerTexts()).map((t) => t.replace(/\s+/g, ' '))
      assert.match(texts.find((t) => t.includes('dust-1')), expired)
      assert.match(texts.find((t) => t.includes('crane-1')), due)
      assert.ok(texts[0].includes('dust-1'), texts.join('\n'))
      await accessible(page, `health with what expires, ${locale}`)
      await screen(page, `expiring-${locale.slice(0, 2)}`)
      clean(page)
      await page.context().close()
    }
  })

  test('is chosen in a language once, and stays so', async () => {
    const page = await open(browser, { locale: 'en-GB' })
    await page.goto(notary + '/alarms')
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('heading', { name: '报警', exact: true }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: '报警', exact: true }).waitFor()
    clean(page)
    await page.context().close()
  })

  test('that does not exist says so', async () => {
    const page = await open(browser)
    await page.goto(notary + '/site/')
    await page.getByRole('heading', { name: 'There is no such view' }).waitFor()
    await page.goto(notary + '/site/no-such-site')
    await page.getByRole('alert').first().waitFor()
    await page.context().close()
  })
})

describe('the keyboard alone', { timeout: 240_000 }, () => {
  test('leads from the front page to a reading’s proof', async () => {
    const page = await open(browser)
    await page.goto(notary + '/')
    await page.getByRole('link', { name: /North yard/ }).first().waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
    const tab = async (to, most = 120) => {
      for (let i = 0; i < most; i++) {
        await page.keyboard.press('Tab')
        if (to.test(await focused())) return
      }
      throw new Error(`the keyboard does not reach ${to} on ${page.url()}`)
    }
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Skip to content')
    await page.keyboard.press('Enter')
    await tab(/North yard$/)
    await page.keyboard.press('Enter')
    await page.locator('article.tile').first().waitFor()
    await tab(/^[\d.−-]+/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /Record \d+/ }).waitFor()
    await tab(/Get the evidence file/)
    clean(page)
    await page.context().close()
  })
})

describe('an alarm', { timeout: 480_000 }, () => {
  const own = 'quiet water runs deep 26'
  let before, raised

  test('lives: raised, acknowledged by whom, stated, cleared', async () => {
    const page = await open(browser)
    await page.goto(notary + '/sign-in?back=/alarms')
    await page.getByLabel('Account').fill(account.name)
    await page.getByLabel('Password').fill(account.password)
    await accessible(page, 'signing in')
    await page.locator('main').getByRole('button', { name: 'Sign in' }).click()
    // The first password is for one thing alone.
    await page.getByText('set your own before anything else').waitFor()
    await page.goto(notary + '/alarms')
    await page.getByText('set your own before anything else').waitFor()
    await page.getByLabel('Present password').fill(account.password)
    await page.getByLabel('New password, at least 12 characters').fill(own)
    await page.getByLabel('New password again').fill(own)
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await page.getByText('The password is changed.').waitFor()
    await accessible(page, 'the account')
    await screen(page, 'account-en')

    before = Date.now() * 1000
    await page.goto(notary + '/alarms?site=cold-store')
    await hand('hold', { site: 'cold-store', point: 'room-2/temperature', value: -9.5 })
    const card = page.locator('li.card', { hasText: 'room-2/temperature' }).first()
    await card.getByText('lasting').waitFor()
    await card.getByText('unanswered').waitFor()
    raised = Date.now() * 1000
    await accessible(page, 'alarms')
    await screen(page, 'alarm-raised-en')
    await card.getByRole('button', { name: 'Acknowledge' }).click()
    await card.getByRole('button', { name: /Sign and send/ }).click()
    await card.getByText('by wang').first().waitFor()
    await card.getByRole('button', { name: 'Add a statement' }).click()
    await card.getByLabel('What is known').fill('压缩机跳闸，已派人 Compressor tripped, a fitter is on the way')
    await card.getByRole('button', { name: /Sign and send/ }).click()
    await card.getByText('Compressor tripped').waitFor()
    await hand('free', { site: 'cold-store', point: 'room-2/temperature' })
    await card.locator('.standing').getByText('cleared').waitFor({ timeout: 60_000 })
    await card.getByText('Life of the alarm').click()
    const life = await card.locator('.life').textContent()
    for (const step of ['raised', 'acknowledged', 'statement', 'cleared', 'log entry']) assert.ok(life.includes(step), `${step} in ${life}`)
    await screen(page, 'alarm-cleared-en')

    await page.goto(notary + '/board/food')
    await page.getByText('outside for').first().waitFor()
    await page.getByText('Compressor tripped').first().waitFor()
    await accessible(page, 'the food board')
    await screen(page, 'board-food-en')
    await page.goto(notary + '/point/cold-store/room-2/temperature')
    await page.getByText('Alarms in this window').waitFor()
    await page.waitForTimeout(500)
    await screen(page, 'point-alarm-en')
    clean(page)
    await page.context().close()
  })

  test('is not known in a replay of the time before it', async () => {
    const page = await open(browser)
    await page.goto(notary + '/site/cold-store')
    await page.locator('article.tile').first().waitFor()
    await page.getByRole('button', { name: 'Replay' }).click()
    // The field knows whole seconds: the next one, since the alarm may be quicker than one.
    await page.getByLabel('Moment').fill(new Date(Math.ceil(raised / 1e6) * 1e3 + 8 * 3600e3).toISOString().slice(0, 19))
    await page.getByRole('button', { name: 'Show that moment' }).click()
    await page.getByText('Replay: what the centre could have known').waitFor()
    const tile = page.locator('article.tile', { hasText: 'room-2/temperature' })
    await until('the value of that moment', async () => (await tile.locator('.value').innerText()).startsWith('-9.5'))
    await accessible(page, 'a replay')
    await screen(page, 'replay-site-en')
    await page.goto(`${notary}/alarms?site=cold-store&at=${before}`)
    await page.getByText('Replay: what the centre could have known').waitFor()
    await until('the alarms of then', async () => /\d+ unanswered/.test(await page.locator('main').innerText()))
    assert.equal(await page.locator('li.card', { hasText: '-9.5' }).count(), 0)
    await page.goto(`${notary}/alarms?site=cold-store&at=${raised}`)
    await page.locator('li.card', { hasText: '-9.5' }).getByText('unanswered').waitFor()
    await page.goto(`${notary}/?at=${before}`)
    await page.getByRole('link', { name: /East quay/ }).first().waitFor()
    await page.locator('.map canvas, .district').first().waitFor()
    await screen(page, 'replay-overview-en')
    await page.getByRole('button', { name: 'Back to now' }).click()
    await page.getByText('live', { exact: true }).waitFor()
    clean(page)
    await page.context().close()
  })
})

describe('a silent device', { timeout: 480_000 }, () => {
  test('leaves a gap in the line, with its reason', async () => {
    const page = await open(browser)
    await page.goto(notary + '/point/north-yard/dust-1/pm10')
    await page.locator('.chart .u-over').waitFor()
    await hand('dead', { site: 'north-yard', point: 'dust-1' })
    await page.waitForTimeout(8000)
    await hand('alive', { site: 'north-yard', point: 'dust-1' })
    await page.getByText('Gaps in this window').waitFor({ timeout: 60_000 })
    await page.getByText('no answer').first().waitFor()
    await page.getByRole('link', { name: 'sealed record' }).first().click()
    await page.getByRole('heading', { name: /Record \d+ of log entry/ }).waitFor()
    await page.goBack()
    await page.locator('.chart .u-over').waitFor()
    await page.waitForTimeout(1000)
    await screen(page, 'point-gap-en')
    clean(page)
    await page.context().close()
  })
})

describe('the notary goes away', { timeout: 240_000 }, () => {
  test('the page says so, and goes on without a reload', async () => {
    const page = await open(browser)
    await page.goto(notary + '/site/north-yard')
    await page.getByText('live', { exact: true }).waitFor()
    await hand('stop')
    await page.getByText('no connection since').waitFor({ timeout: 60_000 })
    await screen(page, 'offline-en')
    await hand('start')
    await page.getByText('live', { exact: true }).waitFor({ timeout: 60_000 })
    await page.context().close()
  })
})

describe('a map of the operator’s own', { timeout: 240_000 }, () => {
  // Where the map shows through between the labels, near its lower right corner.
  const ground = async (page) => {
    const box = await page.locator('.map canvas').boundingBox()
    const shot = await page.screenshot({ clip: { x: box.x + box.width - 60, y: box.y + box.height - 60, width: 40, height: 40 } })
    const blank = await browser.newPage()
    const seen = await blank.evaluate(async (png) => {
      const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob())
      const canvas = new OffscreenCanvas(image.width, image.height)
      const c = canvas.getContext('2d')
      c.drawImage(image, 0, 0)
      const d = c.getImageData(0, 0, image.width, image.height).data
      const counts = {}
      for (let i = 0; i < d.length; i += 4) counts[[d[i], d[i + 1], d[i + 2]]] = (counts[[d[i], d[i + 1], d[i + 2]]] ?? 0) + 1
      return Object.entries(counts).sort((a, b) => b[1] - a[1])[0][0].split(',').map(Number)
    }, shot.toString('base64'))
    await blank.close()
    return seen
  }
  const token = (page, name) =>
    page.evaluate((name) => {
      const c = new OffscreenCanvas(1, 1).getContext('2d')
      c.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
      c.fillRect(0, 0, 1, 1)
      return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }, name)
  const near = (a, b) => a.every((x, i) => Math.abs(x - b[i]) <= 3)

  test('is drawn from its tiles, in gzip or not; a torn one leaves the outline, and is told of', async () => {
    for (const { torn, packed } of [{ torn: '' }, { torn: '', packed: 'yes' }, { torn: 'head' }, { torn: 'tile' }, { torn: 'tile', packed: 'yes' }]) {
      await hand('stop')
      await hand('tiles', { torn, packed: packed ?? '' })
      await hand('start')
      const page = await open(browser)
      const ranges = []
      page.on('response', (r) => r.url().endsWith('.pmtiles') && ranges.push(r.status()))
      await page.goto(notary + '/')
      await page.locator('.map canvas').waitFor()
      await page.getByRole('link', { name: /North yard/ }).first().waitFor()
      const bare = await token(page, '--ground')
      const tint = await token(page, '--tint')
      const land = bare.map((x, i) => Math.round(0.3 * x + 0.7 * tint[i]))
      assert.ok(!near(bare, land), 'land and ground look alike, so that nothing is shown by this test')
      await until(`the ground is ${torn ? 'bare' : 'land'}`, async () => near(await ground(page), torn ? bare : land))
      assert.ok(ranges.length > 1 && ranges.every((s) => s === 206), `ranges were answered ${ranges}`)
      if (torn) await page.getByText('map file cannot be read').waitFor()
      else assert.equal(await page.getByText('map file cannot be read').count(), 0)
      if (!torn) {
        await page.getByText('Example map').first().waitFor({ state: 'attached' })
        clean(page)
      }
      await accessible(page, `a map of its own ${torn}`)
      await screen(page, (torn ? `map-torn-${torn}` : 'map-tiles') + (packed ? '-gzip' : '') + '-en')
      await page.context().close()
    }
  })
})

describe('signing in at a provider', { timeout: 240_000 }, () => {
  const through = async (page, name) => {
    await page.goto(notary + '/sign-in?back=/alarms')
    await page.getByRole('link', { name: 'Sign in with City identity' }).click()
    await page.locator('input[name=login]').fill(name)
    await page.locator('input[name=password]').fill('any')
    await page.locator('button[type=submit]').click()
    await page.getByRole('button', { name: 'Continue' }).click()
  }

  test('gives the role that the provider’s claim has, and who has none is told so', async () => {
    await hand('stop')
    await hand('openid')
    await hand('start')
    const page = await open(browser)
    await through(page, 'li.wei')
    await page.waitForURL(notary + '/alarms')
    await page.getByRole('link', { name: 'li.wei' }).click()
    await until('role and limits are shown', async () => /centre[\s\S]*pudong/.test(await page.locator('main').innerText()))
    assert.equal(await page.getByRole('heading', { name: 'Change the password' }).count(), 0)
    await accessible(page, 'an account of a provider')
    await screen(page, 'account-provider-en')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor()
    await page.context().close()

    const other = await open(browser, { locale: 'zh-CN' })
    await other.goto(notary + '/sign-in')
    await other.getByRole('link', { name: '使用 City identity 登录' }).waitFor()
    await other.context().close()
    const stranger = await open(browser)
    await through(stranger, 'stranger')
    await stranger.getByText('it gives you no role here').waitFor()
    await stranger.getByText('该服务未授予您在本公证端的任何角色').waitFor()
    await accessible(stranger, 'a refused sign-in')
    await screen(stranger, 'refused-provider')
    await stranger.context().close()

    // Broken off there, on a phone.
    const phone = await open(browser, { locale: 'zh-CN', width: 360, height: 740 })
    await phone.goto(notary + '/sign-in')
    await phone.getByRole('link', { name: '使用 City identity 登录' }).click()
    await phone.getByText('[ Cancel ]').click()
    await phone.getByText('登录在统一身份服务处被拒绝或取消').waitFor()
    await fits(phone, 360)
    await accessible(phone, 'a sign-in that was broken off')
    await screen(phone, 'broken-off-provider-360-zh')
    await phone.getByRole('link').click()
    await phone.getByRole('heading', { name: '登录' }).waitFor()
    await phone.context().close()
  })
})
