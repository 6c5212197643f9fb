import { eatParts, formatEat } from './eat-time'
import { merchantBalance } from './ledger'
import { requestCodes, resultCodes, toWireCode } from './result-codes'
import type { Simulator } from './simulator'
import type { AsyncRequest } from './transaction'

type Parameters = [key: string, value: string | number][]

/** The JSON text POSTed to ResultURL; a failure has no ResultParameters. */
export function writeResult(sim: Simulator, request: AsyncRequest, codeAsText: boolean): string {
  const code = request.result?.code ?? ''
  const parameters = code === '0' ? parametersOf[request.kind](sim, request) : []
  return JSON.stringify({
    Result: {
      ResultType: 0,
      ResultCode: codeAsText ? code : toWireCode(code),
      ResultDesc: requestCodes[code] ?? resultCodes[code] ?? 'Failed',
      OriginatorConversationID: request.originatorId,
      ConversationID: request.conversationId,
      TransactionID: request.result?.receipt || '0000000000',
      ...(parameters.length > 0 && {
        ResultParameters: { ResultParameter: parameters.map(([Key, Value]) => ({ Key, Value })) },
      }),
      ReferenceData: { ReferenceItem: { Key: 'QueueTimeoutURL', Value: request.queueTimeoutUrl } },
    },
  })
}

const parametersOf: Record<AsyncRequest['kind'], (sim: Simulator, request: AsyncRequest) => Parameters> = {
  reversal: (sim, request) => [
    ['DebitAccountBalance', `Utility Account|KES|${heldBy(sim)}|${heldBy(sim)}|0.00|0.00`],
    ['Amount', request.amount],
    ['TransCompletedTime', Number(formatEat(request.result?.at ?? 0))],
    ['OriginalTransactionID', request.originalReceipt],
    ['Charge', 0],
    ['CreditPartyPublicName', `${request.phone} - Customer`],
    ['DebitPartyPublicName', `${request.shortcode} - ${sim.merchant.name}`],
  ],
  payout: (sim, request) => [
    ['TransactionAmount', request.amount],
    ['TransactionReceipt', request.result?.receipt ?? ''],
    ['ReceiverPartyPublicName', `${request.phone} - Customer`],
    ['TransactionCompletedDateTime', readableEat(request.result?.at ?? 0)],
    ['B2CUtilityAccountAvailableFunds', Number(heldBy(sim))],
    ['B2CWorkingAccountAvailableFunds', Number(heldBy(sim))],
    ['B2CRecipientIsRegisteredCustomer', 'Y'],
    ['B2CChargesPaidAccountAvailableFunds', 0],
  ],
  status: (sim, request) => {
    const entry = sim.state.ledger.entries.get(request.originalReceipt)
    const at = Number(formatEat(entry?.at ?? 0))
    const debited =
      entry?.kind === 'payment' ? `${entry.phone} - Customer` : `${request.shortcode} - ${sim.merchant.name}`
    return [
      ['ReceiptNo', request.originalReceipt],
      ['TransactionStatus', 'Completed'],
      ['Amount', entry?.amount ?? 0],
      ['InitiatedTime', at],
      ['FinalisedTime', at],
      // Safaricom's sample has it twice.
      ['DebitPartyName', debited],
      ['DebitPartyName', debited],
      ['ReasonType', 'Pay Bill Online'],
    ]
  },
}

const heldBy = ({ switches, state }: Simulator) => (switches.float.amount + merchantBalance(state.ledger)).toFixed(2)

/** `06.07.2024 22:48:52` in East Africa Time. */
function readableEat(at: number): string {
  const { year, month, day, clock } = eatParts(at)
  return `${day}.${month}.${year} ${clock}`
}
