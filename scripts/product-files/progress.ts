export interface Progress {
  /** Tells how much is done by now. */
  show(done: number): void
  end(): void
}

const width = 30

/** A bar on a terminal; elsewhere, as in a log, a line for every tenth. */
export function createProgress(label: string, total: number, output: NodeJS.WriteStream = process.stderr): Progress {
  let shown = -1
  const draw = (percent: number) => {
    const filled = Math.round((percent / 100) * width)
    output.write(`\r${label} [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${percent} %`)
  }
  return {
    show(done) {
      const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))
      const step = output.isTTY ? percent : Math.floor(percent / 10) * 10
      if (step === shown) return
      shown = step
      if (output.isTTY) draw(step)
      else output.write(`${label}: ${step} %\n`)
    },
    end() {
      if (output.isTTY) output.write('\n')
    },
  }
}
