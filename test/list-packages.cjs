/** Names the packages that a process has loaded by the time it ends. */
process.once('exit', () => {
  const packages = Object.keys(require.cache).flatMap((file) => file.match(/node_modules\/(@[^/]+|[^/]+)/)?.[1] ?? [])
  process.stdout.write(`${JSON.stringify([...new Set(packages)])}\n`)
})
