import type { DBAdapter, Where } from 'better-auth/adapters';
import { hashToken } from './tokens.ts';

/** Any question of the library to its database, as far as tokens are concerned. */
interface Asked {
  model: string;
  where?: Where[] | undefined;
  data?: Record<string, unknown>;
}

/**
 * Lets the sign-in library keep session tokens as hashes, which it has no setting for: whoever reads the table can't sign
 * in with it. They are hashed on their way in, and a row that was asked for by its token gets that token back.
 */
export function hideSessionTokens<Options>(
  makeAdapter: (options: Options) => DBAdapter,
): (options: Options) => DBAdapter {
  return (options) => hide(makeAdapter(options));
}

function hide(adapter: DBAdapter): DBAdapter {
  const hidden =
    <Question extends Asked, Answer>(ask: (asked: Question) => Promise<Answer>) =>
    async (asked: Question): Promise<Answer> =>
      asked.model === 'session' ? restore(asked, await ask(hideIn(asked))) : ask(asked);
  const { create, findOne, findMany, count, update, updateMany, deleteMany, consumeOne, incrementOne } = adapter;
  return {
    ...adapter,
    create: hidden(create),
    findOne: hidden(findOne),
    findMany: hidden(findMany),
    count: hidden(count),
    update: hidden(update),
    updateMany: hidden(updateMany),
    delete: hidden(adapter.delete),
    deleteMany: hidden(deleteMany),
    consumeOne: hidden(consumeOne),
    incrementOne: hidden(incrementOne),
    transaction: (work) => adapter.transaction((inner) => work(hide(inner as DBAdapter))),
    // The methods above lose the row's type on the way through `hidden`; what they ask and answer is unchanged.
  } as DBAdapter;
}

function hideIn<Question extends Asked>(asked: Question): Question {
  const { where, data } = asked;
  return {
    ...asked,
    ...(where ? { where: where.map(hideCondition) } : {}),
    ...(typeof data?.token === 'string' ? { data: { ...data, token: hashToken(data.token) } } : {}),
  };
}

function hideCondition(condition: Where): Where {
  const { field, value } = condition;
  if (field !== 'token') return condition;
  return {
    ...condition,
    value: Array.isArray(value) ? value.map((each) => hashToken(String(each))) : hashToken(String(value)),
  };
}

function restore<Answer>({ where, data }: Asked, answer: Answer): Answer {
  const token = data?.token ?? where?.find((each) => each.field === 'token')?.value;
  const isRow = answer !== null && typeof answer === 'object' && !Array.isArray(answer);
  return typeof token === 'string' && isRow ? { ...answer, token } : answer;
}
