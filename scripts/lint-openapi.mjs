// Lints the OpenAPI document that the gateway serves, with Redocly's rules. Needs the build; asks nobody on the network.
import { createConfig, formatProblems, getTotals, lintFromString } from '@redocly/openapi-core'

const rules = {
  // No request to a probe is wrong.
  'operation-4xx-response': 'off',
  // Ids are UUIDs, so no `/payments/{id}/refund` is a `/payments/order/{orderId}`; both paths are the contract's.
  'no-ambiguous-paths': 'off',
}

/** Prints what is wrong with it; answers an exit code. */
export async function lintOpenApi() {
  const { describeApi } = await import('../services/gateway/dist/describe-api.js')
  const config = await createConfig({ extends: ['recommended-strict'], rules })
  const source = JSON.stringify(describeApi(), null, 2)
  const problems = await lintFromString({ source, config })
  const totals = getTotals(problems)
  formatProblems(problems, { format: 'stylish', totals, version: 'openapi' })
  console.log(`OpenAPI: ${totals.errors} errors, ${totals.warnings} warnings.`)
  return totals.errors + totals.warnings > 0 ? 1 : 0
}
