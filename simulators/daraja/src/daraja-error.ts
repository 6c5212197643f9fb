/** A refusal in Daraja's envelope `{ requestId, errorCode, errorMessage }`. */
export class DarajaError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId?: string,
  ) {
    super(message)
  }
}

export const invalidField = (field: string) => new DarajaError(400, '400.002.02', `Bad Request - Invalid ${field}`)
export const systemBusy = () => new DarajaError(500, '500.003.02', 'System is busy. Please try again in few minutes.')
