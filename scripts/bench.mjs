// What `npm run bench` runs: measures a shop of its own.
import { runBuilt } from './run-built.mjs'

await runBuilt(async () => (await import('./dist/bench.js')).runBenchCommand)
