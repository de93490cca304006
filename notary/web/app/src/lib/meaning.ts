// What colours and icons mean. Each meaning has one colour (a token of app.css),
// one icon (parts/Icon.svelte) and one word, the same on every screen; a terminal
// and a printed sheet use the same words and, for verdicts, the same signs.

export interface Meaning {
  token: string // --token in app.css, and the icon's name
  sign: string // for paper and the terminal
  en: string
  zh: string
}

export const states = {
  sealed: { token: 'sealed', sign: '◇', en: 'sealed', zh: '已封签' },
  logged: { token: 'logged', sign: '◈', en: 'logged', zh: '已入日志' },
  'anchored (local)': { token: 'anchored', sign: '⚓', en: 'anchored (local)', zh: '已锚定（本地）' },
  anchored: { token: 'final', sign: '◆', en: 'final', zh: '锚定不可撤销' },
} as const satisfies Record<string, Meaning>

export type State = keyof typeof states

const order: State[] = ['sealed', 'logged', 'anchored (local)', 'anchored']

// further says whether a proof in state a has come further than in state b.
export function further(a: State, b: State): boolean {
  return order.indexOf(a) > order.indexOf(b)
}

// explained says what each state means for someone who sees it the first time.
export const explained: Record<State, { en: string; zh: string }> = {
  sealed: { en: 'The gateway signed it and the notary keeps it.', zh: '网关已签名，公证端已收存。' },
  logged: { en: 'It stands under a signed checkpoint of the log.', zh: '已列入存证日志的签名检查点之下。' },
  'anchored (local)': { en: 'It stands in a block of a chain that this notary runs alone: time and order rest on its operator.', zh: '已写入由本公证端独自运行的链：时间与顺序取决于运营方。' },
  anchored: { en: 'It stands in a block that cannot be undone under the chain’s rules.', zh: '所在区块按链的规则不可撤销。' },
}

export const verdicts = {
  genuine: { token: 'genuine', sign: '✓', en: 'genuine', zh: '属实' },
  pending: { token: 'pending', sign: '…', en: 'pending', zh: '待锚定' },
  uncheckable: { token: 'uncheckable', sign: '?', en: 'cannot be checked', zh: '无法核验' },
  altered: { token: 'altered', sign: '✗', en: 'altered', zh: '已被改动' },
} as const satisfies Record<string, Meaning>

export type Verdict = keyof typeof verdicts

// How a site is: the worst that is so.
export const conditions = {
  alarm: { token: 'alarm', sign: '▲', en: 'alarm', zh: '报警' },
  silence: { token: 'silence', sign: '○', en: 'silent', zh: '失联' },
  lag: { token: 'lag', sign: '◔', en: 'proof behind', zh: '存证滞后' },
  calm: { token: 'calm', sign: '●', en: 'calm', zh: '正常' },
} as const satisfies Record<string, Meaning>

export type Condition = keyof typeof conditions

export const worstFirst: Condition[] = ['alarm', 'silence', 'lag', 'calm']
