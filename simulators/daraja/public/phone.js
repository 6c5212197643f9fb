const pollMs = 1000
const nairobi = { timeZone: 'Africa/Nairobi', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
const element = (id) => document.getElementById(id)
const pin = element('pin')

let phones = []
// Until somebody chooses a phone, the page shows the one that rings.
let chosen = location.hash.slice(1) || null
let answered = { phone: null, until: 0 }
let shownPrompt = null

function show(text, tag, className) {
  const node = document.createElement(tag)
  node.textContent = text
  if (className) node.className = className
  return node
}

const rings = ({ prompt }) => prompt !== null && !prompt.ignored
const find = (number) => phones.find(({ phone }) => phone === number)

function current() {
  if (chosen) return find(chosen) ?? null
  // What was just answered stays for a moment, so that its message is seen.
  const lately = find(answered.phone)
  if (lately && Date.now() < answered.until) return lately
  return phones.find(rings) ?? lately ?? phones[0] ?? null
}

function renderPhones() {
  const selected = current()?.phone
  const rows = phones.map((entry) => {
    const button = show(`+${entry.phone}`, 'button')
    button.type = 'button'
    button.dataset.phone = entry.phone
    button.setAttribute('aria-current', String(entry.phone === selected))
    if (rings(entry)) button.append(show('rings', 'span', 'badge'))
    const row = document.createElement('li')
    row.append(button)
    return row
  })
  const focused = document.activeElement?.dataset?.phone
  element('phones').replaceChildren(...rows)
  if (focused)
    element('phones')
      .querySelector(`[data-phone="${CSS.escape(focused)}"]`)
      ?.focus()
  element('no-phones').hidden = phones.length > 0
}

function renderPrompt(prompt) {
  if (prompt?.checkoutRequestId === shownPrompt?.checkoutRequestId) return
  shownPrompt = prompt
  element('prompt').hidden = !prompt
  element('ignore').hidden = !prompt
  element('quiet').hidden = Boolean(prompt)
  pin.value = ''
  element('pin-error').textContent = ''
  if (!prompt) return
  element('prompt-amount').textContent = `KES ${prompt.amount.toLocaleString('en-KE')}.00`
  element('prompt-merchant').textContent = `${prompt.merchant} (${prompt.payee})`
  element('prompt-account').textContent = prompt.accountReference
  element('prompt-text').textContent = prompt.text
  pin.focus()
}

function makeReversal(receipt) {
  const button = show('Reverse it in the portal', 'button')
  button.type = 'button'
  button.dataset.receipt = receipt
  return button
}

let shownMessages = ''
function renderMessages(messages) {
  const key = JSON.stringify(messages)
  if (key === shownMessages) return
  shownMessages = key
  const rows = messages.map(({ at, text, paid, reversible }) => {
    const row = show(text, 'li', paid ? 'paid' : '')
    const time = show(new Date(at).toLocaleTimeString([], nairobi), 'time')
    time.dateTime = at
    row.append(time)
    if (reversible) row.append(makeReversal(reversible))
    return row
  })
  element('messages').replaceChildren(...rows)
}

function renderTimes() {
  element('clock').textContent = new Date().toLocaleTimeString([], nairobi)
  const left = shownPrompt ? Math.max(0, Math.ceil((Date.parse(shownPrompt.expiresAt) - Date.now()) / 1000)) : 0
  element('countdown').textContent = shownPrompt ? `The prompt goes away in ${left} s.` : ''
}

function render() {
  const entry = current()
  element('number').textContent = entry ? `+${entry.phone}` : ''
  renderPhones()
  renderPrompt(entry && rings(entry) ? entry.prompt : null)
  renderMessages(entry?.messages ?? [])
  renderTimes()
}

async function refresh() {
  try {
    const response = await fetch('/control/phones', { signal: AbortSignal.timeout(5000) })
    if (!response.ok) throw new Error(String(response.status))
    phones = (await response.json()).phones
    element('trouble').textContent = ''
    render()
  } catch {
    element('trouble').textContent = 'The simulator does not answer.'
  }
}

async function act(hand, body = {}) {
  if (!shownPrompt) return
  answered = { phone: shownPrompt.phone, until: Date.now() + 4000 }
  await send(`prompts/${encodeURIComponent(shownPrompt.checkoutRequestId)}/${hand}`, body, element('pin-error'))
}

async function send(path, body, trouble) {
  try {
    const response = await fetch(`/control/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    })
    if (!response.ok) trouble.textContent = (await response.json()).error
  } catch {
    element('trouble').textContent = 'The simulator does not answer.'
  }
  await refresh()
}

function addKeys() {
  const press = (key) => {
    if (key === '⌫') pin.value = pin.value.slice(0, -1)
    else if (pin.value.length < 4) pin.value += key
  }
  for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '⌫', '0']) {
    const button = show(key, 'button', 'key')
    button.type = 'button'
    if (key === '⌫') button.setAttribute('aria-label', 'Delete the last digit')
    button.addEventListener('click', () => press(key))
    document.querySelector('.keys').append(button)
  }
}

element('phones').addEventListener('click', (event) => {
  const phone = event.target.closest('button')?.dataset.phone
  if (!phone) return
  chosen = phone
  history.replaceState(null, '', `#${phone}`)
  render()
})
element('messages').addEventListener('click', (event) => {
  const receipt = event.target.closest('button')?.dataset.receipt
  if (receipt) void send(`ledger/${encodeURIComponent(receipt)}/reverse`, {}, element('trouble'))
})
element('prompt').addEventListener('submit', (event) => {
  event.preventDefault()
  if (/^\d{4}$/.test(pin.value)) void act('pin', { pin: pin.value })
  else element('pin-error').textContent = 'A PIN has four digits.'
  pin.value = ''
})
element('cancel').addEventListener('click', () => void act('cancel'))
element('ignore').addEventListener('click', () => void act('ignore'))

addKeys()
void refresh()
setInterval(() => {
  if (!document.hidden) void refresh()
}, pollMs)
document.addEventListener('visibilitychange', () => void (document.hidden || refresh()))
