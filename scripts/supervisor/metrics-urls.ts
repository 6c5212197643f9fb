import { services } from './processes'
import type { Shop } from './shop'

/** Where each service of a running shop shows its metrics. */
export function metricsUrls({ urls, settings }: Pick<Shop, 'urls' | 'settings'>): string[] {
  return services.map(({ name, metricsPort }) => {
    const url = new URL('/metrics', urls[name])
    if (metricsPort) url.port = settings[metricsPort.setting] ?? String(metricsPort.defaultPort)
    return url.href
  })
}
