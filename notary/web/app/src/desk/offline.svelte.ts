// Whether the desk works with the network off. It says so only after the service
// worker has answered that every file of the desk lies in this browser.

export type Offline =
  | { name: 'working' }
  | { name: 'ready' }
  | { name: 'no'; why: string } // '': the page is not served in a way that browsers keep

class Watch {
  state = $state.raw<Offline>({ name: 'working' })
  connected = $state(navigator.onLine)
  private started = false

  constructor() {
    addEventListener('online', () => (this.connected = true))
    addEventListener('offline', () => (this.connected = false))
  }

  /** Has the desk kept; script is the service worker's address. */
  async start(script: string): Promise<void> {
    if (this.started) return
    this.started = true
    const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker
    if (workers === undefined) {
      this.state = { name: 'no', why: '' }
      return
    }
    try {
      await workers.register(script)
      const registration = await workers.ready
      await this.ask(registration.active)
      // A newer desk took over: its files may still be on their way.
      workers.addEventListener('controllerchange', () => void this.ask(workers.controller))
    } catch (e) {
      // A certificate that the browser does not believe ends here.
      const insecure = e instanceof DOMException && e.name === 'SecurityError'
      this.state = { name: 'no', why: insecure ? '' : e instanceof Error ? e.message : String(e) }
    }
  }

  private async ask(worker: ServiceWorker | null): Promise<void> {
    if (worker === null) return
    const complete = await new Promise<boolean>((done) => {
      const channel = new MessageChannel()
      const late = setTimeout(() => done(false), 10_000)
      channel.port1.onmessage = (e: MessageEvent<{ complete: boolean }>) => {
        clearTimeout(late)
        done(e.data.complete)
      }
      worker.postMessage({ ask: 'complete' }, [channel.port2])
    })
    this.state = complete ? { name: 'ready' } : { name: 'no', why: 'the browser did not keep all files' }
  }
}

export const offline = new Watch()
