// What `npm run check` runs: everything that a reviewer would ask for. Format and lint, types, the OpenAPI document, tests.
import { build, endOnSignals, install, runJest, runTool } from './prepare.mjs'

endOnSignals()
try {
  await install()
  await build()
  const steps = [
    () => runTool('@biomejs/biome/bin/biome', ['ci', '.']),
    () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.test.json']),
    async () => (await import('./lint-openapi.mjs')).lintOpenApi(),
    () => runJest([]),
  ]
  for (const step of steps) process.exitCode ||= await step()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
