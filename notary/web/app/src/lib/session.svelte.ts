// Who is signed in, and what they may do.

import { Refusal, get, onSignedOut, remember, send } from '../api/client'
import type { Me } from '../api/types'

class Session {
  me = $state.raw<Me | null>(null)
  // asking until the first answer; open where the notary lets one read without
  // signing in, as on its own machine, or keeps no accounts.
  state = $state<'asking' | 'in' | 'out' | 'open' | 'away'>('asking')
  fault = $state.raw<unknown>(null)

  constructor() {
    onSignedOut(() => {
      if (this.state === 'in' || this.state === 'open') this.leave()
    })
  }

  async load() {
    try {
      this.enter(await get<Me>('me'))
    } catch (e) {
      this.fault = e
      if (e instanceof Refusal && e.status === 404) this.state = 'open'
      else if (e instanceof Refusal && (e.status === 401 || e.status === 403)) this.leave()
      else this.state = 'away'
    }
  }

  async signIn(name: string, password: string) {
    this.enter(await send<Me>('POST', 'session', { name, password }))
  }

  async signOut() {
    await send('DELETE', 'session')
    this.leave()
  }

  may(resource: string, action: string): boolean {
    return this.me?.may[resource]?.includes(action) ?? false
  }

  private enter(me: Me) {
    remember(me)
    this.me = me
    this.state = me.csrf ? 'in' : 'open'
    this.fault = null
  }

  private leave() {
    remember(null)
    this.me = null
    this.state = 'out'
  }
}

export const session = new Session()
