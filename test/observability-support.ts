import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import { parse } from 'yaml'
import { read, rootDir } from './compose-support'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

export interface Alert {
  alert: string
  expr: string
  for: string
  labels: { severity: string }
  annotations: { summary: string; action: string; runbook: string }
}
export type RuleGroups = { groups: { name: string; rules: Alert[] }[] }
export interface Panel {
  title: string
  type: string
  datasource?: { uid: string }
  targets?: { expr: string }[]
  gridPos: { x: number; y: number; w: number; h: number }
}
export interface Dashboard {
  uid: string
  title: string
  tags: string[]
  panels: Panel[]
  templating: { list: { name: string; definition?: string }[] }
}

export const folder = 'deploy/observability'
const filesOf = (path: string, extension: string) =>
  readdirSync(join(rootDir, folder, path)).filter((name) => name.endsWith(extension))

export const ruleFiles = filesOf('alerts', '.yaml')
export const readRules = (file: string) => parse(read(`${folder}/alerts/${file}`)) as RuleGroups
export const alerts = ruleFiles.flatMap((file) => readRules(file).groups.flatMap(({ rules }) => rules))
export const dashboards = filesOf('grafana/dashboards', '.json').map(
  (file) => JSON.parse(read(`${folder}/grafana/dashboards/${file}`)) as Dashboard,
)

/** All expressions that Prometheus is asked, and who asks. */
export function allExpressions(): [string, string][] {
  const ofAlerts = alerts.map(({ alert, expr }): [string, string] => [alert, expr])
  const ofPanels = dashboards.flatMap(({ title, panels }) =>
    panels
      .filter(({ type }) => type !== 'logs')
      .flatMap((panel) =>
        (panel.targets ?? []).map(({ expr }): [string, string] => [`${title} › ${panel.title}`, expr]),
      ),
  )
  return [...ofAlerts, ...ofPanels]
}

export type Used = { metric: string; labels: string[] }

/** The metrics that an expression reads, each with the labels that it selects, groups or joins by. */
export function readExpression(expression: string): { used: Used[]; problems: string[] } {
  // Grafana puts a duration here.
  const text = expression.replaceAll('$__rate_interval', '5m')
  const used: Used[] = []
  const problems: string[] = []
  parser.parse(text).iterate({
    enter: ({ type, node, from, to }) => {
      if (type.isError) problems.push(`"${text.slice(from, to)}" in ${text}`)
      if (type.name !== 'VectorSelector') return
      const metric = node.getChild('Identifier')
      const ownLabels = labelsIn(node.getChild('LabelMatchers'), text)
      if (metric) used.push({ metric: textOf(metric, text), labels: [...ownLabels, ...groupingsAround(node, text)] })
    },
  })
  return { used, problems }
}

/** Labels that an aggregation around a selector keeps, those of the outer ones too, for they must come through it. */
function groupingsAround(node: SyntaxNode, text: string): string[] {
  const labels: string[] = []
  for (let parent = node.parent; parent; parent = parent.parent) {
    if (parent.name === 'AggregateExpr') labels.push(...labelsIn(parent.getChild('AggregateModifier'), text))
  }
  return labels
}

function labelsIn(node: SyntaxNode | null, text: string): string[] {
  const labels: string[] = []
  node?.cursor().iterate(({ name, from, to }) => {
    if (name === 'LabelName') labels.push(text.slice(from, to))
  })
  return labels
}

const textOf = ({ from, to }: SyntaxNode, text: string) => text.slice(from, to)
