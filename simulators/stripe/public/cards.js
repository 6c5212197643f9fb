const pollMs = 1000
const element = (id) => document.getElementById(id)
const refundWords = { pending: 'is on its way', succeeded: 'has arrived', failed: 'came back' }
const words = {
  requires_payment_method: 'waits for a card',
  requires_confirmation: 'waits to be confirmed',
  requires_action: 'waits for 3-D Secure',
  processing: 'is processed',
  requires_capture: 'is held',
  canceled: 'is canceled',
  succeeded: 'is paid',
  needs_response: 'waits for the shop’s answer',
  under_review: 'is reviewed by the bank',
  won: 'is won by the shop',
  lost: 'is lost by the shop',
}
const buttons = {
  pending: [
    ['refunds', 'succeed', 'Let it arrive'],
    ['refunds', 'fail', 'Send it back'],
  ],
  succeeded: [['refunds', 'fail', 'Send it back']],
  needs_response: [
    ['disputes', 'submit', 'The shop answers'],
    ['disputes', 'win', 'The shop wins'],
    ['disputes', 'lose', 'The shop loses'],
  ],
  under_review: [
    ['disputes', 'win', 'The shop wins'],
    ['disputes', 'lose', 'The shop loses'],
  ],
}
const open = ['requires_payment_method', 'requires_confirmation']

let payments = []
// Until somebody chooses a payment, the page shows the newest that waits.
let chosen = location.hash.slice(1) || null
let acted = { id: null, until: 0, backTo: null }
let shown = ''

function make(tag, text, className) {
  const node = document.createElement(tag)
  node.textContent = text
  if (className) node.className = className
  return node
}

const find = (id) => payments.find((payment) => payment.id === id)
const waits = ({ status }) => open.includes(status) || status === 'requires_action'

function current() {
  if (chosen) return find(chosen) ?? null
  const lately = find(acted.id)
  if (lately && Date.now() < acted.until) return lately
  return payments.find(waits) ?? lately ?? payments[0] ?? null
}

const orderOf = ({ metadata, id }) => metadata.orderNumber ?? metadata.orderId ?? id

function renderList(selected) {
  const rows = payments.map((payment) => {
    const button = make('button', payment.text)
    button.type = 'button'
    button.dataset.id = payment.id
    button.setAttribute('aria-current', String(payment.id === selected?.id))
    button.append(make('span', words[payment.status], waits(payment) ? 'badge' : 'quiet'))
    button.append(make('span', orderOf(payment), 'order'))
    const row = document.createElement('li')
    row.append(button)
    return row
  })
  const focused = document.activeElement?.dataset?.id
  element('payments').replaceChildren(...rows)
  if (focused)
    element('payments')
      .querySelector(`[data-id="${CSS.escape(focused)}"]`)
      ?.focus()
  element('no-payments').hidden = payments.length > 0
}

function facts(payment) {
  const { id, description, metadata, payment_method, last_payment_error, refundedText } = payment
  const all = { Payment: id, For: description, Card: payment_method, Refunded: refundedText, ...metadata }
  if (last_payment_error) all['Last try'] = last_payment_error.message
  return Object.entries(all)
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [make('dt', name), make('dd', value)])
}

function later(payment) {
  const things = [
    ...payment.refunds.map((refund) => ['Refund', refund, refundWords]),
    ...payment.disputes.map((dispute) => ['Dispute', dispute, words]),
  ]
  return things.map(([name, thing, saying]) => {
    const box = make('div', '', 'thing')
    box.append(make('p', `${name} of ${thing.text} ${saying[thing.status]}.`))
    const row = make('div', '', 'actions')
    for (const [kind, step, label] of buttons[thing.status] ?? []) {
      const button = make('button', label)
      button.type = 'button'
      Object.assign(button.dataset, { kind, step, about: thing.id })
      row.append(button)
    }
    if (row.childElementCount > 0) box.append(row)
    return box
  })
}

function renderPayment(payment) {
  element('payment').hidden = !payment
  if (!payment) return
  element('status').textContent = `This payment ${words[payment.status]}.`
  element('amount').textContent = payment.text
  element('facts').replaceChildren(...facts(payment))
  element('pay').hidden = !open.includes(payment.status)
  element('secure').hidden = payment.status !== 'requires_action'
  element('processing').hidden = payment.status !== 'processing'
  element('paid').hidden = payment.status !== 'succeeded' || payment.refundable === 0 || payment.disputes.length > 0
  element('later').replaceChildren(...later(payment))
  const { backTo } = acted.id === payment.id ? acted : { backTo: null }
  element('return').hidden = !backTo || payment.status === 'requires_action'
  if (backTo) element('return-link').href = withResult(backTo, payment.status)
}

function withResult(address, status) {
  const url = new URL(address)
  url.searchParams.set('redirect_status', status === 'succeeded' ? 'succeeded' : 'failed')
  return url.href
}

function render() {
  const payment = current()
  const state = JSON.stringify([payments, payment?.id, acted.backTo])
  if (state === shown) return
  shown = state
  renderList(payment)
  renderPayment(payment)
}

async function ask(path, body) {
  const options = { signal: AbortSignal.timeout(5000) }
  if (body) {
    Object.assign(options, { method: 'POST', headers: { 'content-type': 'application/json' } })
    options.body = JSON.stringify(body)
  }
  const response = await fetch(`/control/${path}`, options)
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

async function guarded(work) {
  try {
    await work()
    element('trouble').textContent = ''
  } catch (error) {
    const unreachable = error instanceof TypeError || error.name === 'TimeoutError'
    element('trouble').textContent = unreachable ? 'The simulator does not answer.' : error.message
  }
}

const refresh = () =>
  guarded(async () => {
    payments = (await ask('payments?limit=40')).payments
    render()
  })

async function act(kind, id, step, given = {}) {
  const payment = current()
  acted = { id: payment?.id ?? null, until: Date.now() + 5000, backTo: payment?.returnUrl ?? acted.backTo }
  await guarded(async () => {
    const { status, last_payment_error } = await ask(`${kind}/${encodeURIComponent(id)}/${step}`, given)
    const result = last_payment_error?.message ?? `Done: the payment ${words[status]}.`
    element('said').textContent = kind === 'payments' ? result : 'Done.'
    payments = (await ask('payments?limit=40')).payments
    render()
    element('amount').focus()
  })
}

async function begin() {
  const [{ cards }, { refunds }] = await Promise.all([ask('cards'), ask('faults')])
  const options = cards.map(({ id, number, does }) => {
    const option = make('option', `${number.replace(/(\d{4})(?=\d)/g, '$1 ')}: ${does}`)
    option.value = id
    return option
  })
  element('card').replaceChildren(...options)
  element('refunds').value = refunds.answer
}

element('payments').addEventListener('click', (event) => {
  const id = event.target.closest('button')?.dataset.id
  if (!id) return
  chosen = id
  element('said').textContent = ''
  history.replaceState(null, '', `#${id}`)
  render()
})
element('payment').addEventListener('click', (event) => {
  const { step, kind = 'payments', about } = event.target.closest('button')?.dataset ?? {}
  const id = about ?? current()?.id
  if (step && id) void act(kind, id, step)
})
element('pay').addEventListener('submit', (event) => {
  event.preventDefault()
  const payment = current()
  if (payment) void act('payments', payment.id, element('card').value)
})
element('refund').addEventListener('submit', (event) => {
  event.preventDefault()
  const payment = current()
  const amount = element('refund-amount').valueAsNumber
  if (payment) void act('payments', payment.id, 'refund', Number.isNaN(amount) ? {} : { amount })
  element('refund-amount').value = ''
})
element('refunds').addEventListener('change', (event) => {
  void guarded(() => ask('faults', { refunds: { answer: event.target.value } }))
})
window.addEventListener('hashchange', () => {
  chosen = location.hash.slice(1) || null
  render()
})

void guarded(begin)
void refresh()
setInterval(() => {
  if (!document.hidden) void refresh()
}, pollMs)
document.addEventListener('visibilitychange', () => void (document.hidden || refresh()))
