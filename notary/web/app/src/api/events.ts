// Server-sent events as text (WHATWG HTML §9.2.6), apart from any connection.

export interface Message {
  event: string
  data: string
}

export class Parser {
  lastID = ''
  retry = 1000
  private rest = ''
  private id = ''
  private event = ''
  private data: string[] = []

  // push takes a piece of the stream and gives the messages that it completes.
  push(piece: string): Message[] {
    this.rest += piece
    const out: Message[] = []
    for (;;) {
      const end = this.rest.search(/\r\n|\n|\r(?=[^\n])/)
      if (end < 0) return out
      const line = this.rest.slice(0, end)
      this.rest = this.rest.slice(end + (this.rest.startsWith('\r\n', end) ? 2 : 1))
      if (line === '') {
        this.lastID = this.id // of half an event one could not resume
        if (this.data.length > 0) out.push({ event: this.event || 'message', data: this.data.join('\n') })
        this.event = ''
        this.data = []
        continue
      }
      this.field(line)
    }
  }

  private field(line: string) {
    const colon = line.indexOf(':')
    if (colon === 0) return // a comment
    const name = colon < 0 ? line : line.slice(0, colon)
    let value = colon < 0 ? '' : line.slice(colon + 1)
    if (value.startsWith(' ')) value = value.slice(1)
    if (name === 'event') this.event = value
    else if (name === 'data') this.data.push(value)
    else if (name === 'id') this.id = value
    else if (name === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
  }
}
