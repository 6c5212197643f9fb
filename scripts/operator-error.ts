export const exitCodes = { failed: 1, wrongSetting: 78 } as const

/** An error whose message alone says what to do: command lines print it as one line, without a stack. */
export class OperatorError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = exitCodes.failed,
  ) {
    super(message)
    this.name = 'OperatorError'
  }
}
