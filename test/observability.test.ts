import { parse } from 'yaml'
import { services } from '../scripts/supervisor/processes'
import { read, readContainers } from './compose-support'
import { knownMetrics, labelsOfAll } from './known-metrics'
import { alerts, allExpressions, dashboards, folder, readExpression, ruleFiles } from './observability-support'

type Scrape = { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }

test('every alert waits before it fires, says how bad it is, what is wrong and what to do', () => {
  for (const { alert, for: wait, labels, annotations } of alerts) {
    expect([alert, wait]).toEqual([alert, expect.stringMatching(/^[1-9]\d*m$/)])
    expect(['critical', 'warning']).toContain(labels.severity)
    expect(annotations.summary.length).toBeGreaterThan(20)
    expect(annotations.action.length).toBeGreaterThan(20)
    expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`)
  }
})

test('the page about alerts has each of them, as bad as the rule says, and no other', () => {
  const sections = [...read('docs/alerts.md').matchAll(/^### (\w+)\n(\w+) · /gm)].map(([, name, severity]) => [
    name,
    severity,
  ])
  const rules = alerts.map(({ alert, labels }) => [alert, labels.severity])
  expect(sections.sort()).toEqual(rules.sort())
})

test.each(ruleFiles)('promtool is told when each alert of %s fires', (file) => {
  const cases = read(`${folder}/alerts/test/${file}`)
  expect(cases).toContain(`- ../${file}`)
  for (const [, name] of read(`${folder}/alerts/${file}`).matchAll(/- alert: (\w+)/g)) expect(cases).toContain(name)
})

test.each(allExpressions())('%s asks in good PromQL', (_who, expression) => {
  const { used, problems } = readExpression(expression)
  expect(problems).toEqual([])
  expect(used.length).toBeGreaterThan(0)
})

describe('what is asked for is there', () => {
  const known = knownMetrics()

  test.each(allExpressions())('%s', (_who, expression) => {
    for (const { metric, labels } of readExpression(expression).used) {
      const own = known.get(metric)
      expect([metric, own]).toEqual([metric, expect.any(Array)])
      expect(labels.filter((label) => ![...(own ?? []), ...labelsOfAll].includes(label))).toEqual([])
    }
  })

  test('and the programs have metrics with and without labels', () => {
    expect(known.get('http_server_request_duration_seconds_bucket')).toEqual(['method', 'route', 'status', 'le'])
    expect(known.get('jobs_waiting')).toEqual(['task'])
    expect(known.get('db_pool_connections_max')).toEqual([])
  })
})

test('an expression is read with its metrics and labels, and a broken one is found', () => {
  const { used } = readExpression('sum by (service) (rate(a_total{status=~"5.."}[$__rate_interval])) > on (x) b')
  expect(used).toEqual([
    { metric: 'a_total', labels: ['status', 'service'] },
    { metric: 'b', labels: [] },
  ])
  expect(readExpression('sum by (service (rate(a[5m]))').problems).not.toEqual([])
})

test('dashboards are found by their own names and ask the sources that one chooses', () => {
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length)
  for (const { tags, panels, templating } of dashboards) {
    expect(tags).toContain('duka')
    const sources = templating.list.map(({ name }) => `$\{${name}}`)
    for (const { type, datasource } of panels) if (type !== 'row') expect(sources).toContain(datasource?.uid)
  }
})

test('no panel covers another', () => {
  for (const { panels } of dashboards) {
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    )
    expect(new Set(places).size).toBe(places.length)
  }
})

test('Prometheus asks every service where it is, and reads the rules that it is given', () => {
  const { scrape_configs, rule_files } = parse(read(`${folder}/prometheus.yml`)) as {
    scrape_configs: Scrape[]
    rule_files: string[]
  }
  for (const { name, defaultPort } of services) {
    const [target] = scrape_configs.find(({ job_name }) => job_name === name)?.dns_sd_configs ?? []
    expect(target?.names).toContain(name)
    expect(target?.port).toBe(name === 'gateway' ? 5001 : defaultPort)
  }
  const { volumes } = readContainers('docker-compose.yml').prometheus ?? {}
  expect(rule_files).toEqual(['alerts/*.yaml'])
  expect(volumes).toContain(`./${folder}/alerts:/etc/prometheus/alerts:ro`)
})

test('Grafana finds its sources and dashboards where the container has them', () => {
  const { volumes = [] } = readContainers('docker-compose.yml').grafana ?? {}
  const { providers } = parse(read(`${folder}/grafana/provisioning/dashboards/dashboards.yaml`)) as {
    providers: { options: { path: string } }[]
  }
  expect(volumes).toContain(`./${folder}/grafana/dashboards:${providers[0]?.options.path}:ro`)
  const { datasources } = parse(read(`${folder}/grafana/provisioning/datasources/datasources.yaml`)) as {
    datasources: { uid: string; url: string }[]
  }
  expect(datasources.map(({ url }) => new URL(url).hostname)).toEqual(['prometheus', 'loki', 'tempo'])
})
