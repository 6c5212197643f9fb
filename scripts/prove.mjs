// What `npm run prove` runs: breaks a shop of its own in every way, and audits what is left.
import { runBuilt } from './run-built.mjs'

await runBuilt(async () => (await import('./dist/prove.js')).runProveCommand)
