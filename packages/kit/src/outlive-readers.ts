type Output = Pick<NodeJS.WriteStream, 'on'>

/**
 * Whoever reads the log may end before us: a supervisor that is killed, a `| head`. What is written from then on is lost,
 * and that is all: an error without a listener would be an uncaught one, whose line in the log fails again, without end.
 */
export function outliveReaders(outputs: readonly Output[] = [process.stdout, process.stderr]): void {
  for (const output of outputs) output.on('error', () => {})
}
