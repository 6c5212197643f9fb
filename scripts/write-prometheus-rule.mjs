// Writes the alerts of deploy/observability as the PrometheusRule that Kubernetes takes: one source, two forms.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'

const deploy = fileURLToPath(new URL('../deploy', import.meta.url))
const alerts = join(deploy, 'observability/alerts')
const files = readdirSync(alerts).filter((name) => name.endsWith('.yaml'))
const groups = files.sort().flatMap((name) => parse(readFileSync(join(alerts, name), 'utf8')).groups)
const rule = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'shop' },
  spec: { groups },
}
const note = '# Written by node scripts/write-prometheus-rule.mjs; change deploy/observability/alerts instead.\n'
writeFileSync(join(deploy, 'kubernetes/components/observability/rules.yaml'), note + stringify(rule, { lineWidth: 0 }))
