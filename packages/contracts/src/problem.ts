import { z } from 'zod'

/** An error, as RFC 9457 has it, with a stable snake_case `code` and the request's ids. */
export const problemDocument = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  code: z.string(),
  requestId: z.string(),
  traceId: z.string().optional().describe('Names all that was done for the request, in every service.'),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

export type ProblemDocument = z.infer<typeof problemDocument>
