import { z } from 'zod'
import { messageAnswer, pageOf, pageQuery, timestamp } from './common'
import { endpoint } from './endpoint'
import type { ServiceName } from './services'
import { token } from './text'

/** A step that gave up after its last try. Its key tells what it is about. */
export const failedJob = z.object({
  id: z.string(),
  task: z.string(),
  key: z.string().nullable(),
  tries: z.number().int(),
  /** Why the last try failed. */
  lastError: z.string().nullable(),
  /** Of the request that caused it, by which the logs are found. */
  requestId: z.string().nullable(),
  createdAt: timestamp,
  failedAt: timestamp,
})

export type FailedJob = z.infer<typeof failedJob>

/** Endpoints about the jobs of a service that has a queue. */
export function failedJobEndpoints(service: ServiceName) {
  return {
    list: endpoint({
      service,
      method: 'GET',
      path: `/api/admin/jobs/${service}`,
      summary: `Jobs of the ${service} service that gave up after their last try, the youngest first`,
      access: { permission: 'jobs:read' },
      query: z.object(pageQuery),
      response: pageOf('jobs', failedJob),
    }),
    replay: endpoint({
      service,
      method: 'POST',
      path: `/api/admin/jobs/${service}/:id/replay`,
      summary: 'Have a job that gave up tried again, with as many tries as a new one',
      access: { permission: 'jobs:replay' },
      params: z.object({ id: token(40) }),
      response: messageAnswer,
    }),
  }
}
