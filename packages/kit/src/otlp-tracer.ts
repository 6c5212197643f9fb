import {
  type Context,
  DiagLogLevel,
  diag,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Log } from './log'
import { redactText } from './redact'
import type { Trace } from './trace'
import type { Span, SpanFields, SpanStart, Tracer } from './tracer'

export interface OtlpOptions {
  service: string
  version: string
  /** Where a collector takes OTLP over HTTP, without the path. */
  endpoint: string
  /** As OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say it. */
  sampler?: string | undefined
  ratio?: number | undefined
  log: Log
}

/** Spans that wait for the collector; those that come while it is full are dropped. */
const maxQueueSize = 2_048
const maxExportBatchSize = 512
const scheduledDelayMillis = 2_000
const exportTimeoutMs = 5_000
/** Stopping does not wait longer for a collector that does not answer. */
const closeTimeoutMs = 2_000
const complainEveryMs = 60_000
const maxValueLength = 2_000

const kinds: Record<SpanStart['kind'], SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
}

/** Records spans by OpenTelemetry's SDK and sends them to a collector. Where that is down they are lost, and nothing else. */
export function createOtlpTracer(options: OtlpOptions): Tracer {
  complainTo(options.log)
  const root = rootSampler(options)
  const url = `${options.endpoint}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs })
  const provider = new TracerProvider({
    // Whoever is called follows the gateway, so that a trace is recorded whole or not at all.
    sampler: new ParentBasedSampler({ root }),
    resource: resourceOf(options),
    spanLimits: { attributeValueLengthLimit: maxValueLength },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize,
        maxExportBatchSize,
        scheduledDelayMillis,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  })
  const tracer = provider.getTracer('duka', options.version)
  return {
    start({ name, kind, parent, isFromOutside, fields = {} }) {
      const known = parent && isFromOutside ? { ...parent, isSampled: isChosen(root, kind, name) } : parent
      const attributes = clean(fields)
      return wrap(tracer.startSpan(name, { kind: kinds[kind], attributes }, known ? contextOf(known) : ROOT_CONTEXT))
    },
    close: () => within(closeTimeoutMs, provider.shutdown()),
  }
}

function resourceOf({ service, version }: OtlpOptions) {
  return defaultResource()
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes({ 'service.name': service, 'service.namespace': 'duka', 'service.version': version }))
}

/** The part of OTEL_TRACES_SAMPLER that is about traces which begin here. */
function rootSampler({ sampler = 'parentbased_always_on', ratio = 1 }: OtlpOptions): Sampler {
  if (sampler.endsWith('always_off')) return new AlwaysOffSampler()
  return sampler.endsWith('traceidratio') ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler()
}

const ids = new RandomIdGenerator()

/** Decided by an id of our own: a client could choose one that is always recorded. */
function isChosen(root: Sampler, kind: SpanStart['kind'], name: string): boolean {
  const result = root.shouldSample(ROOT_CONTEXT, ids.generateTraceId(), name, kinds[kind], {}, [])
  return result.decision === SamplingDecision.RECORD_AND_SAMPLED
}

function contextOf(parent: Trace): Context {
  return trace.setSpanContext(ROOT_CONTEXT, spanContextOf(parent))
}

function spanContextOf({ traceId, spanId, isSampled }: Trace): SpanContext {
  return { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true }
}

function wrap(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext()
  const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0
  return {
    trace: { traceId, spanId, isSampled },
    rename: (name) => void span.updateName(name),
    set: (fields) => void span.setAttributes(clean(fields)),
    link: (other) => void span.addLink({ context: spanContextOf(other) }),
    end(error) {
      if (!span.isRecording()) return
      if (error !== undefined) fail(span, error)
      span.end()
    },
  }
}

function fail(span: OtelSpan, error: unknown): void {
  const { name, message } = error instanceof Error ? error : { name: String(error), message: '' }
  span.setAttribute('error.type', name)
  span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(message) })
}

function clean(fields: SpanFields): Record<string, string | number | boolean> {
  const known: Record<string, string | number | boolean> = {}
  for (const name in fields) {
    const value = fields[name]
    if (value !== undefined) known[name] = value
  }
  return known
}

/** The SDK tells of every batch that failed, which says nothing new for as long as the collector is away. */
function complainTo(log: Log): void {
  let quietUntil = 0
  const complain = (reason: string) => {
    if (performance.now() < quietUntil) return
    quietUntil = performance.now() + complainEveryMs
    log.warn('traces_not_exported', { reason: redactText(reason) })
  }
  const silent = () => {}
  diag.setLogger(
    { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work.catch(() => undefined), timeout])
  clearTimeout(timer)
}
