import type { AnswerOf, productContract as contract } from '@duka/contracts'
import { type Call, queryRows } from '@duka/kit'
import { answerRead, digest } from './answer-reads'
import type { Deps } from './deps'
import { type MadeAnswer, tags } from './keep-answers'

type Categories = AnswerOf<typeof contract.listCategories>

export function listCategories(deps: Deps, call: Call<typeof contract.listCategories>) {
  return answerRead(deps, call, 'categories', () => makeList(deps))
}

async function makeList({ reads }: Pick<Deps, 'reads'>): Promise<MadeAnswer> {
  const answer: Categories = {
    categories: await queryRows(
      reads,
      `SELECT category AS name, count(*)::int AS count FROM products
       WHERE is_active AND category IS NOT NULL GROUP BY category ORDER BY category`,
    ),
  }
  const body = Buffer.from(JSON.stringify(answer))
  return { body, etag: `"${digest(body)}"`, isKept: true, tags: [tags.lists] }
}
