import { coverOfStray } from './cover-stray'
import { coverOfGivenBack, coverOfTry } from './covers'
import type { Complaint, Invariant } from './finding'
import { readLedger } from './read-ledger'
import { type AuditedPayment, namePayment, readAllPayments } from './read-payments'

interface Entry {
  kind: 'payment' | 'reversal' | 'payout'
  receipt: string
  /** In whole shillings. */
  amount: number
  phone: string
  accountReference?: string
  checkoutRequestId?: string
  /** Of a reversal: what it undoes. */
  originalReceipt?: string
  /** Of a payout: the refund that it was made for. */
  originatorId?: string
}

interface Sums {
  entries: number
}

export const checkMpesaBooks: Invariant = {
  name: 'mpesa-books',
  rule: 'What M-Pesa took is what our payments have, receipt by receipt; what it gave back is what we refunded.',
  async *check({ payment, daraja }, count) {
    if (!daraja) return
    const { entries, dropped } = await readLedger<Entry, Sums>(daraja)
    count(entries.length)
    const ledger = new OpenLedger(entries)
    const isWhole = dropped.entries === 0
    for await (const payments of readAllPayments(payment)) {
      for (const each of payments.filter(({ provider }) => provider === 'mpesa')) {
        const entry = ledger.take(each)
        const givenBack = ledger.takeGivenBack(each, entry)
        // What came for nothing and went back owes nobody anything.
        if (!each.isCompleted && entry && entry.amount * 100 === givenBack) continue
        yield* compare(each, entry, isWhole)
        yield* compareRefunds(each, givenBack, isWhole)
      }
    }
    for (const entry of ledger.left()) {
      const complaint = complainAboutStray(entry, ledger.findUnanswered(entry))
      const stray = { provider: 'mpesa', name: entry.receipt, isOurs: false }
      yield { ...complaint, cover: complaint.cover ?? (await coverOfStray(payment, stray)) }
    }
    for (const entry of ledger.leftGivenBack()) {
      const what = `gave back ${entry.amount * 100} cents that no refund of ours asked for`
      yield { about: `M-Pesa receipt ${entry.receipt}`, what }
    }
  },
}

/** The provider's payments, each taken out once by the payment of ours that it belongs to. */
class OpenLedger {
  private readonly byReceipt = new Map<string, Entry>()
  private readonly byReference = new Map<string, Entry>()
  /** Tries whose request was never answered have no reference, only what they asked for. */
  private readonly unanswered = new Map<string, AuditedPayment>()

  /** By the receipt that was reversed, and by the refund that was paid out. */
  private readonly givenBack = new Map<string, Entry>()

  constructor(entries: Entry[]) {
    for (const entry of entries) {
      if (entry.kind !== 'payment') {
        this.givenBack.set(entry.originalReceipt ?? entry.originatorId ?? entry.receipt, entry)
        continue
      }
      this.byReceipt.set(entry.receipt, entry)
      if (entry.checkoutRequestId) this.byReference.set(entry.checkoutRequestId, entry)
    }
  }

  take(payment: AuditedPayment): Entry | undefined {
    const { transactionId, externalReference } = payment
    const entry = this.byReference.get(externalReference ?? '') ?? this.byReceipt.get(transactionId ?? '')
    if (entry) this.byReceipt.delete(entry.receipt)
    else if (!externalReference) this.unanswered.set(askedFor(payment), payment)
    return entry
  }

  /** In cents. A reversal names the payment's receipt, which our books may not know. */
  takeGivenBack({ transactionId, refunds }: AuditedPayment, entry: Entry | undefined): number {
    let sum = 0
    for (const key of [transactionId ?? '', entry?.receipt ?? '', ...refunds.map(({ id }) => id)]) {
      sum += (this.givenBack.get(key)?.amount ?? 0) * 100
      this.givenBack.delete(key)
    }
    return sum
  }

  leftGivenBack(): Entry[] {
    return [...this.givenBack.values()]
  }

  /** But what came for nothing and was reversed. */
  left(): Entry[] {
    return [...this.byReceipt.values()].filter(({ receipt }) => !this.givenBack.delete(receipt))
  }

  findUnanswered({ phone, accountReference = '', amount }: Entry): AuditedPayment | undefined {
    return this.unanswered.get(`${phone} ${accountReference} ${amount * 100}`)
  }
}

function askedFor({ phoneNumber, orderNumber, amount }: AuditedPayment): string {
  return `${phoneNumber} ${orderNumber.replaceAll('-', '').slice(0, 12)} ${amount}`
}

function* compare(payment: AuditedPayment, entry: Entry | undefined, isWhole: boolean): Generator<Complaint> {
  const subject = { about: namePayment(payment), orderId: payment.orderId }
  if (!entry) {
    if (!payment.isCompleted || !isWhole) return
    const what = 'counts as completed, and M-Pesa took no such money'
    return yield { ...subject, what }
  }
  const { receipt, amount } = entry
  if (amount * 100 !== payment.amount) {
    yield { ...subject, what: `is of ${payment.amount} cents, and M-Pesa took ${amount * 100} with ${receipt}` }
  }
  if (!payment.isCompleted) {
    yield { ...subject, what: `is ${payment.status}, and M-Pesa took it with ${receipt}`, cover: coverOfTry(payment) }
  } else if (payment.transactionId && payment.transactionId !== receipt) {
    yield { ...subject, what: `has the receipt ${payment.transactionId}, and M-Pesa's is ${receipt}` }
  }
}

function* compareRefunds(payment: AuditedPayment, givenBack: number, isWhole: boolean): Generator<Complaint> {
  if (givenBack === payment.refunded || (!isWhole && givenBack < payment.refunded)) return
  const what = `gave back ${payment.refunded} cents by our books, and ${givenBack} by M-Pesa's`
  const cover = coverOfGivenBack(payment, givenBack)
  yield { about: namePayment(payment), orderId: payment.orderId, what, cover }
}

function complainAboutStray(entry: Entry, payment: AuditedPayment | undefined): Complaint {
  const what = `took ${entry.amount * 100} cents for ${entry.accountReference} that no payment has`
  const about = `M-Pesa receipt ${entry.receipt}`
  return {
    about,
    what,
    orderId: payment?.orderId,
    cover: payment && !payment.isCompleted ? coverOfTry(payment) : undefined,
  }
}
