import { services, simulators } from './processes'
import type { GivenSettings } from './read-settings'
import type { RunningShop } from './running-shop'

/**
 * Settings of a command, with what the running shop wrote down: a setting of its start's environment holds where there
 * is none now, and a port is the one that it listens on.
 */
export function addRunning(given: GivenSettings, running: RunningShop | undefined): GivenSettings {
  if (!running) return given
  const ports = [...services, ...simulators].flatMap(({ name, portSetting }) => {
    const url = running.urls[name]
    return url ? [[portSetting, new URL(url).port]] : []
  })
  return { ...running.given, ...given, ...Object.fromEntries(ports) }
}
