// Words for what the notary names in English: causes, marks, events, roles. What is
// not in these lists is shown as it came.

import { lang } from './lang.svelte'

const zh: Record<string, string> = {
  // causes of a gap
  unknown: '原因不明',
  'no answer': '设备无应答',
  'bus fault': '总线故障',
  'journal bound': '本地日志容量已满',
  'agent stopped cleanly': '采集程序正常停止',
  'agent restarted': '采集程序重启',
  'machine restarted': '网关重启',
  'clock not set': '时钟未校准',
  'no value from the instrument': '仪器未给出数值',
  'gateway silent': '网关失联',
  'above its limit': '高于限值',
  'below its limit': '低于限值',
  // marks of a reading
  range: '超出量程',
  rate: '变化过快',
  stuck: '数值停滞',
  instrument: '仪器自标异常',
  tainted: '应答有多余字节',
  clock: '时钟未校准',
  limit: '超限',
  'back-filled': '补传',
  // events
  'agent started': '采集程序启动',
  'agent stopping': '采集程序停止',
  'clock set': '时钟调整',
  'parameter changed': '参数变更',
  'instrument replaced': '更换仪器',
  maintenance: '维护',
  'contact opened': '触点断开',
  'contact closed': '触点闭合',
  'output switched': '输出切换',
  'mains back': '市电恢复',
  'instrument clock set': '仪器校时',
  'command to instrument': '对仪器下发命令',
  'protocol deviation': '协议偏差',
  'outside its area': '离开规定区域',
  'inside its area': '回到规定区域',
  'limits resumed': '限值恢复判定',
  'tamper input': '防拆触发',
  'device lost': '设备失联',
  'device found': '设备恢复',
  'alarm raised': '报警产生',
  'alarm cleared': '报警解除',
  'mains lost': '市电中断',
  'limits paused': '限值暂停判定',
  // gateways
  pending: '待登记',
  enrolled: '已登记',
  revoked: '已吊销',
  // roles
  operator: '运营方',
  centre: '监管中心',
  'supervision centre': '监管中心',
  inspector: '检查员',
  company: '被监管企业',
  'supervised company': '被监管企业',
  auditor: '审计员',
  public: '公众',
  keeper: '公证端本机',
  // ways of acquiring
  agent: '采集程序',
  serial: '串口',
  local: '网关本机接口',
  'site network': '现场网络',
  'public network through a relay': '经公共网络转发',
  // what expires
  calibration: '检定',
  key: '密钥',
  certificate: '证书',
  'certificate authority': '证书机构',
  'gateway certificate': '网关证书',
  'gateway key': '网关密钥',
  'coverage plan': '应采清单',
  answered: '已应答',
  'checksum wrong': '校验错误',
  truncated: '不完整',
  'foreign reply': '非本次应答',
  'surplus bytes': '有多余字节',
  'refused by instrument': '仪器拒绝',
  'status list': '状态清单',
  plan: '应采清单',
  // kinds of record
  reading: '读数',
  frame: '原始帧',
  event: '事件',
  aggregate: '汇总',
  gap: '缺口',
  contents: '目录',
}

const en: Record<string, string> = {
  instrument: 'instrument’s own flag',
  tainted: 'surplus bytes',
  clock: 'clock not set',
  limit: 'out of limit',
  rate: 'changed too fast',
  range: 'out of range',
  stuck: 'does not move',
}

export function term(t: string): string {
  return lang.current === 'zh' ? (zh[t] ?? t) : (en[t] ?? t)
}

const alarmKinds: Record<string, [string, string]> = {
  edge: ['limit', '超限'],
  gap: ['gap', '缺口'],
  blind: ['blind spot', '盲区'],
  log: ['log stalled', '日志停滞'],
  chain: ['chain stalled', '链停滞'],
}

export function alarmKind(kind: string): string {
  const pair = alarmKinds[kind]
  return pair ? pair[lang.current === 'zh' ? 1 : 0] : kind
}
