// The service worker of the inspector's desk: it keeps the desk's page, script,
// style and verifier in the browser, and answers with them when the network is off.
// It never touches the API: nothing but the files named below is kept or answered.
// build/keep.mjs fills in the two constants.
const files = [] // KEEP:FILES
const version = '' // KEEP:VERSION

const name = `fieldseal-desk-${version}`
const page = '/desk'
const patience = 3000 // ms that a navigation waits for a slow network

self.addEventListener('install', (e) => {
  e.waitUntil(keep().then(() => self.skipWaiting()))
})

async function keep() {
  const cache = await caches.open(name)
  await cache.addAll([page, ...files].map((url) => new Request(url, { cache: 'no-cache', credentials: 'same-origin' })))
}

self.addEventListener('activate', (e) => {
  e.waitUntil(
    (async () => {
      for (const old of await caches.keys()) if (old.startsWith('fieldseal-desk-') && old !== name) await caches.delete(old)
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('message', (e) => {
  if (e.data?.ask !== 'complete') return
  e.waitUntil(complete().then((all) => e.ports[0].postMessage({ complete: all })))
})

async function complete() {
  const cache = await caches.open(name)
  for (const url of [page, ...files]) if ((await cache.match(url, { ignoreVary: true })) === undefined) return false
  return true
}

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== self.location.origin) return
  if (e.request.mode === 'navigate') {
    if (url.pathname === page || url.pathname.startsWith(page + '/')) e.respondWith(navigate(e.request))
  } else if (files.includes(url.pathname)) {
    e.respondWith(kept(e.request, url.pathname))
  }
})

// The newest page where there is a network, the kept one where there is none.
async function navigate(request) {
  const stop = new AbortController()
  const late = setTimeout(() => stop.abort(), patience)
  try {
    const answer = await fetch(request, { signal: stop.signal })
    if (answer.ok) return answer
  } catch {
    // The kept page follows.
  } finally {
    clearTimeout(late)
  }
  return kept(request, page)
}

// The names of these files hold their digests, so that a kept one is never stale.
async function kept(request, path) {
  const cache = await caches.open(name)
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request)
}
