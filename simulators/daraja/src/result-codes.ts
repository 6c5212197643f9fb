/** Result codes of an STK Push with Safaricom's own wording. */
export const resultCodes: Readonly<Record<string, string>> = {
  '0': 'The service request is processed successfully.',
  '1': 'The balance is insufficient for the transaction.',
  '2': 'Declined due to limit rule: less than the minimum transaction amount.',
  '3': 'Declined due to limit rule: greater than the maximum transaction amount.',
  '4': 'Declined due to limit rule: would exceed daily transfer limit.',
  '8': 'Declined due to limit rule: would exceed the maximum balance.',
  '17': 'Rule limited.',
  '1019': 'Transaction has expired',
  '1025': 'An error occurred while sending a push request.',
  '1032': 'Request cancelled by user',
  '1037': 'DS timeout user cannot be reached',
  '2001': 'The initiator information is invalid.',
  '2028': 'The request is not permitted according to product assignment.',
  '8006': 'The security credential is locked.',
  SFC_IC0003: 'The operator does not exist.',
}

/** What only reversals and status questions answer with. */
export const requestCodes: Readonly<Record<string, string>> = {
  R000001: 'The transaction has already been reversed.',
  R000002: 'The OriginalTransactionID is invalid.',
}

/** On the wire of a callback a numeric code is a JSON number, any other a string. */
export const toWireCode = (code: string): number | string => (/^\d+$/.test(code) ? Number(code) : code)
